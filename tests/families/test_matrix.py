"""matrix: results and hidden entries, compared with sympy."""

from typing import Any

import pytest
import sympy

from r1k.families import make, matrix
from r1k.families.words import PEOPLE

FACTS = {"name": PEOPLE[0], "tables": (((1, 2), (3, 4)), (5, 7)), "asked": "the top entry of Av"}


def by_sympy(facts: dict[str, Any]) -> Any:
    """The result, an expression in k where an entry is None."""
    k = sympy.Symbol("k")
    tables = [
        sympy.Matrix([[k if n is None else n for n in row] for row in table])
        if isinstance(table[0], tuple)
        else sympy.Matrix([k if n is None else n for n in table])
        for table in facts["tables"]
    ]
    named = dict(zip("ABCD", tables, strict=False)) | {"v": tables[-1]}
    asked = facts["asked"]
    if asked.startswith("the determinant"):
        of = asked.removeprefix("the determinant of ")
        whole = named["A"] + named["B"] if "+" in of else named["A"]
        return (whole * named[of[-1]] if of in ("AB", "(A + B)C") else whole).det()
    if " row " in asked:
        words = asked.split()
        return (named["A"] * named["B"])[int(words[6]) - 1, int(words[-1]) - 1]
    product = sympy.prod([named[letter] for letter in asked.split()[-1]])
    return product[{"top": 0, "middle": 1, "bottom": -1}[asked.split()[1]]]


def test_worked_example_forward() -> None:
    solution = matrix.forward(FACTS)
    assert solution.answer == 19
    assert "1 * 5 = 5 and 2 * 7 = 14" in solution.trace and "5 + 14 = 19" in solution.trace


def test_worked_example_reverse() -> None:
    solution = matrix.reverse(FACTS | {"answer": 19}, "top right")
    assert solution.answer == 2
    assert "1 * 5 = 5, so 7 * k = 19 - 5 = 14" in solution.trace
    assert "k = 14 / 7 = 2" in solution.trace


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_results_are_those_of_sympy(difficulty: int) -> None:
    for seed in range(25):
        pair = make("matrix", difficulty, seed)
        assert int(pair.forward.answer) == by_sympy(pair.facts)
        left = by_sympy(matrix.hide(pair.facts, pair.hidden))
        (found,) = sympy.solve(sympy.Eq(left, pair.facts["answer"]))
        assert int(pair.reverse.answer) == found


@pytest.mark.parametrize("hidden", ["top left", "top right", "bottom left", "bottom right"])
def test_every_corner_of_a_determinant_can_be_found(hidden: str) -> None:
    tables = (((2, 5, -1), (3, 4, 7), (6, -2, 8)), ((1, -3, 2), (2, 1, 1), (-4, 5, 3)))
    facts = {"name": PEOPLE[0], "tables": tables, "asked": "the determinant of A + B"}
    whole = facts | {"answer": matrix.forward(facts).answer}
    assert whole["answer"] == by_sympy(facts)
    row, column = matrix._CORNERS[hidden]
    assert matrix.reverse(whole, hidden).answer == tables[0][row][column]
    assert matrix.solve_reverse(matrix.hide(whole, hidden), hidden) == [tables[0][row][column]]


def test_hidden_entry_is_a_corner_of_the_matrix_next_to_v() -> None:
    tables = (((1, 2), (3, 4)), ((5, 6), (7, 8)), (9, 2))
    facts = {"tables": tables, "asked": "the top entry of ABv"}
    assert matrix.hide(facts, "bottom left")["tables"][1] == ((5, 6), (None, 8))
    assert matrix.hide(facts, "last")["tables"][2] == (9, None)


def test_solver_sees_an_entry_without_influence() -> None:
    tables = (((None, 2), (3, 4)), (5, 7))
    back = FACTS | {"tables": tables, "asked": "the bottom entry of Av", "answer": 43}
    assert len(matrix.solve_reverse(back, "top left")) > 1
    assert matrix.solve_reverse(back | {"answer": 44}, "top left") == []


def test_solver_sees_that_no_whole_number_fits() -> None:
    back = matrix.hide(FACTS, "top right") | {"answer": 20}
    assert matrix.solve_reverse(back, "top right") == []


def test_negative_entries_are_read_back() -> None:
    slot = matrix.SLOTS["tables"]
    tables = (((-1, None), (3, -4)), (5, -7))
    assert slot.text(tables) == "A = [[-1, k], [3, -4]] and v = [5, -7]"
    assert slot.read(slot.text(tables)) == tables


def test_one_table_does_not_stand_in_the_plural() -> None:
    square = {"name": "Ravi", "tables": (((1, 2), (3, 4)),), "asked": "the determinant of A"}
    asked = matrix.FORWARD[1].fill(square)
    assert asked == (
        "Find the determinant of A for A = [[1, 2], [3, 4]], as written on Ravi's sheet."
    )
