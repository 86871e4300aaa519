import numpy as np
import pytest

from r1k.families import make
from r1k.families import number_base as family
from r1k.families.words import PEOPLE

EXAMPLE = {"name": PEOPLE[0], "friend": PEOPLE[1], "base": 7, "what": (10, ("78",))}
PRODUCT = EXAMPLE | {"base": 8, "what": (5, ("120", "14", "21"))}


def test_the_example_divides_until_nothing_is_left() -> None:
    solution = family.forward(EXAMPLE)
    assert solution.answer == "141"
    assert "78 = 11 * 7 + 1, 11 = 1 * 7 + 4, 1 = 0 * 7 + 1" in solution.trace
    assert "78 = 141_7" in solution.trace


def test_the_example_backwards_finds_the_number_and_the_base() -> None:
    facts = EXAMPLE | {"answer": "141"}
    number, base = family.reverse(facts, "number"), family.reverse(facts, "base")
    assert (number.answer, base.answer) == ("78", 7)
    assert "141_7 = 1 * 49 + 4 * 7 + 1 = 78" in number.trace
    assert "the base divides 78 - 1 = 77" in base.trace


def test_a_product_is_taken_before_the_sum_and_undone_before_the_number() -> None:
    facts = PRODUCT | {"answer": "206"}  # 35 + 9 * 11 = 134
    assert family.forward(PRODUCT).answer == "206"
    back = family.reverse(facts, "number")
    assert back.answer == "120"
    assert "134 - 99 = 35" in back.trace


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_answers_are_those_of_numpy(difficulty: int) -> None:
    for seed in range(20):
        facts = make("number_base", difficulty, seed).facts
        base, numbers = facts["what"]
        first, *others = (int(number, base) for number in numbers)
        value = first + (int(np.prod(others)) if others else 0)
        assert facts["answer"] == np.base_repr(value, facts["base"])
        assert family.solve_forward(facts) == [facts["answer"]]


def test_digits_that_fit_no_base_or_every_base_are_seen() -> None:
    stated = EXAMPLE | {"answer": "142"}
    assert family.solve_reverse(stated, "base") == []
    one_digit = EXAMPLE | {"what": (10, ("3",)), "answer": "3"}
    assert family.solve_reverse(one_digit, "base") == list(range(4, 37))


def test_a_digit_as_large_as_its_base_is_no_number() -> None:
    assert family.solve_forward(EXAMPLE | {"what": (5, ("150",))}) == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ((10, ("78",)), "the base-10 number 78"),
        ((5, (None, "142")), "the sum of the base-5 numbers k and 142"),
        ((5, (None, "14", "21")), "the base-5 number k plus the base-5 product 14 times 21"),
    ],
)
def test_what_is_written_is_described_and_read(what: family.Sum, text: str) -> None:
    slot = family.SLOTS["what"]
    assert slot.text(what) == text
    assert slot.read(text) == what
