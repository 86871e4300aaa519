"""Products of linear factors: a coefficient or a value of what they make when multiplied out.

    forward   Which number is the coefficient of x of (x - 3)(x + 4)?               answer 1
    reverse   The coefficient of x of (x + 4)(x - k) is 1. What is k?               answer 3

A polynomial is a tuple of one or two products (lead, roots), to be added. A reverse question
hides, written k, the last root or the lead of the first product. The answer is linear in both.
"""

import re
from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings, plus, times
from r1k.families.words import PEOPLE, PERSON

AREA = "polynomials"
SUMMARY = "a coefficient or value of a product of factors; reverse: a missing root or lead"
VERSION = 3

Product = tuple[Any, tuple[Any, ...]]
# Where identities in x are tested: far from every root.
_X = 97


@cache
def _factor(root: int | None) -> str:
    return "(x - k)" if root is None else f"(x{plus(-root)})"


def _brackets(roots: tuple[int | None, ...]) -> str:
    return "".join([_factor(root) for root in roots])


def _show(polynomial: tuple[Product, ...]) -> str:
    return " + ".join(
        ("k" if lead is None else times(lead, "")) + _brackets(roots) for lead, roots in polynomial
    )


_LEAD = re.compile(r"(k|\d*)((?:\(x [+-] (?:\d+|k)\))+)")
_ROOT = re.compile(r"([+-]) (\d+|k)")


def _read(text: str) -> tuple[Product, ...]:
    return tuple(
        (
            None if lead == "k" else int(lead or 1),
            tuple(
                None if n == "k" else -int(n) if sign == "+" else int(n)
                for sign, n in _ROOT.findall(brackets)
            ),
        )
        for lead, brackets in _LEAD.findall(text)
    )


def _show_ask(ask: tuple[str, int]) -> str:
    kind, n = ask
    if kind == "value":
        return f"the value at x = {n}"
    return f"the coefficient of {_power(n)}" if n else "the constant term"


def _read_ask(text: str) -> tuple[str, int]:
    number = re.search(r"-?\d+$", text)
    if text.startswith("the value"):
        return "value", int(number[0]) if number else 0
    return "coefficient", int(number[0]) if number else int(text.endswith("x"))


