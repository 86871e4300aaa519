"""Ages along a chain of people."""

import pytest

from r1k.families import ages, make
from r1k.families.words import Person

RAVI, MINA, ZOE = Person("Ravi"), Person("Mina"), Person("Zoe")
LATER = ("times", MINA, RAVI, "in", 6, 3)


def facts(*links, start=12, last=MINA):
    return {"name": RAVI, "last": last, "start": start, "links": links}


def test_worked_example():
    known = facts(LATER)
    forward = ages.forward(known)
    assert forward.answer == 48
    assert "12 + 6 = 18" in forward.trace and "3 * 18 = 54" in forward.trace
    known["answer"] = 48
    back = ages.reverse(known, "years")
    assert back.answer == 6
    # The gap of 36 years is twice Ravi's age at that time.
    assert "48 - 12 = 36" in back.trace and "36 / 2 = 18" in back.trace
    assert ages.reverse(known, "start").answer == 12


def test_question_reads_like_the_example_and_reads_back():
    asked = ages.FORWARD[0].fill(facts(LATER))
    assert asked == (
        "Ravi is 12 years old. In 6 years, Mina will be 3 times as old as Ravi. How old is Mina"
        " now?"
    )
    assert ages.FORWARD[0].read(asked) == facts(LATER)


@pytest.mark.parametrize(
    ("link", "age"),
    [
        (("older", MINA, RAVI, "", 0, 5), 17),
        (("older", RAVI, MINA, "", 0, 5), 7),
        (("younger", MINA, RAVI, "", 0, 5), 7),
        (("younger", RAVI, MINA, "", 0, 5), 17),
        (("times", MINA, RAVI, "", 0, 4), 48),
        (("times", RAVI, MINA, "", 0, 4), 3),
        (("sum", MINA, RAVI, "", 0, 40), 28),
        (("sum", RAVI, MINA, "ago", 2, 40), 32),
        (("times", RAVI, MINA, "ago", 2, 5), 4),
    ],
)
def test_every_kind_of_link_in_both_directions(link, age):
    known = facts(link)
    assert ages.forward(known).answer == age
    assert ages.solve_forward(known) == [age]
    hidden = ages.hide(known | {"answer": age}, "start")
    assert ages.solve_reverse(hidden, "start") == [12]


def test_chain_is_undone_from_its_end():
    links = (LATER, ("younger", ZOE, MINA, "", 0, 8))
    known = facts(*links, last=ZOE)
    assert ages.forward(known).answer == 40
    lines = ages.reverse(known | {"answer": 40}, "start").trace.split("\n")
    assert lines[0] == "Start from Zoe, who is 40."
    assert lines[1] == "Back to Mina, 8 years older than Zoe: 40 + 8 = 48."
    assert lines[-1] == "So Ravi is 18 - 6 = 12 today."


def test_solver_finds_nothing_where_nothing_fits():
    assert ages.solve_forward(facts(("times", RAVI, MINA, "", 0, 5))) == []  # 12 / 5
    hidden = facts(("sum", MINA, RAVI, "in", None, 61)) | {"answer": 48}
    assert ages.solve_reverse(hidden, "years") == []  # both grow: an even number is missing


def test_nobody_is_unborn_or_too_old_in_a_drawn_problem():
    for seed in range(300):
        pair = make("ages", 5, seed)
        person, age = pair.facts["name"], pair.facts["start"]
        for link in pair.facts["links"]:
            step = {"name": person, "start": age, "links": (link,), "last": person}
            when, years = link[3:5]
            other = link[2] if link[1] == person else link[1]
            (now,) = ages.solve_forward(step)
            for known in (age, now):
                assert known - (years if when == "ago" else 0) >= 1
                assert 2 <= known <= ages.OLDEST
            person, age = other, now
        assert age == pair.facts["answer"]
