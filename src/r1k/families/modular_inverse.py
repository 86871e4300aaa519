"""Linear congruences: dividing by a number modulo another, behind sums, brackets and powers.

    forward   5x divided by 23 leaves the remainder 12. What is the smallest positive x?  answer 7
    reverse   5x is divided by 23, where x = 7. What is the remainder?                    answer 12
              kx divided by 23 leaves the remainder 12, where x = 7. What is k?           answer 5

The rule is p^e(ax + r) + s, kept as the tuple (p, e, a, r, s); it is written ax + s where p is 1.
A reverse question that hides the factor has None, written k, in the place of a (of p where a
is 1). All that is divided by has no factor in common with the modulus, so there is one solution.
"""

import re
from math import gcd
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings
from r1k.families.words import PEOPLE, PERSON

AREA = "number theory"
SUMMARY = "solve a linear congruence; reverse: the remainder it leaves, or the factor in it"
VERSION = 1

Rule = tuple[Any, int, Any, int, int]


def _inner(a: int | None, r: int) -> str:
    return f"{'k' if a is None else '' if a == 1 else a}x + {r}"


def _show(rule: Rule) -> str:
    p, e, a, r, s = rule
    if p == 1:
        return f"{'k' if a is None else a}x + {s}" if s else f"{'k' if a is None else a}x"
    return f"{'k' if p is None else p}{f'^{e}' if e > 1 else ''}({_inner(a, r)}) + {s}"


_BRACKET = re.compile(r"(\d+|k)(?:\^(\d+))?\((\d*|k)x \+ (\d+)\) \+ (\d+)")
_PLAIN = re.compile(r"(\d+|k)x(?: \+ (\d+))?")


def _read(text: str) -> Rule:
    if found := _BRACKET.fullmatch(text):
        p, e, a, r, s = found.groups()
        factors = [None if part == "k" else int(part or 1) for part in (p, a)]
        return factors[0], int(e or 1), factors[1], int(r), int(s)
    if not (found := _PLAIN.fullmatch(text)):
        raise ValueError(text)
    return 1, 1, None if found[1] == "k" else int(found[1]), 0, int(found[2] or 0)


SLOTS = {
    "rule": Slot(r"[\dk^]{1,9}(?:\([\dk]{0,4}x \+ \d+\)|x)(?: \+ \d+)?", _show, _read),
    "modulus": INT,
    "remainder": INT,
    "factor": INT,
    "name": PERSON,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "When {name} divides {rule} by {modulus}, the remainder is {remainder}. "
    "What is the smallest positive whole number x?",
    "Find the smallest positive whole number x such that {rule} leaves {remainder} when {name} "
    "divides it by {modulus}.",
    "{name} wants {rule} to leave the remainder {remainder} after division by {modulus}. "
    "Which is the smallest positive whole number x that does?",
    "The whole number x is positive and less than {modulus}. {name} finds that {rule} has the "
    "remainder {remainder} modulo {modulus}. What is x?",
    "Modulo {modulus}, {rule} is the same as {remainder}. Help {name} to find x, a positive "
    "whole number below {modulus}.",
    "{name} marks all positive whole numbers x for which {rule} is {remainder} more than a "
    "multiple of {modulus}. Which is the smallest?",
    "A clock has {modulus} hours, numbered from 0. From 0 {name} lets it run for {rule} hours, "
    "and it shows {remainder}. What is the smallest positive whole number x?",
    "A machine prints {rule} pages, {modulus} to a book, and {name} finds {remainder} pages left "
    "over. What is the smallest positive whole number x?",
    "Which is the smallest positive whole number x, asks {name}, if {rule} divided by {modulus} "
    "has the remainder {remainder}?",
)
REVERSE = {
    "remainder": phrasings(
        SLOTS,
        "{name} takes x = {answer}. What remainder does {rule} leave when it is divided by "
        "{modulus}?",
        "With x = {answer}, {name} divides {rule} by {modulus}. What is the remainder?",
        "What is {rule} modulo {modulus}, asks {name}, if x is {answer}?",
        "A clock has {modulus} hours, numbered from 0. From 0 {name} lets it run for {rule} hours, "
        "where x is {answer}. What does it show?",
        "A machine prints {rule} pages, {modulus} to a book. How many are left over when {name} "
        "sets x to {answer}?",
        "By how much, asks {name}, is {rule} more than the last multiple of {modulus} before it, "
        "if x is {answer}?",
    ),
    "factor": phrasings(
        SLOTS,
        "When {name} divides {rule} by {modulus}, where x is {answer}, the remainder is "
        "{remainder}. What is the smallest positive whole number k?",
        "Find the smallest positive whole number k such that with x = {answer}, {rule} leaves "
        "{remainder} when {name} divides it by {modulus}.",
        "Modulo {modulus}, {rule} is the same as {remainder}, and {name} knows that x is {answer}. "
        "What is k, a positive whole number below {modulus}?",
        "A clock has {modulus} hours, numbered from 0. From 0 {name} lets it run for {rule} hours, "
        "where x is {answer}, and it shows {remainder}. Find the smallest positive whole number k.",
        "The whole number k is positive and less than {modulus}. With x = {answer}, {name} finds "
        "that {rule} has the remainder {remainder} modulo {modulus}. What is k?",
        "A machine prints {rule} pages, {modulus} to a book, and {remainder} pages are left over. "
        "{name} has set x to {answer}. Find the smallest positive whole number k.",
    ),
}

