"""Draws, phrasings, slots: what every family stands on."""

from collections import Counter
from fractions import Fraction

import pytest

from r1k.families.base import (
    DECIMAL,
    FRACTION,
    INT,
    INTS,
    Draw,
    Phrasing,
    decimal,
    one_of,
    phrasings,
    plus,
    stated,
    times,
)  # fmt: skip
from r1k.families.words import PEOPLE, PERSON, THING, THINGS, Person, Thing

SLOTS = {"name": PERSON, "n": INT, "item": THING, "share": DECIMAL, "list": INTS, "part": FRACTION}


def test_draws_are_the_same_everywhere_and_forever() -> None:
    d = Draw("a key")
    assert [d.below(1000) for _ in range(6)] == [910, 543, 555, 858, 976, 720]
    assert d.sample("abcdef", 6) == ["d", "c", "e", "b", "a", "f"]


def test_draws_are_even_and_go_on_for_ever() -> None:
    d = Draw("even")
    counts = Counter(d.between(-3, 3) for _ in range(14_000))
    assert set(counts) == set(range(-3, 4))
    assert all(abs(count - 2000) < 200 for count in counts.values())
    assert sorted(d.shuffled(range(50))) == list(range(50))


@pytest.mark.parametrize(
    ("template", "facts"),
    [
        ("{name} has {n} {item}.", {"name": "Maya", "n": 12, "item": "pies"}),
        (
            "{name.He} is {name}, {name.his} {item.one} of {item}: {n}",
            {"name": "Omar", "n": -3, "item": "keys"},
        ),
        ("{n} and {n} again, of {share}", {"n": 4, "share": Fraction(25, 2)}),
        ("{list} then {part}", {"list": (3, -1, 2), "part": Fraction(3, 4)}),
        ("{list}{part}", {"list": (), "part": Fraction(2)}),
    ],
)
def test_a_filled_phrasing_is_read_back(template: str, facts: dict[str, object]) -> None:
    typed = dict(facts)
    for name, kind in (("name", Person), ("item", Thing)):
        if name in typed:
            typed[name] = kind(typed[name])
    phrasing = Phrasing(template, SLOTS)
    assert phrasing.read(phrasing.fill(typed)) == typed


@pytest.mark.parametrize(
    "text",
    [
        "Maya has 12 pies", "Maya has twelve pies.", "Nobody has 12 pies.", "Maya has 12 dragons.",
        "Maya has 012 pies.", "Maya has 12 pies. ", "maya has 12 pies.",
    ],
)  # fmt: skip
def test_any_other_text_is_not_read(text: str) -> None:
    assert Phrasing("{name} has {n} {item}.", SLOTS).read(text) is None


def test_a_pronoun_must_fit_the_name() -> None:
    phrasing = Phrasing("{name} and {name.his} dog", SLOTS)
    assert phrasing.read("Maya and her dog") == {"name": "Maya"}
    assert phrasing.read("Maya and his dog") is None


def test_a_slot_named_twice_must_agree() -> None:
    assert Phrasing("{n} = {n}", SLOTS).read("4 = 5") is None


def test_line_breaks_in_a_template_are_spaces() -> None:
    (phrasing,) = phrasings(SLOTS, "How many\n    {item}?")
    assert phrasing.template == "How many {item}?"


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(5, 2), "2.5"), (7, "7"), (Fraction(-1, 8), "-0.125"), (Fraction(1, 100), "0.01")],
)
def test_decimals_are_exact(value: Fraction | int, text: str) -> None:
    assert decimal(value) == text
    assert DECIMAL.read(text) == value


def test_a_third_has_no_decimals() -> None:
    with pytest.raises(ValueError, match="1/3"):
        decimal(Fraction(1, 3))


def test_terms_of_a_sum() -> None:
    assert (plus(5), plus(-5), plus(0)) == (" + 5", " - 5", "")
    assert (times(1, "x"), times(-1, "x"), times(4, "(y + 1)")) == ("x", "-x", "4(y + 1)")


@pytest.mark.parametrize(
    ("answer", "question", "found"),
    [
        ("5", "He has 15 or 50.", False), ("5", "He has 5.", True), ("5", "2.5 and 5.2", False),
        ("-5", "minus 5?", True), ("3/4", "of 3/4,", True), ("3", "of 3/4", False),
        ("cab", "Cab drivers", True), ("cab", "cabin", False), ("12:30", "at 12:30.", True),
        ("12", "at 12:30", False), ("[1, 2]", "the list [1, 2] is", True), ("7", "week 7,", True),
    ],
)  # fmt: skip
def test_whether_an_answer_is_stated(answer: str, question: str, found: bool) -> None:
    assert stated(answer, question) is found


def test_as_many_women_as_men_and_no_name_twice() -> None:
    assert len(set(PEOPLE)) == len(PEOPLE)
    assert Counter(person.he for person in PEOPLE) == {
        "she": len(PEOPLE) // 2,
        "he": len(PEOPLE) // 2,
    }


def test_every_thing_has_a_singular_of_its_own() -> None:
    assert len({thing.one for thing in THINGS}) == len(THINGS)
    assert not {thing.one for thing in THINGS} & set(THINGS)


def test_the_longest_option_is_tried_first() -> None:
    slots = {"unit": one_of(["km", "km per hour"])}
    assert Phrasing("12 {unit}", slots).read("12 km per hour") == {"unit": "km per hour"}