_SHOWN = r"(?:\d+|k)?(?:\(x [+-] (?:\d+|k)\)){2,4}"
SLOTS = {
    "name": PERSON,
    "friend": PERSON,
    "polynomial": Slot(rf"{_SHOWN}(?: \+ {_SHOWN})?", _show, _read),
    "ask": Slot(
        r"the value at x = -?\d+|the constant term|the coefficient of x(?:\^\d)?",
        _show_ask,
        _read_ask,
    ),
    "answer": INT,
    "root": INT,
    "lead": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} multiplies out {polynomial}, and {friend} wants to know {ask}. What is it?",
    "{name} wrote down the polynomial {polynomial} for {friend}. What is {ask}?",
    "Multiply out {polynomial} for {name} and {friend}. Which number is {ask}?",
    "{name} expands {friend}'s polynomial P(x) = {polynomial}. Find {ask}.",
    "P(x) = {polynomial} stands on the board. {name} tells {friend} {ask}. "
    "What does {name.he} say?",
    "Help {name} and {friend} with P(x) = {polynomial}: find {ask}.",
    "For P(x) = {polynomial}, {name} and {friend} find {ask}. Which number do they get?",
    "{name} asks {friend} for {ask}, given the polynomial {polynomial}. What is the right reply?",
)
_BOTH = (
    "{name} multiplies out {polynomial} and tells {friend} that {ask} is {answer}. What is k?",
    "In P(x) = {polynomial}, {answer} is {ask}. {name} and {friend} want to know k. "
    "Which number is it?",
)
REVERSE = {
    "root": phrasings(
        SLOTS,
        *_BOTH,
        "Which number k in a bracket gives {name} and {friend} {answer} as {ask}, when they "
        "multiply out {polynomial}?",
        "The polynomial {polynomial} stands on the board. {name} tells {friend} that {ask} is "
        "{answer}. Which number is k?",
        "{name} rubbed out a bracket of {friend}'s polynomial and wrote (x - k): now it is "
        "{polynomial}. {friend} knows that {ask} was {answer}. Find k.",
    ),
    "lead": phrasings(
        SLOTS,
        *_BOTH,
        "For which factor k do {name} and {friend} get {answer} as {ask}, when they multiply out "
        "{polynomial}?",
        "The polynomial {polynomial} stands on the board. {name} tells {friend} that {ask} is "
        "{answer}. Which factor is k?",
        "{name} rubbed out the first number of {friend}'s polynomial and wrote k: now it is "
        "{polynomial}. {friend} knows that {ask} was {answer}. Find the number.",
    ),
}
# Of each difficulty the numbers of factors of each product.
_SHAPES = ((2,), (3,), (3,), (3, 2), (3, 3))


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    most = 30 if difficulty == 1 else 15
    valued = d.below(4) == 0
    if valued:
        ask = ("value", d.between(2, 20 if difficulty == 1 else 9))
    else:
        ask = (
            "coefficient",
            d.below(2) if difficulty == 1 else 2 * d.below(2) if difficulty == 2 else 1,
        )
    shape = _SHAPES[difficulty - 1]
    # Different sizes, so that no number of the problem stands in the question twice.
    sizes = d.sample(range(1, most + 1), sum(shape))
    leads = d.sample([n for n in range(2, 10) if n not in sizes], len(shape))
    if difficulty <= 2 and hidden == "root":
        leads = [1]
    polynomial = []
    for lead, count in zip(leads, shape, strict=True):
        roots = tuple([-sizes.pop() if d.below(2) else sizes.pop() for _ in range(count)])
        if valued:
            roots = tuple([ask[1] - root for root in roots])  # so that no bracket is 0 or large
        polynomial.append((lead, roots))
    # k must matter: what it is multiplied by must not be 0.
    roots = polynomial[0][1]
    if not _part(roots[:-1] if hidden == "root" else roots, ask):
        return None
    if valued and any(not root for _, roots in polynomial for root in roots):
        return None
    name, friend = d.sample(PEOPLE, 2)
    return {"name": name, "friend": friend, "polynomial": tuple(polynomial), "ask": ask}


def _part(roots: tuple[int, ...], ask: tuple[str, int]) -> int:
    """What is asked, for the product of (x - root): one to three factors."""
    kind, n = ask
    if kind == "value":
        return prod([n - root for root in roots])
    if n == 0:
        return prod([-root for root in roots])
    if n >= len(roots) - 1:
        return 1 if n == len(roots) else -sum(roots)
    a, b, c = roots
    return a * b + a * c + b * c


def hide(facts: Facts, hidden: str) -> Facts:
    (lead, roots), *rest = facts["polynomial"]
    first = (None, roots) if hidden == "lead" else (lead, (*roots[:-1], None))
    return facts | {"polynomial": (first, *rest)}


def _power(n: int) -> str:
    return "x" if n == 1 else f"x^{n}"


def _wrap(number: int) -> str:
    return f"({number})" if number < 0 else str(number)


def _added(numbers: Sequence[int]) -> str:
    return " + ".join([str(numbers[0]), *[_wrap(n) for n in numbers[1:]]])


def _multiplied(numbers: Sequence[int]) -> str:
    """A product of two or three, step by step."""
    a, b, *rest = numbers
    text = f"{a} * {_wrap(b)} = {a * b}"
    return f"{text} and {a * b} * {_wrap(rest[0])} = {a * b * rest[0]}" if rest else text


def _at(t: int, roots: Sequence[int]) -> str:
    *first, last = [f"{t}{plus(-root)} = {t - root}" for root in roots]
    return f"{', '.join(first)} and {last}" if first else last


