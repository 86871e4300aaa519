"""Percentages of mixtures."""

from fractions import Fraction

import pytest

from r1k.families import make, mixture
from r1k.families.words import Person

SORT = {str(sort): sort for sort in mixture.SORTS}


def facts(*parts, sort="syrup"):
    return {
        "name": Person("Mina"),
        "sort": SORT[sort],
        "vessel": "jar",
        "mix": (SORT[sort], parts),
    }


TWO = facts((300, "percent", 20), (200, "percent", 45))


def test_worked_example():
    forward = mixture.forward(TWO)
    assert forward.answer == 30
    for step in ("300 * 20 / 100 = 6000 / 100 = 60", "60 + 90 = 150", "150 * 100 / 500"):
        assert step in forward.trace
    known = TWO | {"answer": 30}
    assert mixture.reverse(known, "content").answer == 20
    back = mixture.reverse(known, "amount")
    assert back.answer == 300
    # 200 g that are 15 above are balanced by 300 g that are 10 below.
    assert "200 * 15 = 3000" in back.trace and "x = 3000 / 10 = 300" in back.trace


def test_question_reads_like_the_example_and_reads_back():
    asked = mixture.FORWARD[0].fill(TWO)
    assert asked == (
        "Mina puts 300 g of syrup with 20% sugar and 200 g of syrup with 45% sugar into an empty"
        " jar. What percentage of sugar does the syrup in it have?"
    )
    assert mixture.FORWARD[0].read(asked) == TWO


def test_the_parts_end_at_a_comma_before_a_name():
    known = facts((400, "percent", 20), (200, "plain", 0), (150, "percent", 74)) | {"answer": 40}
    stated = mixture.hide(known, "content")
    asked = mixture.REVERSE["content"][1].fill(stated)
    assert "and 150 g of syrup with 74% sugar, Mina gets a jar of syrup with 40% sugar" in asked
    assert mixture.REVERSE["content"][1].read(asked) == stated


def test_the_whole_is_told_in_other_words_than_forward():
    forward = mixture.forward(TWO).trace.split("\n")
    back = mixture.reverse(TWO | {"answer": 30}, "content").trace.split("\n")
    assert "All the syrup is 300 + 200 = 500 g." in forward
    assert back[:2] == [
        "The syrup is 300 + 200 = 500 g in all.",
        "The sugar in it is 500 * 30 / 100 = 15000 / 100 = 150 g.",
    ]
    assert not any("many percent" in p.template for p in mixture.FORWARD)


@pytest.mark.parametrize(
    ("parts", "answer"),
    [
        (((300, "content", 45),), 15),
        (((300, "content", 45), (150, "plain", 0)), 10),
        (((90, "content", 15), (10, "pure", 100)), 25),
        (((100, "percent", 40), (100, "percent", 60), (50, "pure", 100)), 60),
        (((100, "percent", 40), (100, "percent", 60), (300, "plain", 0)), 20),
    ],
)
def test_water_and_the_pure_substance(parts, answer):
    known = facts(*parts)
    assert mixture.forward(known).answer == answer
    assert mixture.solve_forward(known) == [answer]
    known["answer"] = answer
    for hidden, number in (("amount", parts[0][0]), ("content", parts[0][2])):
        question = mixture.REVERSE[hidden][0]
        asked = question.fill(mixture.hide(known, hidden))
        assert mixture.solve_reverse(question.read(asked), hidden) == [number]
        assert mixture.reverse(known, hidden).answer == number


def test_amount_is_not_unique_where_all_percentages_are_equal():
    same = facts((300, "percent", 30), (200, "percent", 30)) | {"answer": 30}
    assert len(mixture.solve_reverse(mixture.hide(same, "amount"), "amount")) > 1


def test_solver_sees_when_nothing_fits():
    assert mixture.solve_forward(facts((100, "percent", 20), (200, "percent", 45))) == []
    known = mixture.hide(TWO | {"answer": 50}, "amount")
    assert mixture.solve_reverse(known, "amount") == []  # more than either part has


def test_drawn_mixtures_hold_whole_amounts_and_unequal_percentages():
    for seed in range(300):
        facts = make("mixture", 5, seed).facts
        parts, answer = facts["mix"][1], facts["answer"]
        held = [Fraction(amount * percent, 100) for amount, _, percent in parts]
        assert all(amount.denominator == 1 for amount in held)
        assert sum(held) * 100 == answer * sum(amount for amount, *_ in parts)
        percentages = {answer, *(percent for *_, percent in parts)}
        assert len(percentages) == len(parts) + 1
