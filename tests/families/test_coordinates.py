"""Moved points, by hand and against matrices."""

import numpy as np
import pytest

from r1k.families import coordinates as family
from r1k.families import make
from r1k.families.words import Person

RUTH = {"name": Person("Ruth"), "point": (3, -2), "moves": (("shift", 4, 5), ("axis", "x"))}

# Move, and where it takes (3, -2).
MOVES = [
    (("shift", -4, 5), (-1, 3)),
    (("axis", "x"), (3, 2)),
    (("axis", "y"), (-3, -2)),
    (("line", "x", 5), (7, -2)),
    (("line", "y", -1), (3, 0)),
    (("turn", 1), (2, 3)),
    (("turn", 2), (-3, 2)),
    (("turn", 3), (-2, -3)),
    (("scale", 4), (12, -8)),
]


def test_a_shift_and_a_reflection():
    forward = family.forward(RUTH)
    assert forward.answer == (7, -3)
    assert "3 + 4 = 7 and -2 + 5 = 3" in forward.trace
    whole = RUTH | {"answer": (7, -3)}
    reverse = family.reverse(whole, "point")
    assert reverse.answer == (3, -2) and "7 - 4 = 3 and 3 - 5 = -2" in reverse.trace
    assert family.reverse(whole, "shift").answer == (4, 5)
    assert family.hide(whole, "shift")["moves"] == (("shift", None, None), ("axis", "x"))


@pytest.mark.parametrize(("move", "image"), MOVES)
def test_each_move_leads_to_its_image_and_back(move, image):
    facts = RUTH | {"moves": (move,)}
    assert family.forward(facts).answer == image
    assert family.solve_forward(facts) == [image]
    whole = facts | {"answer": image}
    assert family.reverse(whole, "point").answer == (3, -2)
    assert family.solve_reverse(family.hide(whole, "point"), "point") == [(3, -2)]


def test_a_line_is_halfway():
    facts = RUTH | {"moves": (("line", "x", 5),)}
    line = "The line at 5 is halfway from 3 to the new x: 2 * 5 - 3 = 7, so (3, -2) becomes (7, -2)"
    assert line in family.forward(facts).trace
    facts = RUTH | {"moves": (("line", "y", -1),), "answer": (3, 0)}
    line = (
        "The line at -1 is halfway back from 0 to the old y: 2 * (-1) - 0 = -2, "
        "so (3, 0) was (3, -2)"
    )
    assert line in family.reverse(facts, "point").trace


def test_moves_read_back_in_their_order():
    moves = tuple(move for move, _ in MOVES)
    slot = family.SLOTS["moves"]
    assert slot.read(slot.text(moves)) == moves
    hidden = (("axis", "y"), ("shift", None, None))
    assert slot.text(hidden) == "a reflection in the y-axis, then a shift by (p, q)"
    assert slot.read(slot.text(hidden)) == hidden


def test_the_end_agrees_with_matrices():
    matrices = {
        ("axis", "x"): [[1, 0], [0, -1]],
        ("axis", "y"): [[-1, 0], [0, 1]],
        ("turn", 1): [[0, -1], [1, 0]],
        ("turn", 2): [[-1, 0], [0, -1]],
        ("turn", 3): [[0, 1], [-1, 0]],
    }
    for seed in range(60):
        pair = make("coordinates", 5, seed)
        point = np.array(pair.facts["point"])
        for move in pair.facts["moves"]:
            if move[0] == "shift":
                point = point + move[1:]
            elif move[0] == "scale":
                point = point * move[1]
            elif move[0] == "line":
                at = "xy".index(move[1])
                point[at] = 2 * move[2] - point[at]
            else:
                point = np.array(matrices[move]) @ point
        assert tuple(point) == pair.facts["answer"]


def test_a_point_that_no_whole_start_reaches_has_no_solution():
    facts = {"name": RUTH["name"], "moves": (("scale", 3),), "answer": (6, 7)}
    assert family.solve_reverse(facts, "point") == []


def test_the_hidden_shift_is_the_first_one():
    for seed in range(60):
        pair = make("coordinates", 3, seed)
        if pair.hidden == "shift":
            shifts = [move[1:] for move in pair.facts["moves"] if move[0] == "shift"]
            assert pair.reverse.answer == f"({shifts[0][0]}, {shifts[0][1]})"
            assert pair.reverse.question.count("a shift by (p, q)") == 1
