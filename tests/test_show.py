"""What is printed of a dataset."""

from pathlib import Path

import pytest

from r1k.errors import UserError
from r1k.schema import Problem
from r1k.show import render, show_dataset, summary
from tests.pairs import make_pair

MANIFEST = {
    "source": {"name": "rows.jsonl"},
    "counts": {
        "source_rows": 1_003,
        "accepted": 1_000,
        "unverified": 1,
        "rejected": 2,
        "reasons": {
            "accepted": {},
            "unverified": {"round_trip": 1},
            "rejected": {"parsed: a \x1b[31mred reason": 2},
        },
    },
    "layout_probe": {
        "direction": {"accuracy": 0.98, "low": 0.9, "high": 1.0},
        "preference": {"accuracy": None, "low": None, "high": None},
    },
}


def test_summary(tmp_path: Path) -> None:
    lines = summary(MANIFEST, tmp_path / "out").splitlines()
    assert lines[0] == "1,003 rows of rows.jsonl"
    assert lines[1].split() == ["accepted", "1,000"]
    assert "not run: round_trip" in lines[3]
    assert "\x1b" not in "".join(lines)
    assert "layout alone tells the direction in 98%" in lines[-2] and "differ in style" in lines[-2]
    assert str(tmp_path / "out") in lines[-1]


def test_a_pair_without_what_a_terminal_would_obey() -> None:
    hostile = "\x1b]0;owned\x07 and \x1b[2J" + "word " * 2_000
    pair = make_pair(1, reverse=Problem(question=hostile, answer="3"))
    text = render(pair)
    assert "\x1b" not in text and "\x07" not in text
    assert "lines more]" in text and len(text.splitlines()) < 80
    assert "(none: no solver)" in text


def test_not_a_dataset(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a dataset of r1k"):
        show_dataset(tmp_path, 2)