_MODULI = tuple(m for m in range(30, 600) if gcd(m, 30) == 1)
# For each modulus, what can be divided by: all numbers, and one-digit ones.
_UNITS = {m: tuple(n for n in range(4, m - 1) if gcd(n, m) == 1) for m in range(23, 98)}
_SMALL = {m: tuple(n for n in range(2, 10) if gcd(n, m) == 1) for m in _UNITS}
# Powers that leave a small number: (modulus, base, exponent).
_POWERS = tuple(
    (m, p, e)
    for m in _UNITS
    for p in range(3, 20)
    for e in (3, 4, 5, 6)
    if gcd(p, m) == 1 and 3 <= pow(p, e, m) <= 9
)


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    p = e = a = 1
    r = s = 0
    if difficulty == 1:
        m, a = d.choice(_MODULI), d.between(2, 5)
        x = d.between(m // a + 1, m - 2)
        if gcd(x, m) > 1:
            return None
    else:
        if difficulty == 5:
            m, p, e = d.choice(_POWERS)
        else:
            m = d.between(23, 97)
        x, s = d.choice(_UNITS[m]), d.between(2, m - 2)
        if difficulty >= 4:
            r = d.between(2, m - 2)
        if difficulty == 3:
            p = d.choice(_SMALL[m])
            r = d.between(2, x - 2)
            x -= r
        else:
            a = d.choice(_SMALL[m])
            if difficulty == 4:
                p = d.choice(_SMALL[m])
    b = (p**e * (a * x + r) + s) % m
    if b < 2:
        return None
    return {"name": d.choice(PEOPLE), "rule": (p, e, a, r, s), "modulus": m, "remainder": b}


def hide(facts: Facts, hidden: str) -> Facts:
    rest = {name: value for name, value in facts.items() if name != hidden}
    if hidden == "factor":
        p, e, a, r, s = facts["rule"]
        rest["rule"] = (None, e, a, r, s) if a == 1 else (p, e, None, r, s)
    return rest


def _rest(v: int, m: int) -> str:
    """How often m goes into v, and the rest, as the next part of a chain."""
    return f" = {v // m} * {m} + {v % m}" if v >= m else ""


def _take(lines: list[str], back: bool, s: int, what: str, v: int, m: int) -> int:
    """Take s away from what leaves v; what is left then."""
    left = v - s
    more = f" ≡ {left + m}" if left < 0 else ""
    start = "Without" if back else "Take away" if lines else "The first step is to take away"
    lines.append(f"{start} {s}: {what} ≡ {v} - {s} = {left}{more} (mod {m}).")
    return left % m


def _divide(lines: list[str], back: bool, q: int, what: str, v: int, m: int) -> int:
    """Find `what`, q times which leaves v: all v + m, v + 2m, ... leave the same as v."""
    if v % q:
        sums = []
        while v % q:
            sums.append(f"{v} + {m} = {v + m}")
            v += m
        if not lines:
            start = f"The remainder goes up by {m} to a multiple of {q}"
        else:
            start = (
                f"Go up by {m} to a multiple of {q}" if back else f"Add {m} until {q} divides it"
            )
        lines.append(f"{start}: {', '.join(sums)}.")
    start = "Dividing" if back else "Divide"
    lines.append(f"{start} by {q}, coprime to {m}: {what} ≡ {v} / {q} = {v // q} (mod {m}).")
    return v // q


def _power(lines: list[str], back: bool, p: int, e: int, m: int) -> int:
    """Reduce a power by squaring; what it leaves."""
    steps, value = [], p
    for bit in bin(e)[3:]:
        v = value * value
        steps.append(f"{value} * {value} = {v}{_rest(v, m)}")
        value = v % m
        if bit == "1":
            v = value * p
            steps.append(f"{value} * {p} = {v}{_rest(v, m)}")
            value = v % m
    start = f"Reduce {p}^{e} by {m}" if back else f"The power {p}^{e} modulo {m}"
    lines.append(f"{start}: {', '.join(steps)}.")
    return value


def forward(facts: Facts) -> Solution:
    p, e, a, r, s = rule = facts["rule"]
    m, v = facts["modulus"], facts["remainder"]
    lines: list[str] = []
    if p == 1:
        if s:
            v = _take(lines, False, s, f"{a}x", v, m)
    else:
        inner = _inner(a, r)
        q = _power(lines, False, p, e, m) if e > 1 else p
        v = _take(lines, False, s, f"{q}({inner})", v, m)
        v = _divide(lines, False, q, inner, v, m)
        v = _take(lines, False, r, "x" if a == 1 else f"{a}x", v, m)
    if a != 1:
        v = _divide(lines, False, a, "x", v, m)
    return Solution(v, "\n".join(lines), _search(facts, rule, "x"), {"x": v})


def _search(facts: Facts, rule: Rule, letter: str) -> str:
    """A program that tries all values of the letter."""
    m = facts["modulus"]
    return (
        f"numbers = range(1, {m})\n"
        f"fits = [{letter} for {letter} in numbers "
        f"if ({_code(rule)}) % {m} == {facts['remainder']}]\nprint(fits[0])"
    )


def _code(rule: Rule) -> str:
    p, e, a, r, s = rule
    inner = "k * x" if a is None else f"{a} * x" if a != 1 else "x"
    if p == 1:
        return f"{inner} + {s}" if s else inner
    power = "k" if p is None else f"{p}**{e}" if e > 1 else p
    return f"{power} * ({inner} + {r}) + {s}"


def reverse(facts: Facts, hidden: str) -> Solution:
    p, e, a, r, s = facts["rule"]
    x, m, v = facts["answer"], facts["modulus"], facts["remainder"]
    if hidden == "remainder":
        return _remainder(facts)
    if p == 1:
        asked: Rule = (1, 1, None, 0, s)
        lines = [f"The number x = {x} is known, so k * {x} counts."] if s else []
        if s:
            v = _take(lines, True, s, f"{x}k", v, m)
        k = _divide(lines, True, x, "k", v, m)
    elif a == 1:
        asked, w = (None, 1, 1, r, s), x + r
        lines = [f"The bracket holds {x} + {r} = {w}."]
        v = _take(lines, True, s, f"{w}k", v, m)
        k = _divide(lines, True, w, "k", v, m)
        lines.append(f"Test: {p} * {w} + {s} = {p * w + s}{_rest(p * w + s, m)}.")
    else:
        asked = (p, e, None, r, s)
        lines = [f"The bracket holds {x}k + {r}."]
        q = _power(lines, True, p, e, m) if e > 1 else p
        v = _take(lines, True, s, f"{q}({x}k + {r})", v, m)
        v = _divide(lines, True, q, f"{x}k + {r}", v, m)
        v = _take(lines, True, r, f"{x}k", v, m)
        k = _divide(lines, True, x, "k", v, m)
    program = f"x = {x}\n{_search(facts, asked, 'k')}"
    return Solution(k, "\n".join(lines), program, {"x": x, "k": k})


def _remainder(facts: Facts) -> Solution:
    """Put x in, and keep only what is left after each step."""
    p, e, a, r, s = rule = facts["rule"]
    x, m = facts["answer"], facts["modulus"]
    v = x
    lines = []
    if a != 1:
        v = a * x
        lines.append(f"The number x = {x} makes {a}x = {a} * {x} = {v}{_rest(v, m)}.")
        v %= m
    if r:
        start = "The bracket is" if a == 1 else f"Of {a}x only {v} counts, so the bracket leaves"
        lines.append(f"{start} {v} + {r} = {v + r}{_rest(v + r, m)}.")
        v = (v + r) % m
    if p != 1:
        q = _power(lines, True, p, e, m) if e > 1 else p
        lines.append(f"The bracket counts as {v}, so {v} * {q} = {q * v}{_rest(q * v, m)}.")
        v = q * v % m
    if s:
        lines.append(f"To the {v} that counts add {s}: {v} + {s} = {v + s}{_rest(v + s, m)}.")
        v = (v + s) % m
    lines.append(f"The rest {v} is below {m}, so it is the remainder.")
    return Solution(v, "\n".join(lines), f"x = {x}\nprint(({_code(rule)}) % {m})", {"x": x})


def solve_forward(facts: Facts) -> list[int]:
    """Tries every x below the modulus."""
    p, e, a, r, s = facts["rule"]
    m, b = facts["modulus"], facts["remainder"]
    q = p**e
    return [x for x in range(1, m) if (q * (a * x + r) + s - b) % m == 0]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Computes the remainder without reducing on the way, or tries every factor."""
    p, e, a, r, s = facts["rule"]
    x, m = facts["answer"], facts["modulus"]
    if hidden == "remainder":
        return [(p**e * (a * x + r) + s) % m]
    b = facts["remainder"]
    if p is None:
        return [k for k in range(1, m) if (k**e * (a * x + r) + s - b) % m == 0]
    return [k for k in range(1, m) if (p**e * (k * x + r) + s - b) % m == 0]
