"""Chains of conversions."""

import re
from fractions import Fraction

import pytest

from r1k.families import make, unit_conversion
from r1k.families.words import Person

SHELLS = {
    "name": Person("Maya"),
    "town": "Oslo",
    "rates": ((3, "shells", 5, "beads"), (2, "beads", 7, "seeds")),
    "holding": ((12, "shells"),),
    "target": "seeds",
}


def test_worked_example():
    solution = unit_conversion.forward(SHELLS)
    assert solution.answer == 70
    assert "12 / 3 * 5 = 4 * 5 = 20 beads" in solution.trace
    back = unit_conversion.reverse(SHELLS | {"answer": 70}, "start")
    assert back.answer == 12
    assert back.trace.startswith("Every 7 seeds stand for 2 beads, so 70 seeds came from 70 / 7")


def test_question_reads_like_the_example_and_reads_back():
    asked = unit_conversion.FORWARD[0].fill(SHELLS)
    assert asked == (
        "Maya from Oslo knows that 3 shells are worth 5 beads and 2 beads are worth 7 seeds. "
        "How many seeds do 12 shells come to?"
    )
    assert unit_conversion.FORWARD[0].read(asked) == SHELLS


def test_order_and_sides_of_the_rates_do_not_matter():
    turned = ((7, "seeds", 2, "beads"), (5, "beads", 3, "shells"))
    facts = SHELLS | {"rates": turned}
    assert unit_conversion.forward(facts).answer == 70
    assert unit_conversion.solve_forward(facts) == [70]


@pytest.mark.parametrize("rate", [(3, "shells", None, "beads"), (5, "beads", None, "shells")])
def test_unknown_rate_on_either_side(rate):
    facts = SHELLS | {"rates": (rate, SHELLS["rates"][1]), "answer": 70}
    assert unit_conversion.solve_reverse(facts, "rate") == [8 - rate[0]]


def test_what_is_at_hand_on_the_way_is_added_and_taken_off():
    facts = SHELLS | {"holding": ((12, "shells"), (4, "beads"))}
    assert unit_conversion.forward(facts).answer == 84  # 24 beads
    assert unit_conversion.solve_forward(facts) == [84]
    facts["answer"] = 84
    assert unit_conversion.reverse(facts, "start").answer == 12
    assert unit_conversion.solve_reverse(unit_conversion.hide(facts, "start"), "start") == [12]


def test_one_of_a_unit_is_singular():
    feet = ((1, "feet", 12, "inches"), (2, "hulms", 1, "blips"))
    text = unit_conversion.SLOTS["rates"].text(feet)
    assert text == "1 foot equals 12 inches and 2 hulms equal 1 blip"
    assert unit_conversion.SLOTS["rates"].read(text) == feet
    one = SHELLS | {"rates": ((6, "shells", 1, "hats"),), "target": "hats"}
    assert "give 12 / 6 = 2 hats" in unit_conversion.forward(one).trace


def test_solver_sees_that_nothing_fits():
    assert unit_conversion.solve_forward(SHELLS | {"holding": ((11, "shells"),)}) == []
    assert unit_conversion.solve_forward(SHELLS | {"holding": ((12, "hats"),)}) == []
    facts = SHELLS | {"holding": ((None, "shells"),), "answer": 71}
    assert unit_conversion.solve_reverse(facts, "start") == []
    rates = ((3, "shells", None, "beads"), SHELLS["rates"][1])
    assert unit_conversion.solve_reverse(SHELLS | {"rates": rates, "answer": 71}, "rate") == []


def test_ladders_of_one_unit_agree_with_each_other():
    grams = {"kilograms": 1000, "tonnes": 10**6}
    inches = {"feet": 12, "yards": 36, "fathoms": 72, "miles": 63360, "leagues": 190080}
    for sizes, last in ((grams, "grams"), (inches, "inches")):
        for ladder in unit_conversion._LADDERS:
            if ladder[-1] == last:
                size = 1
                for factor, unit in zip(ladder[-2::-2], ladder[-3::-2], strict=False):
                    size *= int(factor)
                    assert sizes.get(unit, size) == size


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_trace_never_leaves_whole_numbers(difficulty):
    for seed in range(100):
        pair = make("unit_conversion", difficulty, seed)
        for above, below in re.findall(r"(\d+) / (\d+)", pair.forward.solution.trace):
            assert Fraction(int(above), int(below)).denominator == 1
