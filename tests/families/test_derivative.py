from typing import Any

import numpy as np
import pytest

from r1k.families import derivative
from r1k.families.base import Draw
from r1k.families.words import PEOPLE

WHO: dict[str, Any] = {"name": PEOPLE[0], "friend": PEOPLE[1]}


def test_worked_example_of_a_slope():
    facts = WHO | {"known": ("f", (7, 5, 3), ()), "ask": ("slope", 0, 4)}
    solution = derivative.forward(facts)
    assert solution.answer == 29
    assert "6 * 4 = 24" in solution.trace and "24 + 5 = 29" in solution.trace
    back = derivative.reverse(facts | {"answer": 29}, "coefficient")
    assert back.answer == 3
    assert "29 - 5 = 24" in back.trace and "k = 24 / 8 = 3" in back.trace


def test_worked_example_of_a_condition():
    facts = WHO | {"known": ("f'", (0, 6), (1, 7)), "ask": ("value", 0, 3)}
    solution = derivative.forward(facts)
    assert solution.answer == 31
    assert "27 - 3 = 24" in solution.trace
    back = derivative.reverse(facts | {"answer": 31}, "constant")
    assert back.answer == 7
    assert "k = 31 - 24 = 7" in back.trace


def test_missing_coefficient_of_an_integral():
    # 4x^3 + 2x + 1 from 1 to 3: 80 + 8 + 2.
    facts = WHO | {"known": ("f'", (1, 2, 0, 4), ()), "ask": ("integral", 1, 3)}
    assert derivative.forward(facts).answer == 90
    back = derivative.reverse(facts | {"answer": 90}, "coefficient")
    assert back.answer == 4
    assert "81 - 1 = 80" in back.trace


@pytest.mark.parametrize("hidden", ["coefficient", "constant"])
@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_answers_agree_with_numpy(difficulty, hidden):
    for seed in range(60):
        facts = derivative.draw(Draw(f"{difficulty} {seed}"), difficulty, hidden)
        (_, coefficients, condition), (kind, low, high) = facts["known"], facts["ask"]
        given = np.polynomial.Polynomial(coefficients)
        if kind == "slope":
            expected = given.deriv()(high)
        else:
            begin, value = condition or (low, 0)
            expected = value + given.integ()(high) - given.integ()(begin)
        assert derivative.forward(facts).answer == round(expected)
        assert derivative.solve_forward(facts) == [round(expected)]


def test_solver_finds_nothing_where_no_whole_number_fits_or_all_do():
    odd = WHO | {"known": ("f", (7, 5, None), ()), "ask": ("slope", 0, 4), "answer": 30}
    assert derivative.solve_reverse(odd, "coefficient") == []
    flat = WHO | {"known": ("f", (7, 5, None), ()), "ask": ("slope", 0, 0), "answer": 5}
    assert derivative.solve_reverse(flat, "coefficient") == []


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (("f", (-7, -1, 0, 2), ()), "f(x) = 2x^3 - x - 7"),
        (("f", (-7, 1, None), ()), "f(x) = kx^2 + x - 7"),
        (("f'", (0, -1), (0, None)), "f'(x) = -x and f(0) = k"),
        (("f'", (3, 4), (2, -5)), "f'(x) = 4x + 3 and f(2) = -5"),
    ],
)
def test_function_is_written_and_read_back(known, text):
    slot = derivative.SLOTS["known"]
    assert slot.show is not None
    assert slot.show(known) == text
    assert slot.read(text) == known
