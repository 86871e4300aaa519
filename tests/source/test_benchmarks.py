"""Benchmarks by name and by path."""

import json
from pathlib import Path

import polars as pl
import pytest

from r1k.config import BENCHMARKS
from r1k.errors import UserError
from r1k.source.benchmarks import read_benchmarks, read_paper_benchmarks, with_reasons

ROOT = Path(__file__).parents[2]


def write(path: Path, column: str) -> Path:
    rows = [{"id": i, column: f"Problem {i}?"} for i in range(3)]
    if path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
    elif path.suffix == ".csv":
        pl.DataFrame(rows).write_csv(path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("ending", ["jsonl", "parquet", "csv"])
@pytest.mark.parametrize("column", ["problem", "question"])
def test_a_file_serves_in_place_of_the_hub(tmp_path: Path, ending: str, column: str) -> None:
    path = write(tmp_path / f"any.{ending}", column)
    found = read_benchmarks([f"math500={path}"], ROOT / BENCHMARKS)
    assert [tuple(text) for text in found.texts] == [
        ("math500", i, f"Problem {i}?") for i in range(3)
    ]
    assert found.sources == [
        {"name": "math500", "source": f"any.{ending}", "revision": None, "rows": 3}
    ]


def test_a_folder_and_the_column_that_the_file_names(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    write(tmp_path / "mine" / "train.parquet", "asked")
    names = tmp_path / "names.yaml"
    names.write_text("benchmarks:\n  own: {id: nobody/own, split: train, column: asked}\n")
    found = read_benchmarks([f"own={tmp_path / 'mine'}"], names)
    assert [text.text for text in found.texts] == [f"Problem {i}?" for i in range(3)]


def test_the_embedded_file_is_well_formed() -> None:
    with pytest.raises(UserError, match="no such benchmark; did you mean 'math500'"):
        read_benchmarks(["math50"], ROOT / BENCHMARKS)


@pytest.mark.parametrize(
    ("against", "message"),
    [
        (["x=/nowhere/x.jsonl"], "no such file or folder"),
        (["x"], r"no such benchmark .*names.yaml has none.*--against x=PATH"),
        (["=a"], "give each benchmark a name"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, against: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_benchmarks(against, tmp_path / "names.yaml")


def test_a_file_without_questions(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", "text")
    with pytest.raises(UserError, match=f"name it: --against a={path}"):
        read_benchmarks([str(path)], tmp_path / "names.yaml")
    with pytest.raises(UserError, match=r"no column 'question' \(columns: id, text\)"):
        read_benchmarks([f"x={path}"], tmp_path / "names.yaml")
    twice = [f"x={write(tmp_path / 'b.jsonl', 'question')}"] * 2
    with pytest.raises(UserError, match="and once"):
        read_benchmarks(twice, tmp_path / "names.yaml")


def test_the_papers_benchmarks_need_not_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("r1k.source.benchmarks.hub_answers", lambda: False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    names = tmp_path / "names.yaml"
    names.write_text("benchmarks:\n  math500: {id: nobody/math}\n")
    found = read_paper_benchmarks(names)
    assert found.texts == found.sources == []
    gone = "the Hub cannot be reached, and its cache does not hold it"
    assert with_reasons(found.unread) == (
        f"aime24, gpqa (names.yaml does not name it); math500 ({gone})"
    )
    # One that is asked for must be.
    with pytest.raises(UserError, match=f"nobody/math: {gone}; a file or folder will do: math500="):
        read_benchmarks(["math500"], names)
