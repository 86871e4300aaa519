"""Means of numbers and of groups."""

import statistics
from fractions import Fraction

import pytest

from r1k.families import make, mean
from r1k.families.words import Person

MARKS = {
    "name": Person("Maya"),
    "what": "marks",
    "data": ((5, "mean", 12), (3, "of", 20), (1, "of", 15)),
}


def data(*values):
    return MARKS | {"data": tuple((1, "of", value) for value in values)}


def test_worked_example():
    solution = mean.forward(MARKS)
    assert solution.answer == 15
    assert "5 * 12 = 60" in solution.trace and "135 / 9 = 15" in solution.trace
    back = mean.reverse(MARKS | {"answer": 15}, "size")
    hidden = mean.hide(MARKS | {"answer": 15}, "size")["data"]
    assert back.answer == next(
        whole[0] for whole, part in zip(MARKS["data"], hidden, strict=True) if None in part
    )
    assert "All differences cancel out" in back.trace


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (MARKS["data"], "5 with a mean of 12, 3 of 20 each and a single 15"),
        (((None, "sum", 84), (1, "of", 7)), "x with a sum of 84 and a single 7"),
        (((1, "of", None), (2, "of", 7)), "a single x and 2 of 7 each"),
        (data(3, None, -4)["data"], "3, x and -4"),
        (((12, "sum", 84),), "12 with a sum of 84"),
    ],
)
def test_data_are_told_and_read(parts, text):
    slot = mean.SLOTS["data"]
    assert slot.text(parts) == text
    assert slot.read(text) == parts


def test_a_trace_names_a_single_number_and_several():
    parts = ((1, "of", 15), (5, "mean", 12), (3, "of", 20), (2, "sum", 30))
    lines = mean.forward(MARKS | {"data": parts}).trace.split("\n")
    assert lines[:4] == [
        "The single 15 is the sum so far.",
        "The 5 numbers with mean 12 add 5 * 12 = 60, which makes 15 + 60 = 75.",
        "The 3 numbers of 20 each add 3 * 20 = 60, which makes 75 + 60 = 135.",
        "The 2 numbers with sum 30 make it 135 + 30 = 165.",
    ]


@pytest.mark.parametrize("values", [(1, 2), (-3, 4, 5), (7, 7, 7, 7), (-9, -2, 0, 1, 5)])
def test_solver_agrees_with_the_statistics_of_python(values):
    assert mean.solve_forward(data(*values)) == [statistics.mean(map(Fraction, values))]


def test_halves_and_negative_means_are_shown_exactly():
    facts = data(-3, 2, -4, 3)
    solution = mean.forward(facts)
    assert solution.answer == Fraction(-1, 2)
    assert mean.SLOTS["answer"].text(solution.answer) == "-0.5"
    assert "-2 / 4 = -0.5" in solution.trace
    assert mean.SLOTS["answer"].read("-0.5") == Fraction(-1, 2)


def test_a_group_at_the_mean_may_have_any_size():
    facts = MARKS | {"data": ((None, "of", 15), (2, "of", 15)), "answer": 15}
    assert len(mean.solve_reverse(facts, "size")) > 1


def test_a_size_or_number_that_is_not_whole_is_no_solution():
    facts = MARKS | {"data": ((None, "of", 20), (2, "of", 12)), "answer": 17}
    assert mean.solve_reverse(facts, "size") == []
    facts = MARKS | {"data": ((3, "of", None), (2, "of", 12)), "answer": 13}
    assert mean.solve_reverse(facts, "number") == []


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_only_temperatures_are_below_zero(difficulty):
    for seed in range(150):
        facts = make("mean", difficulty, seed).facts
        if "temperature" not in facts["what"]:
            assert min(value for _, _, value in facts["data"]) > 0
