"""Numbers and picture of the card."""

import io
from pathlib import Path

from PIL import Image

from r1k.hub.statistics import plot, statistics
from tests.pairs import make_pair, write_pairs


def test_cells_and_lengths(tmp_path: Path) -> None:
    own = {"family": "apples", "difficulty": 2}
    files = {
        "train": [
            write_pairs(tmp_path / "a.parquet", [make_pair(i, **own) for i in range(10, 30)])
        ],
        "test": [write_pairs(tmp_path / "b.parquet", [make_pair(5)])],
    }
    found = statistics(files)
    train, test = found["cells"]
    assert (train["split"], train["family"], train["difficulty"], train["pairs"]) == (
        "train", "apples", 2, 20,
    )  # fmt: skip
    assert (test["family"], test["difficulty"], test["pairs"]) == (None, None, 1)
    lengths = [len(make_pair(i).forward.trace or "") for i in range(10, 30)]
    assert train["forward_trace"] == round(sum(lengths) / 20, 1)
    assert sum(found["lengths"]["forward"]) == sum(found["lengths"]["reverse"]) == 21


def test_long_and_missing_traces_are_counted(tmp_path: Path) -> None:
    pair = make_pair(3)
    long = pair.forward.model_copy(update={"trace": "x" * 300_000})
    pairs = [pair.model_copy(update={"forward": long}), make_pair(4, reverse=None)]
    found = statistics({"train": [write_pairs(tmp_path / "a.parquet", pairs)]})
    assert found["lengths"]["forward"][-1] == 1
    assert found["lengths"]["reverse"][0] == 1


def test_the_picture_is_a_png_and_always_the_same(tmp_path: Path) -> None:
    pairs = [make_pair(i, family="apples", difficulty=1 + i % 5) for i in range(20)]
    found = statistics({"train": [write_pairs(tmp_path / "a.parquet", pairs)]})
    assert plot(found) == plot(found)
    plain = statistics({"train": [write_pairs(tmp_path / "b.parquet", [make_pair(1)])]})
    sizes = [Image.open(io.BytesIO(plot(of))).size for of in (found, plain)]
    assert sizes[0][0] > sizes[1][0]  # a second panel where there are difficulties


def test_a_dataset_without_pairs_has_a_picture_too(tmp_path: Path) -> None:
    found = statistics({"train": [write_pairs(tmp_path / "a.parquet", [])]})
    assert found["cells"] == []
    assert plot(found).startswith(b"\x89PNG")
