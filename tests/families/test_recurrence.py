from typing import Any

from r1k.families import recurrence
from r1k.families.words import PEOPLE

ONCE: dict[str, Any] = {
    "name": PEOPLE[0], "friend": PEOPLE[1],
    "start": 25, "rule": (("multiply by", 3), ("add", 17)), "rounds": 1,
}  # fmt: skip


def test_worked_example_forward_and_both_reverses():
    solution = recurrence.forward(ONCE)
    assert solution.answer == 92
    assert "25 * 3 = 75" in solution.trace and "75 + 17 = 92" in solution.trace
    start, number = (
        recurrence.reverse(ONCE | {"answer": 92}, hidden) for hidden in ("start", "number")
    )
    assert (start.answer, number.answer) == (25, 17)
    assert "92 - 17 = 75" in start.trace and "75 / 3 = 25" in start.trace
    assert "92 - 75 = 17" in number.trace


def test_unknown_number_over_several_rounds_gives_an_equation():
    facts = ONCE | {"start": 5, "rounds": 3, "answer": 356}
    n = 5
    for _ in range(3):
        n = n * 3 + 17
    assert recurrence.forward(facts).answer == n == 356
    solution = recurrence.reverse(facts, "number")
    assert solution.answer == 17
    assert "13k = 356 - 135 = 221" in solution.trace


def test_dividing_machine_is_followed_backwards():
    rule = (("subtract", 4), ("divide by", 3))
    facts = ONCE | {"start": 97, "rule": rule, "rounds": 2, "answer": 9}
    assert recurrence.forward(facts).answer == 9
    for hidden, expected in (("start", 97), ("number", 4)):
        solution = recurrence.reverse(facts, hidden)
        assert solution.answer == expected
        assert " / " not in solution.trace.split("so 4k")[0]
        assert recurrence.solve_reverse(recurrence.hide(facts, hidden), hidden) == [expected]


def test_last_added_number_is_the_unknown_one():
    rule = (("add", 5), ("multiply by", 2), ("subtract", 7), ("multiply by", 3))
    hidden = recurrence.hide(ONCE | {"rule": rule, "answer": 1}, "number")
    assert hidden["rule"] == (*rule[:2], ("subtract", None), rule[3])
    slot = recurrence.SLOTS["rule"]
    assert slot.show is not None
    text = slot.show(hidden["rule"])
    assert text == "add 5, then multiply by 2, then subtract k, then multiply by 3"
    assert slot.read(text) == hidden["rule"]


def test_solvers_find_nothing_where_a_division_leaves_a_rest():
    facts = ONCE | {"rule": (("divide by", 2), ("add", 1))}
    assert recurrence.solve_forward(facts) == []
    doubled = ONCE | {"rule": (("multiply by", 2), ("add", 1)), "answer": 10}
    assert recurrence.solve_reverse(recurrence.hide(doubled, "start"), "start") == []


def test_one_round_is_singular():
    show = recurrence.SLOTS["rounds"].text
    assert (show(1), show(2)) == ("1 round", "2 rounds")