def _expand(lines: list[str], product: Product, ask: tuple[str, int], which: str) -> int:
    """Multiplies brackets out, as far as it is needed."""
    lead, roots = product
    kind, n = ask
    found = _part(roots, ask)
    numbers = [-root for root in roots]
    if kind == "value":
        lines.append(f"The{which} brackets at {n} are {_at(n, roots)}.")
        lines.append(f"Multiply them: {_multiplied([n - root for root in roots])}.")
    elif n == 0:
        lines.append(f"The constants of {_brackets(roots)} make {_multiplied(numbers)}.")
    elif n == len(roots) - 1:
        lines.append(
            f"The{which} brackets of {times(lead, _brackets(roots))} give {_power(n)} "
            f"the sum {_added(numbers)} = {found}."
        )
    else:
        a, b, c = numbers
        lines.append(
            f"The{which} brackets of {times(lead, _brackets(roots))} give x the product "
            f"{_multiplied((a, b))} and {c} times the sum {_added((a, b))} = {a + b}."
        )
        lines.append(
            f"With {c} * {_wrap(a + b)} = {c * (a + b)} it is {a * b} + "
            f"{_wrap(c * (a + b))} = {found}."
        )
    if lead != 1:
        lines.append(f"Times {lead} that is {lead} * {_wrap(found)} = {lead * found}.")
    return int(lead * found)


def forward(facts: Facts) -> Solution:
    polynomial, ask = facts["polynomial"], facts["ask"]
    lines: list[str] = []
    if len(polynomial) == 1:
        found = _expand(lines, polynomial[0], ask, "")
    else:
        a = _expand(lines, polynomial[0], ask, " first")
        b = _expand(lines, polynomial[1], ask, " other")
        found = a + b
        lines.append(f"Together that is {a} + {_wrap(b)} = {found}.")
    return Solution(found, "\n".join(lines), _program(facts, None), {"x": _X})


def _by_roots(lines: list[str], roots: tuple[int, ...], ask: tuple[str, int], which: str) -> int:
    """The same from the roots: their sum, their product, the sum of the products of pairs."""
    kind, n = ask
    found = _part(roots, ask)
    named = f"roots {', '.join(map(str, roots[:-1]))} and {roots[-1]}"
    if kind == "value":
        back = roots[::-1]
        lines.append(f"The{which} brackets, read backwards, are {_at(n, back)} at {n}.")
        lines.append(f"So they give {_multiplied([n - root for root in back])}.")
    elif n == len(roots) - 1:
        lines.append(
            f"The{which} {named} have the sum {_added(roots)} = {-found}, so {_power(n)} gets "
            f"{found}."
        )
    elif n == 0:
        minus = f", so the constant is {found}" if len(roots) == 3 else ""
        lines.append(f"The{which} {named} have the product {_multiplied(roots)}{minus}.")
    else:
        a, b, c = roots
        lines.append(
            f"The{which} {named} make the pairs {a} * {_wrap(b)} = {a * b}, {a} * {_wrap(c)} = "
            f"{a * c} and {b} * {_wrap(c)} = {b * c}."
        )
        lines.append(f"For x this gives {_added((a * b, a * c, b * c))} = {found}.")
    return found


def _find_root(lines: list[str], product: Product, ask: tuple[str, int], goal: int) -> int:
    """Adds the way from the known brackets to the root that is missing."""
    lead, (*known, k) = product
    kind, n = ask
    numbers = [-root for root in known]
    slope = _part(tuple(known), ask)
    if kind == "value":
        text = f"The known {'brackets' if len(known) > 1 else 'bracket'} at {n}: {_at(n, known)}"
        if len(known) > 1:
            text += f", so {_multiplied([n - root for root in known])}"
    elif n == 0:
        text = f"The constant term is {slope} times -k"
        if len(known) > 1:
            text += f", as {_multiplied(numbers)}"
    elif n == len(known):
        total = sum(numbers)
        text = f"The brackets give {_power(n)} the sum {_added(numbers)} - k"
        if len(known) > 1:
            text += f", and {_added(numbers)} = {total}"
        must = f"{total} - k"
    else:
        a, b = numbers
        must = f"{a * b}{' - ' if slope > 0 else ' + '}{times(abs(slope), 'k')}"
        text = (
            f"The brackets {_brackets((*known, None))} give x the product {_multiplied(numbers)} "
            f"and -k times {_added(numbers)} = {a + b}, in all {must}"
        )
    lines.append(f"{text}.")
    if lead != 1:
        lines.append(f"Before the factor {lead}, it was {goal} / {lead} = {goal // lead}.")
        goal //= lead
    if kind == "value":
        rest = goal // slope
        lines.append(f"So {n} - k = {goal} / {_wrap(slope)} = {rest}.")
        lines.append(f"This gives k = {n} - {_wrap(rest)} = {k}.")
    elif n == 0:
        lines.append(f"So -k = {goal} / {_wrap(slope)} = {-k}, and k = {k}.")
    elif n == len(known):
        lines.append(f"So {must} = {goal}, and k = {total} - {_wrap(goal)} = {k}.")
    else:
        more, less = (a * b, goal) if slope > 0 else (goal, a * b)
        many = times(abs(slope), "k")
        lines.append(f"So {must} = {goal}, and {many} = {more} - {_wrap(less)} = {more - less}.")
        if abs(slope) > 1:
            lines.append(f"Then k = {more - less} / {abs(slope)} = {k}.")
    return int(k)


