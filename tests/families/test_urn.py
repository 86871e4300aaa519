"""Draws of coloured things."""

from fractions import Fraction
from itertools import permutations, product

import pytest

from r1k.families import make, urn
from r1k.families.words import Person

TWO = ((12, "red"), (9, "blue"))


def facts(bag, draws=(1, False), event=("is", ("red",))):
    return {
        "name": Person("Ravi"),
        "vessel": "bag",
        "item": "glass beads",
        "bag": bag,
        "draws": draws,
        "event": event,
    }


def back(bag, answer, draws=(1, False), event=("is", ("red",))):
    return facts(bag, draws, event) | {"answer": Fraction(answer)}


def test_worked_example():
    known = facts(TWO)
    forward = urn.forward(known)
    assert forward.answer == Fraction(4, 7)
    assert "12 + 9 = 21" in forward.trace and "12/21 = 4/7" in forward.trace
    known["answer"] = forward.answer
    reverse = urn.reverse(known, "named")
    assert reverse.answer == 12
    assert "1 - 4/7 = 3/7" in reverse.trace and "9 / 3 * 7 = 21" in reverse.trace
    assert urn.reverse(known, "unnamed").answer == 9


def test_question_reads_as_in_the_example_and_reads_back():
    asked = urn.FORWARD[0].fill(facts(TWO))
    assert asked == (
        "Ravi draws one at random from a bag with 12 red and 9 blue glass beads. "
        "What is the probability that it is red?"
    )
    assert urn.FORWARD[0].read(asked) == facts(TWO)


HAPPENS = {
    ("not", ("red",)): lambda drawn: drawn[0] != "red",
    ("either", ("red", "blue")): lambda drawn: drawn[0] in ("red", "blue"),
    ("all2", ("red",)): lambda drawn: drawn == ("red", "red"),
    ("none2", ("red",)): lambda drawn: "red" not in drawn,
    ("some", ("red",)): lambda drawn: "red" in drawn,
    ("seq2", ("red", "blue")): lambda drawn: drawn == ("red", "blue"),
    ("mix2", ("red", "blue")): lambda drawn: set(drawn) == {"red", "blue"},
    ("mix3", ("red", "blue")): lambda drawn: sorted(drawn) == ["blue", "red", "red"],
}


@pytest.mark.parametrize("event", HAPPENS)
@pytest.mark.parametrize("put_back", [False, True])
def test_probability_is_that_of_a_list_of_all_draws(event, put_back):
    k = {"not": 1, "either": 1, "mix3": 3}.get(event[0], 2)
    bag = ((4, "red"), (3, "blue"), (2, "green"))
    things = [colour for count, colour in bag for _ in range(count)]
    draws = list(product(things, repeat=k) if put_back else permutations(things, k))
    chance = Fraction(sum(map(HAPPENS[event], draws)), len(draws))
    known = facts(bag, (k, put_back), event)
    assert urn.solve_forward(known) == [chance]
    assert urn.forward(known).answer == chance


def test_a_count_is_found_only_where_it_fits():
    unknown = ((None, "red"), (9, "blue"))
    assert urn.solve_reverse(back(unknown, "4/7"), "named") == [12]
    assert urn.solve_reverse(back(unknown, "4/11"), "named") == []
    # As one of two colours comes first and the other second, two counts of red can fit.
    both = back(((None, "red"), (6, "blue")), "1/4", (2, False), ("seq2", ("red", "blue")))
    assert urn.solve_reverse(both, "named") == [3, 10]


def test_a_third_thing_is_drawn_from_what_is_left():
    bag = ((5, "red"), (3, "blue"), (2, "green"))
    event = ("some", ("green",))
    forward = urn.forward(facts(bag, (3, False), event))
    assert "8/10 * 7/9 * 6/8 = 336/720" in forward.trace
    assert forward.answer == Fraction(8, 15)
    kept = urn.forward(facts(bag, (3, True), event))
    assert "4/5 * 4/5 * 4/5 = 64/125" in kept.trace


def test_the_hidden_count_stands_in_the_question_once():
    for seed in range(200):
        pair = make("urn", 5, seed)
        counts = [count for count, _ in pair.facts["bag"]]
        assert counts.count(pair.reverse.solution.answer) == 1


def test_a_probability_is_stated_in_english():
    known = urn.hide(back(TWO, "4/7"), "named")
    texts = [phrasing.fill(known) for phrasing in urn.REVERSE["named"]]
    assert not any("t has probability" in text or "chance of Ravi" in text for text in texts)
    assert texts[5] == (
        "Ravi owns a bag of n red and 9 blue glass beads. With probability 4/7, it is red when "
        "Ravi draws one at random. Determine n."
    )
