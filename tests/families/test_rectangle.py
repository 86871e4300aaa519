"""Rectangles that change, by hand and against polygons."""

from itertools import product

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


def _room(parts, across, up):
    """Whether two parts can be laid beside each other, by trying all places."""
    (n, m), (k, j) = parts
    return any(
        x + n <= u or u + k <= x or y + m <= v or v + j <= y
        for x, y in product(range(across - n + 1), range(up - m + 1))
        for u, v in product(range(across - k + 1), range(up - j + 1))
    )


def test_parts_that_are_cut_out_have_room():
    found = 0
    for seed in range(600):
        facts = make("rectangle", 5, seed).facts
        parts = [(n, m) for kind, n, m, _ in facts["changes"] if kind == "hole"]
        if len(parts) == 2:
            length, width = facts["length"], facts["width"]
            for kind, n, _, _ in facts["changes"]:
                length += {"longer": n, "shorter": -n, "border": 2 * n, "trim": -2 * n}.get(kind, 0)
                width += {"wider": n, "narrower": -n, "border": 2 * n, "trim": -2 * n}.get(kind, 0)
                length *= n if kind == "long" else 1
                width *= n if kind == "wide" else 1
            assert _room(parts, length, width)
            found += 1
    assert found > 5


def test_parts_that_do_not_fit_have_no_solution():
    """14 by 4 has 56 square feet, yet no room for 4 by 3 and 13 by 3."""
    patio = LAWN | {"length": 14, "width": 4}
    cut = (("hole", 4, 3, "feet"), ("hole", 13, 3, "feet"))
    assert family.solve_forward(patio | {"changes": cut}) == []
    whole = patio | {"changes": cut, "answer": 56 - 12 - 39}
    for hidden in ("length", "width"):
        assert family.solve_reverse(family.hide(whole, hidden), hidden) == []
    for n, m, k, j in ((4, 3, 10, 3), (4, 1, 13, 3)):
        cut = (("hole", n, m, "feet"), ("hole", k, j, "feet"))
        assert family.solve_forward(patio | {"changes": cut}) == [56 - n * m - k * j]


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
