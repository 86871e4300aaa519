"""Greatest common divisors and least common multiples in stories, by Euclid's algorithm.

    forward   Omar and Rosa have bells that ring every 12 and 18 minutes.
              What is the gap in minutes between common rings?                       answer 36
    reverse   Omar and Rosa have bells that ring every 12 and k minutes, with k from 10 to 19.
              If 36 is the gap in minutes between common rings, what is k?           answer 18

Two to four numbers. A reverse question hides the last number; it states the ten numbers (from 100
on, twenty) that it is one of, and only one of those gives the known result.
"""

import re
from math import gcd, lcm
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON

AREA = "number theory"
SUMMARY = "greatest common divisor or least common multiple; reverse: one of the numbers"
VERSION = 3

# What has the numbers, their unit, and what is asked.
_LCM = (
    ("bells that ring every", "minutes", "the gap in minutes between common rings"),
    ("lamps that flash every", "seconds", "the gap in seconds between common flashes"),
    ("buses that leave every", "minutes", "the gap in minutes between common starts"),
    ("pumps that stop every", "hours", "the gap in hours between common stops"),
    ("gears with", "teeth", "the smallest turn, in teeth, that brings all back"),
    ("packs of", "cards", "the smallest card count that each kind alone gives"),
    ("bricks of", "cm", "the shortest row that each kind alone fills"),
    ("coins worth", "cents", "the smallest sum that each kind alone pays"),
)
_GCD = (
    ("ribbons of", "cm", "the greatest length of equal pieces without waste"),
    ("boxes of", "marbles", "the greatest bag size that empties each exactly"),
    ("walls of", "cm", "the greatest board width that fills each exactly"),
    ("schools of", "pupils", "the greatest team size that splits each exactly"),
    ("jugs of", "ml", "the greatest cup size that measures each exactly"),
    ("sacks of", "kg", "the greatest bag weight that empties each exactly"),
    ("films of", "minutes", "the greatest part length that divides each exactly"),
    ("boards of", "mm", "the greatest block length that leaves no waste"),
)
_FRAMES = _LCM + _GCD
_MULTIPLE = frozenset(goal for _, _, goal in _LCM)


def _show(numbers: tuple[int | None, ...]) -> str:
    first = ", ".join([str(number) for number in numbers[:-1]])
    return f"{first} and {numbers[-1] or 'k'}"


def _read(text: str) -> tuple[int | None, ...]:
    return tuple(None if part == "k" else int(part) for part in re.split(", | and ", text))


SLOTS = {
    "name": PERSON,
    "friend": PERSON,
    "things": one_of(sorted({things for things, _, _ in _FRAMES}), cosmetic=True),
    "unit": one_of(sorted({unit for _, unit, _ in _FRAMES}), cosmetic=True),
    "goal": one_of([goal for _, _, goal in _FRAMES]),
    "numbers": Slot(r"\d+(?:, \d+)* and (?:\d+|k)", _show, _read),
    "low": INT,
    "high": INT,
    "number": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} and {friend} have {things} {numbers} {unit}. What is {goal}?",
    "What is {goal}, asks {name}, if {friend} has {things} {numbers} {unit}?",
    "{name} looks for {goal}. {friend} has {things} {numbers} {unit}. What number is it?",
    "Given {things} {numbers} {unit}, {name} asks {friend} for {goal}. Find it.",
    "{name} and {friend} are given {things} {numbers} {unit}. Find {goal}.",
    "{name} shows {friend} {things} {numbers} {unit}. How big is {goal}?",
    "For {things} {numbers} {unit}, {name} works out {goal}. What should {friend} get?",
    "Help {name} to work out {goal}, when {friend} brings {things} {numbers} {unit}.",
)
REVERSE = {
    "number": phrasings(
        SLOTS,
        "{name} and {friend} have {things} {numbers} {unit}, with k from {low} to {high}. If "
        "{answer} is {goal}, what is k?",
        "What is k, asks {name}, if {friend} has {things} {numbers} {unit}, k is from {low} to "
        "{high}, and {goal} is {answer}?",
        "{name} knows that {goal} is {answer}. {friend} has {things} {numbers} {unit}. Which "
        "number from {low} to {high} is k?",
        "Given {things} {numbers} {unit}, {name} tells {friend} {goal}, namely {answer}. Find k, "
        "which is at least {low} and at most {high}.",
        "{name} and {friend} are given {things} {numbers} {unit}, and {goal} is {answer}. Find k, "
        "which is from {low} to {high}.",
        "{name} shows {friend} {things} {numbers} {unit}, where k is from {low} to {high}. With "
        "{answer} as {goal}, how big is k?",
        "For {things} {numbers} {unit}, {name} works out {goal} and gets {answer}. Which k from "
        "{low} to {high} does {friend} need?",
        "Help {name} to work out k, one of {low} to {high}, when {friend} brings {things} "
        "{numbers} {unit} and {answer} is {goal}.",
    ),
}


