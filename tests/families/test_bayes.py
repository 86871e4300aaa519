"""From evidence back to its cause."""

from fractions import Fraction

import pytest

from r1k.families import bayes, make
from r1k.families.words import Person

FLU, NONE = "people with flu", "people with no illness"


def facts(causes, *, total=(0, ""), unit="%", evidence=("tested positive",), target=FLU):
    return {
        "name": Person("Ravi"),
        "groups": (total, unit, evidence, causes),
        "cases": "people tested positive" if len(evidence) == 1 else "people positive twice",
        "target": target,
    }


EXAMPLE = ((200, FLU, (90,)), (700, NONE, (10,)))


def test_worked_example():
    known = facts(EXAMPLE)
    forward = bayes.forward(known)
    assert forward.answer == Fraction(18, 25)
    assert "200 * 90 / 100 = 180" in forward.trace and "180 + 70 = 250" in forward.trace
    known["answer"] = forward.answer
    other = bayes.reverse(known, "other")
    assert other.answer == 700
    assert "180 / 18 * 25 = 250" in other.trace and "250 - 180 = 70" in other.trace
    rate = bayes.reverse(known, "rate")
    assert rate.answer == 90
    assert "70 / 7 * 25 = 250" in rate.trace and "180 * 100 / 200 = 90" in rate.trace


def test_question_reads_as_in_the_example_and_reads_back():
    asked = bayes.FORWARD[0].fill(facts(EXAMPLE))
    assert asked == (
        "Ravi reads a list: 200 people with flu, 90% of them tested positive; 700 people with no "
        "illness, 10% of them tested positive. How likely is Ravi to hit one of the people with "
        "flu, picking at random among the people tested positive?"
    )
    assert bayes.FORWARD[0].read(asked) == facts(EXAMPLE)


TWICE = ("tested positive", "retested positive")


def test_a_second_test_is_one_of_the_positive_cases():
    causes = ((200, FLU, (90, 80)), (800, NONE, (10, 30)))
    known = facts(causes, evidence=TWICE) | {"answer": Fraction(6, 7)}
    lines = bayes.reverse(known, "other").trace.split("\n")
    assert lines[:3] == [
        "The people with flu bring 200 * 90 / 100 = 180 tested positive.",
        "Of these, 180 * 80 / 100 = 144 are people retested positive.",
        "The people with flu have the share 6/7, so there are 144 / 6 * 7 = 168 people positive"
        " twice.",
    ]
    assert "They are 30% of those tested positive, which are 24 * 100 / 30 = 80." in lines


def test_shares_of_a_total_are_counted_first():
    causes = ((10, FLU, (90,)), (90, NONE, (5,)))
    known = facts(causes, total=(2000, "people")) | {"answer": Fraction(2, 3)}
    lines = bayes.reverse(known, "rate").trace.split("\n")
    assert lines[:2] == [
        "The people with no illness are 2000 * 90 / 100 = 1800.",
        "Then the people with no illness bring 1800 * 5 / 100 = 90 tested positive.",
    ]
    assert "They are 90, so there are 90 / 1 * 3 = 270 people tested positive." in lines


@pytest.mark.parametrize(
    ("known", "counts"),
    [
        (facts(((50, FLU, (20,)), (90, NONE, (12,))), unit=""), (20, 12)),
        (facts(((10, FLU, (90,)), (90, NONE, (5,))), total=(2000, "people")), (180, 90)),
        (
            facts(
                ((200, FLU, (90, 80)), (800, NONE, (10, 30))),
                evidence=TWICE,
            ),
            (144, 24),
        ),
    ],
)
def test_every_form_weighs_the_cases_that_remain(known, counts):
    chance = Fraction(counts[0], sum(counts))
    assert bayes.forward(known).answer == chance
    assert bayes.solve_forward(known) == [chance]
    assert f"{counts[0]} + {counts[1]} = {sum(counts)}" in bayes.forward(known).trace


def test_sizes_play_no_part_where_cases_are_counted():
    small = facts(((50, FLU, (20,)), (90, NONE, (12,))), unit="")
    large = facts(((500, FLU, (20,)), (30, NONE, (12,))), unit="")
    assert bayes.solve_forward(small) == bayes.solve_forward(large)


def test_a_rate_is_no_more_than_a_hundred_percent():
    unknown = ((200, FLU, (None,)), (700, NONE, (10,)))
    stated = facts(unknown) | {"answer": Fraction(18, 25)}
    assert bayes.solve_reverse(stated, "rate") == [90]
    # Of 200 people 280 would have to be positive.
    assert bayes.solve_reverse(stated | {"answer": Fraction(4, 5)}, "rate") == []
    assert bayes.solve_reverse(stated | {"answer": Fraction(18, 26)}, "rate") == []


def test_people_and_mails_always_have_their_own_cause():
    for seed in range(200):
        pair = make("bayes", 3, seed)
        labels = [str(label) for _, label, _ in pair.facts["groups"][3]]
        if labels[0].startswith("people"):
            assert "people with no illness" in labels
        elif labels[0].endswith("mails"):
            assert "spam mails" in labels


def test_all_counts_of_people_are_whole():
    for seed in range(200):
        (total, _), unit, _, causes = make("bayes", 5, seed).facts["groups"]
        for size, _, rates in causes:
            number = Fraction(total * size, 100) if total else Fraction(size)
            for rate in rates:
                assert number.denominator == 1
                number *= Fraction(rate, 100)
            assert number.denominator == 1 and unit == "%"
