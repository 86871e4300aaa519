"""Simple and compound interest."""

from decimal import Decimal
from fractions import Fraction

import pytest

from r1k.families import compound_interest, make
from r1k.families.words import Person

ACCOUNT = {
    "name": Person("Maya"),
    "goal": "a boat",
    "money": "euros",
    "kind": "compound",
    "start": 4000,
    "plan": ((2, 5), (0, 590), (1, 4)),
}


def test_worked_example():
    solution = compound_interest.forward(ACCOUNT)
    assert solution.answer == 520000  # cents
    assert "4200 * 5 / 100 = 210" in solution.trace and "4410 + 590 = 5000" in solution.trace
    back = compound_interest.reverse(ACCOUNT | {"answer": 520000}, "start")
    assert back.answer == 4000
    assert "5200 / 26 * 25 = 200 * 25 = 5000" in back.trace and "5000 - 590 = 4410" in back.trace


def test_rate_of_several_years_comes_from_a_root():
    facts = ACCOUNT | {"start": 8000, "plan": ((3, 5),), "answer": 926100}
    solution = compound_interest.reverse(facts, "rate")
    assert solution.answer == 5
    assert "9261/8000 = 21^3/20^3." in solution.trace  # not 9261/8000 = 9261/8000
    assert "one year makes 8000 into 8000 / 20 * 21 = 400 * 21 = 8400." in solution.trace
    facts = ACCOUNT | {"start": 18550, "plan": ((2, 20),), "answer": 2671200}
    assert "26712/18550 = 36/25 = 6^2/5^2." in compound_interest.reverse(facts, "rate").trace


def test_one_year_is_singular_and_the_unknown_rate_is_p():
    plan = ((1, None), (0, -250), (2, 10))
    text = compound_interest.SLOTS["plan"].text(plan)
    assert text == "1 year at p%, then a withdrawal of 250, then 2 years at 10%"
    assert compound_interest.SLOTS["plan"].read(text) == plan


@pytest.mark.parametrize(
    ("cents", "text"), [(104000, "1040"), (104005, "1040.05"), (104050, "1040.50")]
)
def test_cents_are_shown_with_two_digits(cents, text):
    slot = compound_interest.SLOTS["answer"]
    assert slot.text(cents) == text
    assert slot.read(text) == cents


def test_simple_interest_earns_no_interest():
    facts = ACCOUNT | {"kind": "simple", "start": 1000, "plan": ((3, 10),)}
    assert compound_interest.forward(facts).answer == 130000
    assert compound_interest.solve_forward(facts) == [130000]
    assert compound_interest.solve_forward(facts | {"kind": "compound"}) == [133100]
    facts["answer"] = 130000
    assert compound_interest.reverse(facts, "rate").answer == 10
    assert compound_interest.reverse(facts, "start").answer == 1000


def test_solver_sees_that_nothing_fits():
    facts = ACCOUNT | {"plan": ((2, None),), "answer": 441001}
    assert compound_interest.solve_reverse(facts, "rate") == []
    assert compound_interest.solve_reverse(ACCOUNT | {"answer": 520001}, "start") == []
    assert compound_interest.solve_forward(ACCOUNT | {"start": 1}) == []


@pytest.mark.parametrize("difficulty", [2, 3, 4, 5])
def test_every_year_pays_whole_cents(difficulty):
    for seed in range(100):
        pair = make("compound_interest", difficulty, seed)
        value = Fraction(pair.facts["start"])
        for years, x in pair.facts["plan"]:
            value += 0 if years else x
            for _ in range(years):
                value *= 1 + Fraction(x, 100)
                assert (100 * value).denominator == 1 and value > 0
        assert value == Fraction(Decimal(pair.forward.answer))


def test_question_reads_back():
    asked = compound_interest.FORWARD[0].fill(ACCOUNT)
    assert asked.startswith("Maya opens an account at compound yearly interest with 4000 euros.")
    assert compound_interest.FORWARD[0].read(asked) == ACCOUNT
