"""Estimates: intervals that hold the truth as often as they say, over seeds and pairs."""

import numpy as np
import polars as pl
import pytest

from r1k.report.estimate import align, estimate


@pytest.mark.parametrize(
    ("of_seeds", "of_pairs", "noise"), [(1, 1, 1), (1, 0.1, 0.1), (0.05, 2, 1), (0.01, 0.01, 3)]
)
def test_an_interval_holds_the_truth_as_often_as_it_says(
    of_seeds: float, of_pairs: float, noise: float
) -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(100):
        values = rng.normal(0, of_seeds, (1, 5, 1)) + rng.normal(0, of_pairs, (1, 1, 40))
        found = estimate(3 + values + rng.normal(0, noise, (1, 5, 40)))
        held += found.low <= 3 <= found.high
    assert held >= 89  # of 95 to be expected, and chance


def test_a_ratio_of_means() -> None:
    rng = np.random.default_rng(2)
    pairs = rng.normal(0, 0.3, 60)
    held = 0
    for _ in range(50):
        cells = np.stack([m + pairs + rng.normal(0, 0.2, (4, 60)) for m in (0.9, 1.8)])
        found = estimate(cells, lambda m: m[0] / m[1])
        held += found.low <= 0.5 <= found.high
    assert held >= 43


def test_one_seed_speaks_of_pairs_and_one_pair_of_nothing() -> None:
    rng = np.random.default_rng(3)
    one = estimate(rng.normal(2, 1, (1, 1, 100)))
    assert one.seeds == 1 and 0.3 < one.high - one.low < 0.5
    lone = estimate(np.ones((1, 3, 1)))
    assert lone.mean == 1 and np.isnan(lone.low)


def test_where_no_pair_differs_an_interval_of_shares_still_has_a_width() -> None:
    found = estimate(np.zeros((1, 3, 100)), share=True)
    assert (found.low, found.high) == pytest.approx((-0.03, 0.03), abs=0.001)


def test_only_what_all_have_is_compared() -> None:
    def table(values: dict[tuple[int, str], float]) -> pl.DataFrame:
        rows = [{"seed": s, "pair_id": p, "value": v} for (s, p), v in values.items()]
        return pl.DataFrame(rows, schema={"seed": pl.Int64, "pair_id": pl.String, "value": float})

    a = table({(0, "p"): 1, (0, "q"): 2, (1, "p"): 3, (1, "q"): 4, (10, "p"): 5})
    b = table({(1, "q"): 8, (1, "p"): 7, (0, "q"): 6, (0, "p"): 5, (0, "r"): 9, (1, "r"): 9})
    cells = align([a, b])
    assert cells is not None
    assert cells.tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert align([a, table({})]) is None
    assert align([a, table({(7, "p"): 1})]) is None
