"""Percentages one after the other."""

from fractions import Fraction

import pytest

from r1k.families import make, percent_change
from r1k.families.words import Person

SOFA = {
    "name": Person("Ravi"),
    "subject": "the price of a sofa",
    "unit": " euros",
    "start": 350,
    "changes": (("rise", 20, "%"), ("fall", 10, "%")),
}


def test_worked_example():
    solution = percent_change.forward(SOFA)
    assert solution.answer == 378
    assert "120/100 = 6/5: 350 / 5 * 6 = 70 * 6 = 420." in solution.trace
    back = percent_change.reverse(SOFA | {"answer": 378}, "start")
    assert back.answer == 350
    assert back.trace.startswith("To undo the fall of 10%, divide by 90/100 = 9/10: 378 / 9 * 10")


def test_question_reads_like_the_example_and_reads_back():
    asked = percent_change.FORWARD[0].fill(SOFA)
    assert asked == (
        "Ravi notes that the price of a sofa was 350 euros at first. It rose by 20%, then fell by "
        "10%. What was it in the end?"
    )
    assert percent_change.FORWARD[0].read(asked) == SOFA


def test_hidden_percentage_is_found_between_known_changes():
    changes = (("rise", 20, "%"), ("fall", 20, " euros"), ("fall", 25, "%"), ("rise", 10, "%"))
    facts = SOFA | {"changes": changes}
    facts["answer"] = percent_change.forward(facts).answer
    assert facts["answer"] == 330  # 420, 400, 300, 330
    solution = percent_change.reverse(facts, "rate")
    assert "To carry 350 through the rise of 20%, multiply by 120/100 = 6/5: 350" in solution.trace
    asked = percent_change.hide(facts, "rate")["changes"]
    at = [amount for _, amount, _ in asked].index(None)
    assert solution.answer == changes[at][1]
    assert percent_change.solve_reverse(facts | {"changes": asked}, "rate") == [changes[at][1]]


def test_kinds_of_a_bill_are_told_and_read():
    bill = (("discount", 20, "%"), ("voucher", 16, " euros"), ("tax", 5, "%"), ("tip", None, "%"))
    text = percent_change.SLOTS["changes"].text(bill)
    assert text == (
        "fell by 20% with a discount, then fell by 16 euros with a voucher, then rose by 5% with "
        "the tax, then rose by p% with the tip"
    )
    assert percent_change.SLOTS["changes"].read(text) == bill


def test_solver_sees_that_nothing_fits():
    facts = SOFA | {"changes": (("rise", None, "%"),), "answer": 351}
    assert percent_change.solve_reverse(facts, "rate") == []
    assert percent_change.solve_forward(SOFA | {"start": 1}) == []
    assert percent_change.solve_reverse(SOFA | {"answer": 379}, "start") == []


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_every_value_on_the_way_is_whole(difficulty):
    for seed in range(100):
        facts = make("percent_change", difficulty, seed).facts
        value = Fraction(facts["start"])
        for kind, amount, unit in facts["changes"]:
            sign = 1 if kind in ("rise", "fee", "tax", "tip") else -1
            value += sign * (value * amount / 100 if unit == "%" else amount)
            assert value.denominator == 1 and value > 1
        assert value == facts["answer"]
