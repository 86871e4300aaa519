"""`validate` finds what is planted, and says so."""

import pytest

from r1k.families import FAMILIES, shop
from r1k.families.base import Solution
from r1k.verification.validate import is_clean, report, validate


def test_a_right_family_is_clean() -> None:
    cells = [validate("shop", difficulty, 30) for difficulty in (2, 5)]
    assert is_clean(cells)
    text = report(cells)
    assert "| `shop` | story arithmetic | 60 | 0 | 0 | yes |" in text


def test_wrong_programs_and_texts_that_the_template_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = shop.forward
    monkeypatch.setattr(shop, "forward", lambda facts: _spoil(original(facts)))
    cell = validate("shop", 2, 30)
    assert cell.faults["program"] == 30
    assert "ZeroDivisionError" in cell.first["program"]
    assert cell.faults["template"] == 30
    assert not is_clean([cell])
    assert "shop at 2: program: 30, seed 0" in report([cell])


def _spoil(solution: Solution) -> Solution:
    return solution._replace(program="print(1 / 0)", trace=f"Okay, so {solution.trace}")


def test_repeated_questions_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = FAMILIES["shop"].draw
    monkeypatch.setattr(shop, "FORWARD", shop.FORWARD[:1])
    monkeypatch.setattr(
        shop, "draw", lambda d, difficulty, hidden: facts(type(d)("one"), difficulty, hidden)
    )
    cell = validate("shop", 2, 30)
    assert cell.repeated >= 29
    assert not is_clean([cell])


def test_traces_must_grow() -> None:
    easy, hard = validate("shop", 1, 30), validate("shop", 4, 30)
    assert is_clean([easy, hard])
    assert not is_clean([hard, easy])