def _divisions(a: int, b: int) -> int:
    """How many divisions Euclid's algorithm takes, the larger number first."""
    count = 0
    while b:
        a, b, count = b, a % b, count + 1
    return count


# Numbers without a common factor, by the divisions that they take: 2, and 3 or 4.
_PAIRS = [(a, b) for a in range(3, 26) for b in range(2, a) if gcd(a, b) == 1]
_PAIRS += [(b, a) for a, b in _PAIRS]
_SHORT = [(a, b) for a, b in _PAIRS if _divisions(max(a, b), min(a, b)) == 2]
_LONG = [(a, b) for a, b in _PAIRS if 3 <= _divisions(max(a, b), min(a, b)) <= 4]
_FEW = [pair for pair in _SHORT if max(pair) < 12]
# The same with a common factor, the three numbers' product at most 2,000.
_SHORT_MULTIPLES, _LONG_MULTIPLES = (
    [(u, v, g) for u, v in pairs for g in range(4, 160 // max(u, v) + 1) if u * v * g <= 2000]
    for pairs in (_SHORT, _LONG)
)
# Factors that have nothing in common with a number up to 6.
_APART = [tuple(n for n in range(2, 30) if gcd(n, c) == 1) for c in range(7)]


def _range(number: int) -> tuple[int, int]:
    """The ten or twenty numbers, in order, that a number is one of."""
    size = 10 if number < 100 else 20
    low = number // size * size
    return low, low + size - 1


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    things, unit, goal = d.choice(_FRAMES)
    multiple = goal in _MULTIPLE
    if difficulty < 3:
        u, v = d.choice(_SHORT if difficulty == 1 else _LONG)
        g = d.between(5, max(5, min((199 if multiple else 900) // max(u, v), 699 // v)))
        numbers = [u * g, v * g]
    elif multiple:
        u, v, g = d.choice(_LONG_MULTIPLES if difficulty == 4 else _SHORT_MULTIPLES)
        numbers = [u * g, v * g, d.choice((u, v, g)) * d.choice((4, 5, 7, 8, 9, 11))]
        if difficulty == 5:
            numbers.append(d.choice((u, v, g)) * d.choice((5, 7, 9, 11, 13)))
    elif difficulty == 5:
        u, v = d.choice(_FEW)
        c, e = d.between(2, 4), d.between(2, 3)
        g = d.between(6, min(30, 1999 // (c * e * max(u, v))))
        last = g * d.choice(_APART[c])
        numbers = [g * c * e * u, g * c * e * v, g * c * d.choice(_APART[e]), last]
    else:
        u, v = d.choice(_SHORT if difficulty == 3 else _LONG)
        c = d.between(2, 4)
        g = d.between(6, min(30, 1999 // (c * max(u, v))))
        numbers = [g * c * u, g * c * v, g * d.choice(_APART[c])]
    *known, last = numbers
    low, high = _range(last)
    if not 10 <= last < 700 or last in (low, high) or last in known:
        return None  # in the last two cases the reverse question would state its answer
    if multiple:
        both = lcm(*known)
        answer = lcm(both, last)
        if both == answer or answer > 19999 or both == lcm(*known[:-1]):
            return None
        fitting = [k for k in _multiples(answer // both, low, high) if lcm(both, k) == answer]
    else:
        both = gcd(*known)
        answer = gcd(both, last)
        fitting = [k for k in _multiples(answer, low, high) if gcd(both, k) == answer]
    name, friend = d.choice(PEOPLE), d.choice(PEOPLE)
    if len(fitting) > 1 or name == friend:
        return None
    return {
        "name": name, "friend": friend, "things": things, "unit": unit, "goal": goal,
        "numbers": tuple(numbers),
    }  # fmt: skip


def _divisors(number: int, low: int, high: int) -> list[int]:
    """The divisors in a range, the largest first."""
    return [k for k in range(high, low - 1, -1) if number % k == 0]


def _multiples(number: int, low: int, high: int) -> range:
    return range(-(-low // number) * number, high + 1, number)


def hide(facts: Facts, hidden: str) -> Facts:
    low, high = _range(facts["numbers"][-1])
    return facts | {"numbers": (*facts["numbers"][:-1], None), "low": low, "high": high}


def _join(lines: list[str], back: bool, start: str, a: int, b: int, multiple: bool) -> int:
    """The line that takes two numbers together by Euclid's algorithm, and what they give."""
    g, rest = (a, b) if a > b else (b, a)
    text = f"{start}: "
    while rest:
        text += f"{g} mod {rest} = {g % rest}, "
        g, rest = rest, g % rest
    if not multiple:
        lines.append(f"{text}so gcd({a}, {b}) = {g}.")
        return g
    both = a // g * b
    if back:
        lines.append(f"{text}so lcm({a}, {b}) = {a} / {g} * {b} = {both}.")
    else:
        lines.append(f"{text}so gcd({a}, {b}) = {g}, and the lcm is {a} / {g} * {b} = {both}.")
    return both


def forward(facts: Facts) -> Solution:
    numbers, multiple = facts["numbers"], facts["goal"] in _MULTIPLE
    wanted = "least common multiple" if multiple else "greatest common divisor"
    given, last = ", ".join([str(number) for number in numbers[:-1]]), numbers[-1]
    lines = [f"The {wanted} of {given} and {last} is wanted."]
    both = _join(lines, False, "Euclid's steps", numbers[0], numbers[1], multiple)
    for number in numbers[2:]:
        both = _join(lines, False, f"And with {number}", both, number, multiple)
    what = "lcm" if multiple else "gcd"
    program = f"from math import {what}\nprint({what}({given}, {last}))"
    return Solution(both, "\n".join(lines), program)


def reverse(facts: Facts, hidden: str) -> Solution:
    *known, last = facts["numbers"]
    low, high = _range(last)
    answer, multiple = facts["answer"], facts["goal"] in _MULTIPLE
    if multiple:
        tried, kind = _divisors(answer, low, high), "divisor"
    else:
        tried, kind = list(_multiples(answer, low, high)), "multiple"
    if len(tried) == 1:
        lines = [f"The only {kind} of {answer} from {low} to {high} is {last}."]
    else:
        lines = [f"The {kind}s of {answer} from {low} to {high} are {_show(tuple(tried))}."]
    both = known[0]
    for number in known[1:]:
        both = _join(lines, True, f"With {number}", both, number, multiple)
    for k in tried:
        start = f"Right is {k}" if k == last else f"Not {k}"
        _join(lines, True, start, both, k, multiple)
    what = "lcm" if multiple else "gcd"
    given = ", ".join([str(number) for number in known])
    program = (
        f"from math import {what}\n"
        f"print(next(k for k in range({low}, {high + 1}) if {what}({given}, k) == {answer}))"
    )
    return Solution(last, "\n".join(lines), program)


def solve_forward(facts: Facts) -> list[int]:
    """Tries the multiples of the largest number, or all divisors of the smallest."""
    numbers = facts["numbers"]
    if facts["goal"] in _MULTIPLE:
        most = max(numbers)
        fits = (n for n in range(most, most * 10**4, most) if not any(n % part for part in numbers))
    else:
        least = min(numbers)
        fits = (n for n in range(least, 0, -1) if not any(part % n for part in numbers))
    return [next(fits)]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Tries all numbers of the stated range."""
    known = facts["numbers"][:-1]
    what: Any = lcm if facts["goal"] in _MULTIPLE else gcd
    tried = range(facts["low"], facts["high"] + 1)
    return [k for k in tried if what(*known, k) == facts["answer"]]
