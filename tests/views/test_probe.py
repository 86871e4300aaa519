"""The layout probe finds the paper's leak, and nothing where the layout is the same."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from r1k.config import Config
from r1k.views.build import build_views
from r1k.views.probe import MIN_PAIRS, probe, probe_views
from tests.pairs import make_pair, write_pairs

PAPER = Path(__file__).parents[3] / "shared/data/paper-sample-100.parquet"


def both(forward: list[str], reverse: list[str], seed: int = 0) -> float:
    ids = [str(i) for i in range(len(forward))]
    score = probe(forward + reverse, [1] * len(ids) + [0] * len(ids), ids + ids, seed)
    assert score.accuracy is not None
    return score.accuracy


def noise(n: int, seed: int) -> list[str]:
    """Completions whose layout varies, by the same chances for all."""
    rng = np.random.default_rng(seed)
    parts = ["Add.\n", "Add.\n\n", "- one\n", "**so** ", "$x$ ", "1. two:\n", "### Step\n", "word "]
    texts = []
    for _ in range(n):
        body = "".join(rng.choice(parts, rng.integers(5, 40))).strip()
        texts.append(f"<think>\n{body}\n</think>\n\nThe answer is \\boxed{{{rng.integers(99)}}}.")
    return texts


@pytest.mark.skipif(not PAPER.exists(), reason=f"{PAPER} is not part of the project")
def test_the_papers_format_gives_direction_and_preference_away() -> None:
    def completion(text: str) -> str:
        return text.split("<|im_start|>assistant\n")[1]

    table = pl.read_parquet(PAPER)
    original = table.filter(pl.col("sample_type") == "original")
    forward = [completion(text) for text in original["text"]]
    reverse = [completion(text) for text in original["worse-text"]]
    assert both(forward, reverse) >= 0.97
    # Without the end of the text (the missing newline), the direction still shows.
    assert both([t.strip() for t in forward], [t.strip() for t in reverse]) >= 0.97
    chosen = [completion(text) for text in table["text"]]
    rejected = [completion(text) for text in table["worse-text"]]
    groups = table["question"].to_list()
    score = probe(chosen + rejected, [1] * 100 + [0] * 100, groups + groups, 0)
    assert score.accuracy == 1.0 and score.low is not None and score.low > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_one_layout_scores_fifty(seed: int) -> None:
    assert 0.47 <= both(noise(1_000, 2 * seed), noise(1_000, 2 * seed + 1), seed) <= 0.53


def test_constant_layout_scores_fifty_exactly() -> None:
    text = "<think>\nAdd {}.\n</think>\n\nThe answer is \\boxed{{{}}}."
    forward = [text.format(i, i + 1) for i in range(100)]
    assert both(forward, forward[::-1]) == 0.5


def test_layout_that_varies_by_pair_alone_scores_fifty_exactly() -> None:
    texts = noise(200, 0)
    assert both(texts, texts) == 0.5


def test_length_is_no_layout() -> None:
    def text(n: int) -> str:
        body = "\n\n".join(["Add a and b."] * n)
        return f"<think>\n{body}\n</think>\n\nThe answer is \\boxed{{1}}."

    rng = np.random.default_rng(0)
    long = [text(int(n)) for n in rng.integers(20, 40, 200)]
    short = [text(int(n)) for n in rng.integers(2, 10, 200)]
    assert both(long, short) == 0.5


@pytest.mark.parametrize(
    "leak",
    [
        lambda text: text + "\n",
        lambda text: text.replace("The answer", "Answer: The answer"),
        lambda text: text.replace("</think>\n\n", "</think>\n"),
        lambda text: text.replace("<think>\n", "<think>\nOkay, so "),
        lambda text: text.replace("word ", "\n\n\n\nword "),
    ],
)
def test_one_leak_is_found(leak: object) -> None:
    assert callable(leak)
    assert both([leak(text) for text in noise(300, 1)], noise(300, 2)) > 0.9


def test_too_few_pairs_and_unbalanced_pairs() -> None:
    few = probe(["a", "b"] * (MIN_PAIRS - 1), [0, 1] * (MIN_PAIRS - 1), [
        str(i // 2) for i in range(2 * MIN_PAIRS - 2)
    ], 0)  # fmt: skip
    assert (few.accuracy, few.pairs) == (None, MIN_PAIRS - 1)
    assert probe([], [], [], 0).pairs == 0
    with pytest.raises(ValueError, match="as many rows"):
        probe(["a"], [1], ["p"], 0)


def test_probe_views_is_deterministic(tmp_path: Path) -> None:
    source = write_pairs(tmp_path / "p.parquet", [make_pair(i) for i in range(200)])
    views = build_views({"train": [source]}, tmp_path / "out", Config())
    parts = [views.files[view]["train"] for view in ("forward", "reverse", "preference")]
    scores = probe_views(*parts, seed=3)
    assert scores == probe_views(*parts, seed=3)
    assert scores["preference"]["accuracy"] == 0.5
    assert (scores["direction"]["pairs"], scores["preference"]["rows"]) == (200, 800)
