"""An estimate from runs of several seeds on the same pairs, with its interval.

Another seed gives another model, other pairs other problems: an interval must allow for both. Each
is drawn again with replacement, 2,000 times, alone and together; of the three variances comes the
one of both at once (seeds + pairs - what counts in both: Cameron, Gelbach and Miller, 2011), and as
seeds are few, Student's t with Satterthwaite's degrees of freedom takes the place of the normal
distribution. With one seed the interval speaks of pairs alone.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import stats

DRAWS, SEED = 2_000, 0


class Estimate(NamedTuple):
    """A mean or what is made of means, its 95 % interval, and from how much it comes."""

    mean: float
    low: float
    high: float
    seeds: int
    pairs: int


def align(frames: list[pl.DataFrame]) -> np.ndarray | None:
    """The values of several tables (`seed`, `pair_id`, `value`) on the seeds and pairs that all
    have, shape [tables, seeds, pairs]; None if there are none."""
    if any(frame.is_empty() for frame in frames):
        return None
    grids = [
        frame.pivot(on="seed", index="pair_id", values="value", aggregate_function="mean")
        for frame in frames
    ]
    common = set.intersection(*(set(grid.columns) for grid in grids)) - {"pair_id"}
    if not common:
        return None
    seeds = sorted(common, key=int)
    whole = grids[0].select("pair_id", *seeds).drop_nulls().rename({s: f"0 {s}" for s in seeds})
    for i, grid in enumerate(grids[1:], 1):
        own = grid.select("pair_id", *seeds).drop_nulls().rename({s: f"{i} {s}" for s in seeds})
        whole = whole.join(own, on="pair_id")
    if whole.is_empty():
        return None
    flat = whole.sort("pair_id").drop("pair_id").to_numpy()
    return np.ascontiguousarray(flat.T).reshape(len(frames), len(seeds), -1)


def estimate(
    cells: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray] = lambda means: means[0],
    share: bool = False,
) -> Estimate:
    """What `statistic` makes of the means of several measures.

    Args:
        cells: shape [measures, seeds, pairs].
        statistic: from means, shape [measures, …], to values, shape […].
        share: the values are differences or means of shares; where no pair differs, the interval
            is as wide as for the 3 in n that may have gone unseen.
    """
    _, seeds, pairs = cells.shape
    value = float(statistic(cells.mean(axis=(1, 2))))
    if pairs < 2:
        return Estimate(value, np.nan, np.nan, seeds, pairs)
    by_seed, by_pair = _weights(seeds, 0), _weights(pairs, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_pairs = float(np.var(statistic(cells.mean(axis=1) @ by_pair.T)))
        of_seeds = both = 0.0
        if seeds > 1:
            of_seeds = float(np.var(statistic(cells.mean(axis=2) @ by_seed.T)))
            drawn = np.stack([((by_seed @ part) * by_pair).sum(axis=1) for part in cells])
            both = max(0.0, float(np.var(statistic(drawn))) - of_seeds - of_pairs)
    of_pairs *= pairs / (pairs - 1)
    if share and of_pairs == 0:
        of_pairs = (1.5 / pairs) ** 2
    if seeds == 1:
        variance, freedom = of_pairs, pairs - 1.0
    else:
        of_seeds *= seeds / (seeds - 1)
        variance = max(of_seeds + of_pairs - both, of_seeds, of_pairs)
        parts = of_seeds**2 / (seeds - 1) + of_pairs**2 / (pairs - 1)
        freedom = variance**2 / parts if parts else pairs - 1.0
    if not np.isfinite(variance) or not np.isfinite(value):
        return Estimate(value, np.nan, np.nan, seeds, pairs)
    half = float(stats.t.ppf(0.975, freedom)) * variance**0.5
    return Estimate(value, value - half, value + half, seeds, pairs)


@cache
def _weights(n: int, what: int) -> np.ndarray:
    """How much each of n counts in each draw, shape [draws, n]; rows add up to 1."""
    drawn = np.random.default_rng([SEED, what]).multinomial(n, np.full(n, 1 / n), size=DRAWS)
    found: np.ndarray = drawn / n
    return found
