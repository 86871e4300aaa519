"""Counts of overlapping groups."""

import random

import pytest

from r1k.families import make, set_counts
from r1k.families.words import Person

TWO, THREE = ("tea", "coffee"), ("tea", "coffee", "cocoa")


def facts(ask, *survey):
    return {
        "name": Person("Ravi"),
        "group": "new guests",
        "survey": survey,
        "ask": ask,
    }


ASKED = ("asked", "", ())
TEA, COFFEE = ("in", "like", ("tea",)), ("in", "like", ("coffee",))
BOTH, NEITHER = ("both", "like", TWO), ("none", "like", TWO)
EXAMPLE = facts(NEITHER, (60, ASKED), (23, TEA), (31, COFFEE), (12, BOTH))


def test_worked_example():
    forward = set_counts.forward(EXAMPLE)
    assert forward.answer == 18
    assert "23 + 31 - 12 = 42" in forward.trace and "60 - 42 = 18" in forward.trace
    known = EXAMPLE | {"answer": 18}
    total = set_counts.reverse(known, "total")
    assert total.answer == 60 and "18 + 42 = 60" in total.trace
    part = set_counts.reverse(known, "part")
    assert part.answer == 23
    assert "60 - 18 = 42" in part.trace and "42 + 12 - 31 = 23" in part.trace


def test_question_reads_as_in_the_example_and_reads_back():
    asked = set_counts.FORWARD[0].fill(EXAMPLE)
    assert asked == (
        "Ravi notes about the new guests: 60 were asked; 23 like tea; 31 like coffee; 12 like both "
        "tea and coffee. How many of them like neither tea nor coffee?"
    )
    assert set_counts.FORWARD[0].read(asked) == EXAMPLE


def people(seed):
    """Sixty people, each with a set of what they like."""
    rng = random.Random(seed)
    return [{thing for thing in THREE if rng.random() < 0.5} for _ in range(60)]


COUNTS = {
    "in": lambda likes, things: things[0] in likes,
    "not": lambda likes, things: things[0] not in likes,
    "but": lambda likes, things: things[0] in likes and things[1] not in likes,
    "both": lambda likes, things: set(things) <= likes,
    "all": lambda likes, things: set(things) <= likes,
    "some": lambda likes, things: bool(likes & set(things)),
    "none": lambda likes, things: not likes & set(things),
    "one": lambda likes, things: len(likes & set(things)) == 1,
    "two": lambda likes, things: len(likes & set(things)) == 2,
    "asked": lambda likes, things: True,
}


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_answers_are_those_of_a_list_of_people(difficulty):
    everyone = people(difficulty)
    for seed in range(60):
        drawn = make("set_counts", difficulty, seed).facts
        if any(isinstance(count, tuple) for count, _ in drawn["survey"]):
            continue
        # The same form about tea, coffee and cocoa, with counts of a list of people.
        named = {}
        for _, (_, _, things) in [*drawn["survey"], (0, drawn["ask"])]:
            for thing in things:
                named[thing] = named.get(thing) or THREE[len(named)]

        def counted(trait, named=named):
            kind, verb, things = trait
            things = tuple(named[thing] for thing in things)
            number = sum(COUNTS[kind](likes, things) for likes in everyone)
            return number, (kind, verb, things)

        answer, ask = counted(drawn["ask"])
        known = facts(ask, *(counted(trait) for _, trait in drawn["survey"]))
        assert set_counts.forward(known).answer == answer
        assert set_counts.solve_forward(known) == [answer]


def test_one_reason_leads_to_each_quantity_of_three_groups():
    why = "as the counts less the pairs plus those with {}, {} and {} give everybody once."
    starts = set()
    for seed in range(60):
        pair = make("set_counts", 4, seed)
        named = [things[0] for _, (_, _, things) in pair.facts["survey"] if len(things) == 1]
        for side in (pair.forward, pair.reverse):
            lines = side.solution.trace.split("\n")
            (line,) = (line for line in lines if line.endswith("everybody once."))
            assert line.endswith(why.format(*named))
            starts.add(" ".join(line.split()[:3]))
    assert "All counts of" in starts and "All counts for" in starts and len(starts) > 3


def test_listed_groups_are_counted_by_their_badges():
    known = facts(NEITHER, (30, ASKED), ((3, 7, 8), TEA), ((7, 9), COFFEE))
    forward = set_counts.forward(known)
    assert forward.answer == 26 and "3 + 2 - 1 = 4" in forward.trace
    assert set_counts.solve_forward(known) == [26]
    asked = set_counts.FORWARD[0].fill(known)
    assert "exactly those with badges 3, 7 and 8 like tea" in asked
    assert set_counts.FORWARD[0].read(asked) == known


def test_counts_that_do_not_settle_the_question_give_no_answer():
    assert set_counts.solve_forward(facts(BOTH, (23, TEA), (31, COFFEE))) == []
    # No number of people makes fewer than nobody like neither.
    assert set_counts.solve_forward(facts(NEITHER, (10, ASKED), (12, ("some", "like", TWO)))) == []
    # Those who like all three are a third of what is over in the pairs: 8 / 3 is no count.
    pairs = (4, ("both", "like", TWO)), (3, ("both", "like", ("tea", "cocoa")))
    last, two = ("both", "like", ("coffee", "cocoa")), (2, ("two", "like", THREE))
    every = ("all", "like", THREE)
    assert set_counts.solve_forward(facts(every, *pairs, (4, last), two)) == [3]
    assert set_counts.solve_forward(facts(every, *pairs, (3, last), two)) == []


def test_the_hidden_count_is_the_first_but_the_total():
    assert set_counts.hide(EXAMPLE, "total")["survey"][0] == (None, ASKED)
    assert set_counts.hide(EXAMPLE, "part")["survey"][1] == (None, TEA)