def reverse(facts: Facts, hidden: str) -> Solution:
    (first, *others), ask, goal = facts["polynomial"], facts["ask"], facts["answer"]
    lines: list[str] = []
    for lead, roots in others:
        part = _by_roots(lines, roots, ask, " other")
        rest = goal - lead * part
        lines.append(
            f"Of {goal} this takes {lead} * {_wrap(part)} = {lead * part}, which leaves {goal} - "
            f"{_wrap(lead * part)} = {rest}."
        )
        goal = rest
    if hidden == "root":
        k = _find_root(lines, first, ask, goal)
    else:
        part = _by_roots(lines, first[1], ask, "")
        k = first[0]
        lines.append(f"As k times {part} is {goal}, k = {goal} / {_wrap(part)} = {k}.")
    return Solution(k, "\n".join(lines), _program(facts, hidden), {"x": _X, "k": k})


def _program(facts: Facts, hidden: str | None) -> str:
    kind, n = facts["ask"]
    polynomial = hide(facts, hidden)["polynomial"] if hidden else facts["polynomial"]
    parts, lines = [], []
    for lead, roots in polynomial:
        lead = "k" if lead is None else lead
        if kind == "value":
            brackets = [f" * ({n} - k)" if r is None else f" * ({n}{plus(-r)})" for r in roots]
            parts.append(f"{lead}{''.join(brackets)}")
        else:
            shown = ", ".join("k" if root is None else str(root) for root in roots)
            parts.append(f"expand({lead}, [{shown}])[{n}]")
    if kind == "coefficient":
        lines = [
            "def expand(lead, roots):",
            "    c = [lead]",
            "    for r in roots:",
            "        c = [a - r * b for a, b in zip([0] + c, c + [0])]",
            "    return c",
        ]
    found = " + ".join(parts)
    if hidden:
        found = f"next(k for k in range(-99, 100) if {found} == {facts['answer']})"
    return "\n".join([*lines, f"print({found})"])


def _asked(facts: Facts, k: int) -> int:
    """What is asked for, with `k` in the place of the unknown.

    A coefficient is read off the value at a large power of ten, which shows all coefficients one
    after the other, as 1003002 shows those of (x + 1)(x + 2) at x = 1000.
    """
    kind, n = facts["ask"]
    base = 10**9
    at = n if kind == "value" else base
    value = 0
    for lead, roots in facts["polynomial"]:
        value += (k if lead is None else lead) * prod(at - (k if r is None else r) for r in roots)
    if kind == "value":
        return value
    for _ in range(n + 1):
        digit = (value + base // 2) % base - base // 2
        value = (value - digit) // base
    return digit


def solve_forward(facts: Facts) -> list[int]:
    """From the value at one large number."""
    return [_asked(facts, 0)]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """What is asked for is linear in k: two trials tell where it is the stated number."""
    at_0, at_1 = _asked(facts, 0), _asked(facts, 1)
    slope, rest = at_1 - at_0, facts["answer"] - at_0
    return [rest // slope] if slope and rest % slope == 0 else []
