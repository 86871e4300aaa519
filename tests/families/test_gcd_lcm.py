import math

import pytest

from r1k.families import gcd_lcm as family
from r1k.families import make
from r1k.families.words import PEOPLE

BELLS = {
    "name": PEOPLE[0], "friend": PEOPLE[1], "things": "bells that ring every", "unit": "minutes",
    "goal": "the gap in minutes between common rings", "numbers": (12, 18),
}  # fmt: skip
JUGS = BELLS | {
    "things": "jugs of", "unit": "ml", "goal": "the greatest cup size that measures each exactly",
    "numbers": (84, 60, 27),
}  # fmt: skip


def test_the_example_takes_euclids_steps() -> None:
    solution = family.forward(BELLS)
    assert solution.answer == 36
    assert "18 mod 12 = 6, 12 mod 6 = 0" in solution.trace
    assert "12 / 6 * 18 = 36" in solution.trace


def test_the_example_backwards_tries_the_divisors_in_the_range() -> None:
    solution = family.reverse(BELLS | {"answer": 36}, "number")
    assert solution.answer == 18
    assert "divisors of 36 from 10 to 19 are 18 and 12" in solution.trace
    assert "lcm(12, 12) = 12 / 12 * 12 = 12" in solution.trace


def test_three_numbers_are_taken_one_after_the_other() -> None:
    solution = family.forward(JUGS)
    assert solution.answer == 3
    assert "gcd(84, 60) = 12" in solution.trace
    assert "27 mod 12 = 3, 12 mod 3 = 0, so gcd(12, 27) = 3." in solution.trace


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_answers_are_those_of_the_math_module(difficulty: int) -> None:
    goals = {goal for _, _, goal in family._LCM}
    for seed in range(20):
        facts = make("gcd_lcm", difficulty, seed).facts
        what = math.lcm if facts["goal"] in goals else math.gcd
        assert facts["answer"] == what(*facts["numbers"])
        assert family.solve_forward(facts) == [facts["answer"]]


def test_a_range_with_several_fitting_numbers_is_seen() -> None:
    stated = BELLS | {"numbers": (12, None), "answer": 36, "low": 1, "high": 40}
    assert family.solve_reverse(stated, "number") == [9, 18, 36]


def test_a_result_that_no_number_gives_is_seen() -> None:
    stated = JUGS | {"numbers": (84, 60, None), "answer": 5, "low": 1, "high": 99}
    assert family.solve_reverse(stated, "number") == []


@pytest.mark.parametrize(("number", "stated"), [(10, (10, 19)), (99, (90, 99)), (117, (100, 119))])
def test_the_stated_range_has_ten_or_twenty_numbers(number: int, stated: tuple[int, int]) -> None:
    back = family.hide(BELLS | {"numbers": (12, number), "answer": 1}, "number")
    assert (back["low"], back["high"]) == stated
    assert back["numbers"] == (12, None)
