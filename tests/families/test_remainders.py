import pytest
from sympy.ntheory.modular import crt

from r1k.families import make
from r1k.families import remainders as family
from r1k.families.words import PEOPLE, THINGS

EXAMPLE = {
    "name": PEOPLE[0], "thing": THINGS[0], "low": 40, "high": 48, "groups": ((9, 5),), "size": 8,
}  # fmt: skip


def test_the_example_finds_the_number_first() -> None:
    solution = family.forward(EXAMPLE)
    assert solution.answer == 1
    assert "41 = 4 * 9 + 5" in solution.trace
    assert "41 = 5 * 8 + 1" in solution.trace


def test_the_example_backwards_starts_from_what_was_asked() -> None:
    facts = EXAMPLE | {"answer": 1}
    rest, divisor = family.reverse(facts, "rest"), family.reverse(facts, "divisor")
    assert (rest.answer, divisor.answer) == (5, 9)
    assert rest.trace.startswith("The 1 over with size 8 only fits 41")
    assert "k = 9 divides 41 - 5 = 36 = 9 * 4" in divisor.trace


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_the_number_is_that_of_the_chinese_remainder_theorem(difficulty: int) -> None:
    for seed in range(20):
        facts = make("remainders", difficulty, seed).facts
        sizes, rests = zip(*facts["groups"], strict=True)
        number, period = crt(sizes, rests)
        number += -(-(facts["low"] - number) // period) * period
        assert facts["low"] <= number <= facts["high"]
        assert facts["answer"] == number % facts["size"]


def test_a_range_that_is_too_wide_gives_several_answers() -> None:
    assert family.solve_forward(EXAMPLE | {"high": 57}) == [1, 2]
    wide = EXAMPLE | {"high": 57, "groups": ((9, None),), "answer": 1}
    assert family.solve_reverse(wide, "rest") == [3, 4, 5]


def test_sizes_that_contradict_each_other_give_no_answer() -> None:
    assert family.solve_forward(EXAMPLE | {"groups": ((4, 1), (6, 2))}) == []


def test_a_size_is_sought_above_the_rest_and_below_20() -> None:
    several = EXAMPLE | {"groups": ((None, 5),), "answer": 1}
    assert family.solve_reverse(several, "divisor") == [6, 9, 12, 18]


def test_nothing_left_over_is_written_as_none() -> None:
    slot = family.SLOTS["groups"]
    groups = ((7, None), (5, 0), (3, 1))
    assert slot.text(groups) == "of 7 leave k, of 5 leave none and of 3 leave 1 over"
    assert slot.read(slot.text(groups)) == groups
