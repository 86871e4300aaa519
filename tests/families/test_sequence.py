from itertools import accumulate
from typing import Any

from r1k.families import sequence
from r1k.families.base import Draw

SHELLS: dict[str, Any] = {
    "name": "Noor", "thing": "shells", "unit": "row",
    "first": 12, "rule": (("more", 4, 0),), "ask": (9, 9),
}  # fmt: skip


def test_worked_example_forward_and_both_reverses():
    solution = sequence.forward(SHELLS)
    assert solution.answer == 44
    assert "8 * 4 = 32" in solution.trace and "12 + 32 = 44" in solution.trace
    facts = SHELLS | {"answer": 44}
    first, step = (sequence.reverse(facts, hidden) for hidden in ("first", "step"))
    assert (first.answer, step.answer) == (12, 4)
    assert "44 - 32 = 12" in first.trace
    assert "32 / 8 = 4" in step.trace


def test_sum_of_two_phases_is_the_sum_of_the_numbers_written_down():
    facts = SHELLS | {"rule": (("more", 4, 3), ("fewer", 5, 0)), "ask": (1, 6)}
    numbers = [12, 16, 20, 15, 10, 5]
    assert sequence.forward(facts).answer == sum(numbers) == 78
    assert sequence.solve_forward(facts) == [78]
    for hidden, expected in (("first", 12), ("step", 5)):
        assert sequence.reverse(facts | {"answer": 78}, hidden).answer == expected
        hints = sequence.hide(facts | {"answer": 78}, hidden)
        assert sequence.solve_reverse(hints, hidden) == [expected]


def test_sum_from_the_middle_leaves_out_the_numbers_before():
    facts = SHELLS | {"ask": (4, 9)}
    assert sequence.forward(facts).answer == sum(range(24, 45, 4)) == 204
    assert sequence.reverse(facts | {"answer": 204}, "first").answer == 12
    assert sequence.reverse(facts | {"answer": 204}, "step").answer == 4


def test_geometric_ratio_is_found_by_its_powers():
    facts = SHELLS | {"first": 5, "rule": (("times as many", 3, 0),), "ask": (1, 4)}
    numbers = list(accumulate([5, 3, 3, 3], lambda now, ratio: now * ratio))
    assert sequence.forward(facts).answer == sum(numbers) == 200
    solution = sequence.reverse(facts | {"answer": 200}, "step")
    assert solution.answer == 3
    assert "1 + 3 + 9 + 27 = 40" in solution.trace


def test_solver_finds_nothing_where_no_whole_number_fits():
    facts = sequence.hide(SHELLS | {"ask": (1, 4), "answer": 73}, "first")
    assert sequence.solve_reverse(facts, "first") == []
    assert sequence.solve_reverse(sequence.hide(SHELLS | {"answer": 45}, "step"), "step") == []


def test_all_numbers_are_positive():
    for difficulty in (1, 2, 3, 4, 5):
        for seed in range(200):
            facts = sequence.draw(Draw(f"{difficulty} {seed}"), difficulty, "first")
            high = facts["ask"][1]
            for n in range(1, high + 1):
                shorter = facts | {"ask": (n, n)}
                until = facts["rule"][0][2]
                if until and n <= until:
                    kind, step, _ = facts["rule"][0]
                    shorter["rule"] = ((kind, step, 0),)
                assert sequence.solve_forward(shorter)[0] > 0


def test_rule_is_read_back_with_the_unknown():
    slot = sequence.SLOTS["rule"]
    rule = (("fewer", 11, 6), ("more", None, 0))
    assert slot.show is not None
    text = slot.show(rule)
    assert text == "11 fewer each time up to number 6, then k more each time"
    assert slot.read(text) == rule
