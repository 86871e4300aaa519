"""Right triangles one after the other, by hand and against `math.hypot`."""

import math

import pytest

from r1k.families import make
from r1k.families import pythagoras as family
from r1k.families.words import Person

OMAR, MINA = Person("Omar"), Person("Mina")
LADDER = {
    "name": Person("Ben"), "unit": "metres", "last": MINA,
    "figure": (13, (("ladder", 5), ("more", 4)), (OMAR, MINA)),
}  # fmt: skip


def test_a_ladder_and_a_longer_length():
    forward = family.forward(LADDER)
    assert forward.answer == 16
    assert "13^2 - 5^2 = 169 - 25 = 144 = 12^2" in forward.trace and "12 + 4 = 16" in forward.trace
    reverse = family.reverse(LADDER | {"answer": 16}, "start")
    assert reverse.answer == 13
    assert "16 - 4 = 12" in reverse.trace and "12^2 + 5^2 = 144 + 25 = 169 = 13^2" in reverse.trace
    foot = family.reverse(LADDER | {"answer": 16}, "other")
    assert foot.answer == 5 and "13^2 - 12^2" in foot.trace


def test_the_question_tells_the_figure():
    assert family.SLOTS["figure"].text(LADDER["figure"]) == (
        "A ladder of length 13, foot 5 from a wall, reaches up Omar's length. "
        "Mina's length is 4 more than Omar's."
    )


@pytest.mark.parametrize("kind", [*family._TRIANGLE])
def test_every_kind_of_triangle_is_right(kind):
    known, other = (12, 5) if kind in family._UP else (13, 5)
    facts = LADDER | {"figure": (known, ((kind, other),), (OMAR,)), "last": OMAR}
    answer = family.forward(facts).answer
    assert sorted((known, other, answer)) == [5, 12, 13]
    for hidden, value in (("start", known), ("other", other)):
        whole = facts | {"answer": answer}
        assert family.reverse(whole, hidden).answer == value
        assert family.solve_reverse(family.hide(whole, hidden), hidden) == [value]
    slot = family.SLOTS["figure"]
    assert slot.read(slot.text(facts["figure"])) == facts["figure"]


def test_the_lengths_agree_with_geometry():
    for seed in range(60):
        pair = make("pythagoras", 4, seed)
        length, steps, _ = pair.facts["figure"]
        for kind, n in steps:
            if kind in family._UP:
                length = math.hypot(length, n)
            elif kind in family._DOWN:
                length = math.sqrt(length**2 - n**2)
            else:
                length = {"more": length + n, "less": length - n, "times": length * n}[kind]
        assert length == pytest.approx(pair.facts["answer"])


def test_sides_that_are_not_whole_have_no_solution():
    facts = LADDER | {"figure": (13, (("ladder", 6), ("more", 4)), (OMAR, MINA))}
    assert family.solve_forward(facts) == []
    assert family.solve_reverse(family.hide(LADDER | {"answer": 17}, "start"), "start") == []


def test_a_length_below_zero_is_no_solution():
    # (-12)^2 would do as well as 12^2.
    steps = (("rectangle", 4), ("less", 17), ("rectangle", 5))
    facts = LADDER | {"figure": (3, steps, (OMAR, MINA, OMAR))}
    assert family.solve_forward(facts) == []
