"""The example problems keep to what examples/README.md says of them."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, Any]
FILE = Path(__file__).parents[1] / "examples" / "forward.jsonl"
COLUMNS = [
    "solution",
    "question",
    "cot_type",
    "source_type",
    "metadata",
    "gemini_thinking_trajectory",
    "gemini_attempt",
    "deepseek_thinking_trajectory",
    "deepseek_attempt",
    "gemini_grade",
    "gemini_grade_reason",
    "deepseek_grade",
    "deepseek_grade_reason",
]
KINDS = {
    "sound": 50,
    "multiple_choice": 6,
    "proof": 3,
    "no_number": 3,
    "wrong_attempt": 2,
    "labels_only": 2,
    "not_unique": 2,
    "expression_or_set": 2,
    "answer_is_a_given": 1,
    "near_duplicate": 1,
}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    # Split on "\n" alone: str.splitlines would also break at U+2028 inside a text.
    return [json.loads(line) for line in FILE.read_text("utf-8").rstrip("\n").split("\n")]


def kind(row: Row) -> str:
    return str(json.loads(row["metadata"])["kind"])


def final_box(text: str) -> str | None:
    """What stands in the last \\boxed{...}, if its braces balance and it ends the text."""
    start = text.rfind(r"\boxed{")
    if start < 0:
        return None
    depth = 0
    for i in range(start + len(r"\boxed"), len(text)):
        # \{ and \} are signs of a set and group nothing
        if text[i] in "{}" and text[i - 1] != "\\":
            depth += 1 if text[i] == "{" else -1
        if depth == 0:
            return text[start + len(r"\boxed{") : i] if i == len(text) - 1 else None
    return None


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (r"so \boxed{\frac{3}{4}}", r"\frac{3}{4}"),
        (r"\boxed{\{-3, 8\}}", r"\{-3, 8\}"),
        (r"\boxed{1} or \boxed{2}", "2"),
        (r"\boxed{\frac{3}{4}", None),
        (r"\boxed{4} hours", None),
        ("4 hours", None),
    ],
)
def test_final_box(text: str, inside: str | None) -> None:
    assert final_box(text) == inside


def test_lines() -> None:
    raw = FILE.read_bytes()
    assert raw.endswith(b"}\n")
    assert b"\r" not in raw
    assert b"\\u" not in raw.replace(b"\\\\", b"")  # written with ensure_ascii=False
    assert len(raw) < 300_000


def test_columns(rows: list[Row]) -> None:
    assert len(rows) >= 60
    assert all(list(row) == COLUMNS for row in rows)
    for row in rows:
        for column, value in row.items():
            if column.startswith("gemini_"):
                assert value is None
            else:
                assert isinstance(value, str)
                assert value
                assert value == value.strip()


def test_questions_are_unique(rows: list[Row]) -> None:
    assert not [q for q, n in Counter(row["question"] for row in rows).items() if n > 1]


def test_traces(rows: list[Row]) -> None:
    for row in rows:
        trace = row["deepseek_thinking_trajectory"]
        assert 60 <= len(trace.split()) <= 250
        assert r"\boxed" not in trace


def test_attempts_end_in_a_box(rows: list[Row]) -> None:
    for row in rows:
        assert row["deepseek_grade"] in ("Yes", "No")
        if kind(row) == "proof":
            assert r"\boxed" not in row["deepseek_attempt"]
        elif row["deepseek_grade"] == "Yes":
            assert final_box(row["deepseek_attempt"]), row["question"]


def test_no_control_characters(rows: list[Row]) -> None:
    # Cc and Cf: controls and invisible format characters, which text editors hide
    for row in rows:
        for value in filter(None, row.values()):
            odd = {c for c in value if unicodedata.category(c) in ("Cc", "Cf")}
            assert odd <= {"\n"}, (row["question"], odd)


def test_kinds(rows: list[Row]) -> None:
    assert Counter(map(kind, rows)) == KINDS
    for row in rows:
        meta = json.loads(row["metadata"])
        assert meta["topic"]
        assert (row["deepseek_grade"] == "No") == (meta["kind"] == "wrong_attempt")
        assert ("given" in meta) == (meta["kind"] in ("sound", "near_duplicate"))
        if "given" in meta:
            # once and as a whole number, so that hiding it is unambiguous
            whole = rf"(?<![\d.,]){re.escape(meta['given'])}(?!\d|[.,]\d)"
            assert len(re.findall(whole, row["question"])) == 1
        if meta["kind"] == "no_number":
            assert not re.search(r"\d", row["question"])
        if meta["kind"] == "multiple_choice":
            letters = re.findall(r"^\((.)\) \S", row["question"], re.MULTILINE)
            assert final_box(row["deepseek_attempt"]) in letters
        if meta["kind"] == "near_duplicate":
            theirs, mine = rows[meta["of"]]["question"].split(), row["question"].split()
            assert 0 < sum(a != b for a, b in zip(theirs, mine, strict=True)) <= 4


def test_readme_names_the_rows(rows: list[Row]) -> None:
    readme = FILE.with_name("README.md").read_text("utf-8")
    listed = {
        name: [int(n) for n in numbers.split(", ")]
        for name, numbers in re.findall(r"^\| `(\w+)` \| (\d+(?:, \d+)*) \|", readme, re.MULTILINE)
    }
    found: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        if kind(row) != "sound":
            found.setdefault(kind(row), []).append(i)
    assert listed == found
