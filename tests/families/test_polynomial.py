from typing import Any

import numpy as np
import pytest

from r1k.families import polynomial
from r1k.families.base import Draw
from r1k.families.words import PEOPLE


def facts(*products: tuple[int, tuple[int, ...]], ask: tuple[str, int]) -> dict[str, Any]:
    return {"name": PEOPLE[0], "friend": PEOPLE[1], "polynomial": products, "ask": ask}


def test_worked_example_forward_and_both_reverses():
    given = facts((1, (-4, 3)), ask=("coefficient", 1))
    solution = polynomial.forward(given)
    assert solution.answer == 1
    assert "4 + (-3) = 1" in solution.trace
    root = polynomial.reverse(given | {"answer": 1}, "root")
    assert root.answer == 3
    assert "4 - k = 1" in root.trace
    thrice = facts((3, (-4, 3)), ask=("coefficient", 1))
    lead = polynomial.reverse(thrice | {"answer": 3}, "lead")
    assert lead.answer == 3
    assert "k = 3 / 1 = 3" in lead.trace


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_answers_agree_with_numpy(difficulty):
    for seed in range(60):
        given = polynomial.draw(Draw(f"{difficulty} {seed}"), difficulty, "lead")
        if given is None:
            continue
        whole = np.polynomial.Polynomial([0])
        for lead, roots in given["polynomial"]:
            whole += lead * np.polynomial.Polynomial.fromroots(roots)
        kind, n = given["ask"]
        expected = round(whole(n)) if kind == "value" else round(whole.coef[n])
        assert polynomial.solve_forward(given) == [expected]
        assert polynomial.forward(given).answer == expected


def test_root_that_does_not_matter_has_no_single_solution():
    # The known brackets (x - 2)(x + 2) have no x, so k does not reach the coefficient of x.
    given = facts((1, (2, -2, 5)), ask=("coefficient", 1)) | {"answer": -4}
    assert polynomial.solve_reverse(polynomial.hide(given, "root"), "root") == []


def test_root_that_is_no_whole_number_is_not_found():
    given = facts((2, (1, 4)), ask=("coefficient", 1)) | {"answer": 5}
    assert polynomial.solve_reverse(polynomial.hide(given, "root"), "root") == []


def test_unknown_is_written_and_read_back():
    slot = polynomial.SLOTS["polynomial"]
    assert slot.show is not None
    for value, text in (
        (((None, (3, -4)),), "k(x - 3)(x + 4)"),
        (((1, (-4, None)), (2, (5, 6))), "(x + 4)(x - k) + 2(x - 5)(x - 6)"),
    ):
        assert slot.show(value) == text
        assert slot.read(text) == value


def test_identities_are_tested_far_from_the_roots():
    given = facts((2, (3, -4, 5)), ask=("coefficient", 1))
    x = polynomial.forward(given).values["x"]
    assert all(abs(x - root) > 50 for root in (3, -4, 5))


def test_no_question_calls_k_a_root():
    # It is one of the first product, but not of a sum of two.
    for phrasing in polynomial.REVERSE["root"]:
        assert "root" not in phrasing.template
