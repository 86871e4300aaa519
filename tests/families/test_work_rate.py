"""Work done together."""

from fractions import Fraction

import pytest

from r1k.families import make, work_rate
from r1k.families.words import Person

ITEM = {str(item): item for item in work_rate.ITEMS}
MINA, BEN, ZOE = Person("Mina"), Person("Ben"), Person("Zoe")


def facts(goal, *workers, item="boxes"):
    return {"item": ITEM[item], "goal": goal, "team": (ITEM[item], workers)}


PAIR = facts(240, (MINA, False, 14, 0), (BEN, True, 30, 3))
THREE = facts(234, (MINA, False, 13, 0), (BEN, False, 6, 4), (ZOE, False, 17, 2))


def test_worked_example():
    forward = work_rate.forward(PAIR)
    assert forward.answer == 12
    for step in ("240 / 30 = 8", "3 * 14 = 42", "240 - 42 = 198", "198 / 22 = 9", "3 + 9 = 12"):
        assert step in forward.trace
    back = work_rate.reverse(PAIR | {"answer": 12}, "rate")
    assert back.answer == 14
    for step in ("12 - 3 = 9", "9 * 8 = 72", "240 - 72 = 168", "x = 168 / 12 = 14"):
        assert step in back.trace


def test_size_of_the_job_from_the_part_that_is_not_counted():
    back = work_rate.reverse(PAIR | {"answer": 12}, "goal")
    assert back.answer == 240
    # Ben does 9 of 30 parts, so the 168 boxes of Mina are the other 21.
    assert "Of 30 equal parts Ben does 9." in back.trace
    assert "30 - 9 = 21 parts are 168, each 168 / 21 = 8" in back.trace


def test_question_reads_like_the_example_and_reads_back():
    asked = work_rate.FORWARD[0].fill(PAIR)
    assert asked == (
        "The job is 240 boxes. Mina packs 14 boxes an hour. Ben alone would need 30 hours for the"
        " whole job. Mina starts alone, and Ben joins after 3 hours. How many hours does the job"
        " take?"
    )
    assert work_rate.FORWARD[0].read(asked) == PAIR


def test_second_delay_counts_from_the_first():
    assert work_rate.forward(THREE).answer == 10  # 4 * 13 + 2 * 19 + 4 * 36
    assert work_rate.solve_forward(THREE) == [10]
    assert "Ben joins after 4 hours, and Zoe joins after another 2 hours." in work_rate.SLOTS[
        "team"
    ].text(THREE["team"])


def test_machines_are_named_after_their_owners():
    pumps = facts(420, (MINA, True, 30, 0), (BEN, False, 28, 0), item="litres")
    asked = work_rate.FORWARD[0].fill(pumps)
    assert "Mina's pump alone would need 30 minutes" in asked
    assert "Mina's pump and Ben's pump work together." in asked
    assert work_rate.FORWARD[0].read(asked) == pumps
    assert work_rate.solve_forward(pumps) == [10]


@pytest.mark.parametrize("hidden", ["rate", "goal"])
def test_solver_sees_when_nothing_fits(hidden):
    assert work_rate.solve_forward(PAIR | {"goal": 241}) == []
    # In the 37 hours of Ben alone more would be done than the job.
    known = work_rate.hide(PAIR | {"answer": 40}, hidden)
    assert work_rate.solve_reverse(known, hidden) == []


def test_shares_of_a_drawn_problem_add_up_to_the_job():
    for seed in range(300):
        facts = make("work_rate", 5, seed).facts
        done, start = Fraction(), 0
        for _, alone, number, later in facts["team"][1]:
            start += later
            rate = Fraction(facts["goal"], number) if alone else number
            done += rate * (facts["answer"] - start)
        assert done == facts["goal"]


def test_a_job_of_litres_is_not_counted_one_by_one():
    pumps = facts(420, (MINA, False, 14, 0), (BEN, False, 28, 0), item="litres")
    asked = work_rate.FORWARD[6].fill(pumps)
    assert asked.startswith("A job of 420 litres is waiting. Mina's pump delivers 14 litres a ")
    assert asked.endswith(" work together. How soon, in minutes, is it done?")
    back = work_rate.REVERSE["goal"][1].fill(work_rate.hide(pumps | {"answer": 10}, "goal"))
    assert back.startswith("How large is the job, in litres, if it takes 10 minutes? Mina's ")
