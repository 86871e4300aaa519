import pytest
from sympy.ntheory.modular import solve_congruence

from r1k.families import make
from r1k.families import modular_inverse as family
from r1k.verification.steps import relations

EXAMPLE = {"name": "Ruth", "rule": (1, 1, 5, 0, 0), "modulus": 23, "remainder": 12}


def test_the_example_is_solved_by_stepping_through_multiples() -> None:
    solution = family.forward(EXAMPLE)
    assert solution.answer == 7
    assert "12 + 23 = 35" in solution.trace
    assert "x ≡ 35 / 5 = 7 (mod 23)" in solution.trace


def test_the_example_backwards_finds_the_factor_and_the_remainder() -> None:
    facts = EXAMPLE | {"answer": 7}
    factor, remainder = family.reverse(facts, "factor"), family.reverse(facts, "remainder")
    assert (factor.answer, remainder.answer) == (5, 12)
    assert "5 * 7 = 35 = 1 * 23 + 12" in remainder.trace


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_answers_are_those_of_sympy(difficulty: int) -> None:
    for seed in range(20):
        facts = make("modular_inverse", difficulty, seed).facts
        (p, e, a, r, s), m = facts["rule"], facts["modulus"]
        inverse = pow(p, -e, m)
        rest = (facts["remainder"] - s) * inverse - r
        found = solve_congruence((rest * pow(a, -1, m), m))
        assert found == (facts["answer"], m)


def test_a_factor_in_common_with_the_modulus_gives_several_answers_or_none() -> None:
    twice = {"rule": (1, 1, 4, 0, 0), "modulus": 6, "remainder": 2}
    assert family.solve_forward(twice) == [2, 5]
    assert family.solve_forward(twice | {"remainder": 3}) == []
    hidden = {"rule": (1, 1, None, 0, 0), "modulus": 6, "remainder": 2, "answer": 4}
    assert family.solve_reverse(hidden, "factor") == [2, 5]


def test_a_difference_below_zero_is_brought_back_by_the_modulus() -> None:
    facts = {"name": "Ruth", "rule": (1, 1, 5, 0, 20), "modulus": 23, "remainder": 9}
    solution = family.forward(facts)
    assert "9 - 20 = -11 ≡ 12 (mod 23)" in solution.trace
    assert relations(solution.trace, solution.values)[1] == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ((1, 1, 5, 0, 0), "5x"),
        ((1, 1, None, 0, 8), "kx + 8"),
        ((None, 1, 1, 9, 4), "k(x + 9) + 4"),
        ((7, 3, None, 9, 4), "7^3(kx + 9) + 4"),
    ],
)
def test_rules_are_written_and_read(rule: family.Rule, text: str) -> None:
    slot = family.SLOTS["rule"]
    assert slot.text(rule) == text
    assert slot.read(text) == rule
