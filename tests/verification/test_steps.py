"""Relations in traces: found, read and computed; what cannot be read is no proof."""

from fractions import Fraction
from typing import Any

import pytest

from r1k.verification.steps import relations


@pytest.mark.parametrize(
    ("line", "values", "count"),
    [
        ("So 12 + 5 = 17 apples.", {}, 1),
        ("It is 3(x + 2) = 3x + 6, and x = 4.", {"x": 4}, 2),
        ("Here 17 mod 5 = 2 and 17 ≡ 2 (mod 5).", {}, 2),
        ("In base 2 it is 1011_2 = 8 + 2 + 1 = 11, and FF_16 = 255.", {}, 3),
        ("As gcd(12, 18) = 6, lcm(4, 6) = 12, C(5, 2) = 10 and 4! = 24.", {}, 4),
        ("The list [1, 2 + 3] = [1, 5] stays.", {}, 1),
        ("With f(3) = 7 < 8 it grows.", {"f": lambda x: 2 * x + 1}, 2),
        ("-3 - -4 = 1; 25% * 80 = 20; 2^10 = 1024; sqrt(49/4) = 7/2; 0.5 + 1/2 = 1.", {}, 5),
        ("2 × 3 = 6, 7 − 2 = 5, 8 ÷ 4 = 2, 3 · 3 = 9.", {}, 4),
        ("Then xy = 12 and -x^2 = -9.", {"x": 3, "y": 4}, 2),
        ("5 >= 5 and 4 != 5 and 3 <= 4.", {}, 3),
        ("2(3 + 4)(1 + 1) = 28.", {}, 1),
        ("1/3 + 1/6 = 1/2.", {}, 1),
        ("Nothing is claimed here, not 5 or 6.", {}, 0),
        ("A third is x = 1/3.", {"x": Fraction(1, 3)}, 1),
    ],
)
def test_true_steps(line: str, values: dict[str, Any], count: int) -> None:
    assert relations(line, values) == (count, [])


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("3 + 4 = 8.", {}),
        ("3 + 4 = 7 = 8.", {}),
        ("12 / 5 = 2.", {}),
        ("x = 6.", {"x": 5}),
        ("4 < 3.", {}),
        ("17 ≡ 3 (mod 5).", {}),
        ("(x - 2)(x - 3) = x^2 - 5x + 7.", {"x": 10}),
        ("0.1 + 0.2 = 0.30000000000000004.", {}),
    ],
)
def test_false_steps(line: str, values: dict[str, Any]) -> None:
    _, faults = relations(line, values)
    assert len(faults) == 1
    assert "is false" in faults[0]


@pytest.mark.parametrize(
    "line",
    [
        "60 km = 60 km.", "y = 4.", "= 4", "4 =", "3 + = 4.", "(3 = 3", "12 apples + 5 = 17.",
        "2^999999 = 1.", "sqrt(2) = 1.", "1 / 0 = 1.", "[1, 2 = 3.", "9_8 = 9.", "gcd = 3.",
        "C(2000, 1000) = 1.", "99! = 1.", "3 4 = 12.",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_fault(line: str) -> None:
    assert len(relations(line, {})[1]) == 1


def test_hostile_towers_end_soon() -> None:
    assert relations("9^9^9^9 = 1.", {})[1]
    assert relations("((((9^99)^99)^99)^99)^99 = 1.", {})[1]


def test_every_line_is_looked_at() -> None:
    count, faults = relations("1 + 1 = 2.\nAll is well.\n1 + 2 = 4.\n2 + 2 = 4.", {})
    assert count == 3
    assert faults == ["1+2 = 4 is false in: 1 + 2 = 4."]
