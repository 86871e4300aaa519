"""Rectangles that change, by hand and against polygons."""

import pytest

from r1k.families import make
from r1k.families import rectangle as family
from r1k.families.words import Person

LAWN = {
    "name": Person("Omar"), "thing": "lawn", "unit": "metres", "length": 12, "width": 7,
    "changes": (("border", 2, 0, "metres"),), "goal": ("area", 0, "metres"),
}  # fmt: skip


def test_a_border_counts_on_both_ends_of_a_side():
    forward = family.forward(LAWN)
    assert forward.answer == 16 * 11
    assert "12 + 4 = 16" in forward.trace and "16 * 11 = 176" in forward.trace
    reverse = family.reverse(LAWN | {"answer": 176}, "length")
    assert reverse.answer == 12
    assert "176 / 11 = 16" in reverse.trace and "16 - 2 * 2 = 12" in reverse.trace


@pytest.mark.parametrize(
    ("goal", "n", "answer"),
    [
        ("area", 0, 12 * 7),
        ("perimeter", 0, 12 + 7 + 12 + 7),
        ("cover", 3, 3 * 84),
        ("edge", 3, 3 * 38),
        ("volume", 5, 12 * 7 * 5),
        ("surface", 5, 2 * (12 * 7 + 12 * 5 + 7 * 5)),
        ("frame", 2, 16 * 11 - 12 * 7),
    ],
)
def test_each_goal_is_found_and_undone(goal, n, answer):
    facts = LAWN | {"changes": (), "goal": (goal, n, "metres")}
    assert family.forward(facts).answer == answer
    assert family.solve_forward(facts) == [answer]
    whole = facts | {"answer": answer}
    assert family.reverse(whole, "width").answer == 7
    assert family.solve_reverse(family.hide(whole, "width"), "width") == [7]


def test_changes_come_one_after_the_other():
    changes = (("long", 2, 0, "metres"), ("longer", 3, 0, "metres"), ("hole", 4, 5, "metres"))
    assert family.forward(LAWN | {"changes": changes}).answer == (12 * 2 + 3) * 7 - 20
    changes = (("longer", 3, 0, "metres"), ("long", 2, 0, "metres"), ("join", 4, 5, "metres"))
    assert family.forward(LAWN | {"changes": changes}).answer == (12 + 3) * 2 * 7 + 20


def test_every_side_that_fits_is_found_and_no_other():
    for difficulty in (2, 4, 5):
        for seed in range(40):
            pair = make("rectangle", difficulty, seed)
            side = pair.hidden
            fits = [
                tried
                for tried in range(1, 150)
                if family.solve_forward(pair.facts | {side: tried}) == [pair.facts["answer"]]
            ]
            assert fits == [pair.facts[side]] == family.solve_reverse(pair.facts, side)


def test_an_answer_that_no_side_gives_has_no_solution():
    stated = family.hide(LAWN | {"answer": 177}, "length")
    assert family.solve_reverse(stated, "length") == []
    # A lawn -2 long would do: with the border it is 2 by 11.
    assert family.solve_reverse(stated | {"answer": 22}, "length") == []


def test_units_have_their_singular_in_a_price():
    slot = family.SLOTS["goal"]
    text = slot.text(("cover", 3, "feet"))
    assert text == "price of a cover at 3 euros a square foot"
    assert slot.read(text) == ("cover", 3, "feet")


def test_a_plan_without_changes_reads_back():
    slot = family.SLOTS["changes"]
    assert slot.text(()) == "" and slot.read("") == ()
    changes = (("trim", 2, 0, "yards"), ("hole", 3, 4, "yards"), ("wide", 3, 0, ""))
    assert slot.read(slot.text(changes)) == changes
