"""Linear equations in one unknown."""

import pytest
import sympy

from r1k.families import linear_equation as family
from r1k.families import make


@pytest.mark.parametrize(
    ("text", "equation"),
    [
        ("x + 8 = 15", (1, 1, 8, 0, 0, 15)),
        ("11x = 418", (1, 11, 0, 0, 0, 418)),
        ("3x - 17 = 2x - 7", (1, 3, -17, 0, 2, -7)),
        ("4(3x - 4) + 29 = 121", (4, 3, -4, 29, 0, 121)),
        ("4(kx + 8) - 3 = x", (4, None, 8, -3, 1, 0)),
        ("2(9x + 1) + k = 5x + 161", (2, 9, 1, None, 5, 161)),
        ("x + k = -15", (1, 1, None, 0, 0, -15)),
    ],
)
def test_equations_are_written_and_read(text: str, equation: family.Equation) -> None:
    assert family._read(text) == equation
    assert family._show(equation) == text


@pytest.mark.parametrize("text", ["x + = 3", "3y = 4", "x^2 = 4", "x + 8", "(x = 3"])
def test_other_equations_are_not_read(text: str) -> None:
    with pytest.raises(ValueError):
        family._read(text)


def test_worked_example() -> None:
    facts = {"equation": (1, 3, 5, 0, 0, 26)}
    solution = family.forward(facts)
    assert solution.answer == 7
    assert "Divide by 3: x = 21 / 3 = 7." in solution.trace
    assert family.reverse(facts | {"answer": 7}, "term").answer == 5
    assert family.reverse(facts | {"answer": 7}, "factor").answer == 3


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_sympy_agrees(difficulty: int) -> None:
    x = sympy.Symbol("x")
    for seed in range(20):
        pair = make("linear_equation", difficulty, seed)
        p, q, r, s, t, u = pair.facts["equation"]
        assert sympy.solve(p * (q * x + r) + s - t * x - u, x) == [int(pair.forward.answer)]


def test_solvers_see_what_has_no_single_solution() -> None:
    assert family.solve_forward({"equation": (1, 3, 5, 0, 3, 5)}) == []  # an identity
    assert family.solve_forward({"equation": (1, 2, 0, 0, 0, 7)}) == []  # no whole number
    assert family.solve_reverse({"equation": (1, None, 5, 0, 0, 5), "answer": 0}, "factor") == []
