"""Derivatives of polynomials at a point, integrals, and antiderivatives with a condition.

    forward   f(x) = 3x^2 + 5x. What is the slope of f at 4?                       answer 29
    reverse   f(x) = kx^2 + 5x, and the slope of f at 4 is 29. What is k?          answer 3

    forward   f'(x) = 6x and f(1) = 7. What is f(3)?                               answer 31
    reverse   f'(x) = 6x and f(1) = k, and f(3) is 31. What is k?                  answer 7

What is known of f is kept as (which, coefficients, condition): which is "f" or "f'", the
coefficients begin with the constant, and the condition is () or (x, f(x)). A reverse question
hides the leading coefficient of a slope or an integral, or the value in a condition.
"""

import re
from fractions import Fraction
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings, plus
from r1k.families.words import PEOPLE, PERSON

AREA = "calculus"
SUMMARY = "slopes and integrals of polynomials; reverse: a coefficient, or the initial value"
VERSION = 2

Known = tuple[str, tuple[Any, ...], tuple[Any, ...]]
# Where identities in x are tested.
_X = 97


def _term(coefficient: int | None, power: int) -> str:
    """Without its sign if it is negative: 3x^2, x, kx, 5."""
    size = "k" if coefficient is None else str(abs(coefficient))
    letter = "" if power == 0 else "x" if power == 1 else f"x^{power}"
    return letter if letter and size == "1" else size + letter


def _polynomial(coefficients: tuple[int | None, ...]) -> str:
    text = ""
    for power in range(len(coefficients) - 1, -1, -1):
        c = coefficients[power]
        if c == 0:
            continue
        negative = c is not None and c < 0
        sign = (" - " if negative else " + ") if text else "-" if negative else ""
        text += sign + _term(c, power)
    return text


def _show(known: Known) -> str:
    which, coefficients, condition = known
    text = f"{which}(x) = {_polynomial(coefficients)}"
    if condition:
        at, value = condition
        text += f" and f({at}) = {'k' if value is None else value}"
    return text


_TERM = re.compile(r"(- |\+ |-)?(\d+|k)?(x(?:\^(\d))?)?")
_CONDITION = re.compile(r" and f\((\d+)\) = (-?\d+|k)$")


def _read(text: str) -> Known:
    found = _CONDITION.search(text)
    condition: tuple[Any, ...] = ()
    if found:
        condition = (int(found[1]), None if found[2] == "k" else int(found[2]))
        text = text[: found.start()]
    which, _, body = text.partition("(x) = ")
    coefficients: list[Any] = [0] * 5
    for sign, size, letter, power in _TERM.findall(body):
        if size or letter:
            at = int(power or 1) if letter else 0
            value = int(size or 1) if size != "k" else None
            coefficients[at] = -value if value is not None and "-" in sign else value
    while coefficients[-1] == 0:
        coefficients.pop()
    return which, tuple(coefficients), condition


def _show_ask(ask: tuple[str, int, int]) -> str:
    kind, low, high = ask
    if kind == "integral":
        return f"the integral of f' from {low} to {high}"
    return f"f({high})" if kind == "value" else f"the slope of f at {high}"


def _read_ask(text: str) -> tuple[str, int, int]:
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    kind = "value" if text.startswith("f(") else text.split()[1]
    return kind, numbers[0] if kind == "integral" else 0, numbers[-1]


_SHOWN = r"-?(?:\d+|k)?(?:x(?:\^\d)?)?(?: [+-] (?:\d+|k)?(?:x(?:\^\d)?)?){0,4}"
SLOTS = {
    "name": PERSON,
    "friend": PERSON,
    "known": Slot(rf"f'?\(x\) = {_SHOWN}(?: and f\(\d+\) = (?:-?\d+|k))?", _show, _read),
    "ask": Slot(
        r"the integral of f' from \d+ to \d+|the slope of f at \d+|f\(\d+\)",
        _show_ask,
        _read_ask,
    ),
    "answer": INT,
    "coefficient": INT,
    "constant": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} tells {friend} that {known}. What is {ask}?",
    "On {name}'s sheet for {friend} stands {known}. Find {ask}.",
    "Given that {known}, find {ask} for {name} and {friend}.",
    "Work out {ask} for {name} and {friend}, who know that {known}.",
    "{name} and {friend} have f(x) points after x seconds, with {known}. What is {ask}?",
    "The account of {name} and {friend} shows f(x) euros on day x, with {known}. Find {ask}.",
    "How large is {ask}, if {name} and {friend} have {known}?",
    "{name} asks {friend} for {ask}, where {known}. What should {friend} say?",
)
_PLAIN = (
    "{name} tells {friend} that {known}, and that {ask} is {answer}. What is k?",
    "On {name}'s sheet for {friend} stands {known}. Find k, so that {answer} is {ask}.",
    "Given that {known}, {name} and {friend} get {answer} for {ask}. What is k?",
    "{name} and {friend} have f(x) points after x seconds, with {known}. "
    "If {ask} is {answer}, what is k?",
    "The account of {name} and {friend} shows f(x) euros on day x, with {known}. They find that "
    "{ask} is {answer}. How large is k?",
    "{name} asks {friend} for k, where {known}, and where {answer} is {ask}. "
    "What should {friend} say?",
    "Work out k for {name} and {friend}, who know that {known} and that {ask} is {answer}.",
)
REVERSE = {
    "coefficient": phrasings(
        SLOTS,
        *_PLAIN,
        "If {known}, which coefficient k gives {name} and {friend} {answer} as {ask}?",
    ),
    "constant": phrasings(
        SLOTS, *_PLAIN, "If {known}, which value k gives {name} and {friend} {answer} as {ask}?"
    ),
}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts:
    name, friend = d.sample(PEOPLE, 2)
    first = (40, 30, 15, 12, 9)[difficulty - 1]
    a, b, c, e = [
        -d.between(2, most) if d.below(2) else d.between(2, most)
        for most in (first, max(first, 20), max(first, 20), 15)
    ]
    constant = d.between(2, 60) * (1 - 2 * d.below(2))
    condition: tuple[int, ...] = ()
    shapes: tuple[tuple[int, ...], ...]
    whole: tuple[int, ...]
    if hidden == "coefficient" and difficulty <= 3:
        shapes = ((constant, 0, a), (constant, b, a), (constant, b, c, a))
        whole = shapes[difficulty - 1]
        which, ask = "f", ("slope", 0, d.between(2, (30, 20, 9)[difficulty - 1]))
    else:
        # The antiderivative without its constant; the question states its derivative.
        shapes = ((0, 0, a), (0, b, a), (0, b, a), (0, b, c, a), (0, b, c, e, a))
        whole = tuple([power * n for power, n in enumerate(shapes[difficulty - 1])][1:])
        low = 0 if difficulty <= 2 else d.between(1, 5 if difficulty == 3 else 3)
        high = low + d.between(2, (20, 12, 6, 3, 2)[difficulty - 1])
        which, ask = "f'", ("integral", low, high)
        if hidden == "constant":
            ask, condition = ("value", 0, high), (low, constant)
    return {"name": name, "friend": friend, "known": (which, whole, condition), "ask": ask}


def hide(facts: Facts, hidden: str) -> Facts:
    which, coefficients, condition = facts["known"]
    if hidden == "constant":
        return facts | {"known": (which, coefficients, (condition[0], None))}
    return facts | {"known": (which, (*coefficients[:-1], None), condition)}


Terms = list[tuple[int, int]]


def _terms(coefficients: tuple[int, ...]) -> Terms:
    """(power, coefficient), the highest power first, without zeros."""
    return [(n, c) for n, c in enumerate(coefficients) if c][::-1]


def _signed(power: int, c: int) -> str:
    return f"{'-' * (c < 0)}{_term(c, power)}"


def _wrap(text: object) -> str:
    return f"({text})" if str(text).startswith("-") else str(text)


def _listed(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _at(terms: Terms, x: int) -> tuple[str, int]:
    """The terms computed at a point, and their sum."""
    parts, values = [], []
    for power, c in terms:
        value = c * x**power
        values.append(value)
        if power == 0:
            parts.append(str(c))
        elif power == 1:
            parts.append(f"{c} * {x} = {value}")
        elif len(terms) > 1:
            parts.append(f"{c} * {x**power} = {value}")
        else:
            parts.append(f"{c} * {x}^{power} = {c} * {x**power} = {value}")
    total = sum(values)
    text = _listed(parts)
    if len(values) > 1:
        text += f", together {values[0]}{''.join([plus(value) for value in values[1:]])} = {total}"
    return text, total


def _slopes(terms: Terms) -> tuple[str, Terms]:
    """The derivatives of terms, in words and as terms."""
    found = [(power - 1, power * c) for power, c in terms if power]
    parts = [
        f"{power} * {_wrap(_signed(power - 1, c))} = {_signed(power - 1, power * c)}"
        if power > 1
        else str(c)
        for power, c in terms
        if power
    ]
    return _listed(parts), found


def _whole(terms: Terms) -> tuple[str, Terms]:
    """The antiderivative of terms, with the divisions that lead to it, and as terms."""
    found = [(power + 1, c // (power + 1)) for power, c in terms]
    coefficients = [0] * (max(terms)[0] + 2)
    for power, c in found:
        coefficients[power] = c
    parts = [f"{c} / {power + 1} = {c // (power + 1)}" for power, c in terms if power]
    return f"{_polynomial(tuple(coefficients))}, since {_listed(parts)}", found


def forward(facts: Facts) -> Solution:
    (_, coefficients, condition), (kind, begin, high) = facts["known"], facts["ask"]
    terms = _terms(coefficients)
    program = _program(facts)
    if kind == "slope":
        text, slopes = _slopes(terms)
        of, answer = _at(slopes, high)
        lines = [
            f"The slope at {high} comes from {text}, as the constant {coefficients[0]} falls away.",
            f"This makes {of}.",
        ]
        return Solution(answer, "\n".join(lines), program, {"x": _X})
    begin = condition[0] if condition else begin
    text, whole = _whole(terms)
    lines = [f"The growth from {begin} to {high} follows {text}."]
    before = 0
    if begin:
        of, before = _at(whole, begin)
        lines.append(f"At {begin} this makes {of}.")
    of, then = _at(whole, high)
    lines.append(f"At {high} it makes {of}.")
    answer = then - before
    if begin:
        lines.append(f"The difference is {then} - {_wrap(before)} = {answer}.")
    if condition:
        value = condition[1] + answer
        lines.append(
            f"From {condition[1]} on, f comes to {condition[1]} + {_wrap(answer)} = {value}."
        )
        answer = value
    return Solution(answer, "\n".join(lines), program, {"x": _X})


def reverse(facts: Facts, hidden: str) -> Solution:
    (_, coefficients, condition), (kind, low, high) = facts["known"], facts["ask"]
    answer, terms = facts["answer"], _terms(coefficients)
    lines: list[str] = []
    if hidden == "constant":
        begin, k = condition
        text, whole = _whole(terms[::-1])
        of, growth = _at(whole, high)
        lines.append(f"The value of f at {high} is {answer}, and f grew like {text}.")
        lines.append(f"At {high} this is {of}.")
        if begin:
            of, before = _at(whole, begin)
            lines.append(f"Back at {begin} it was {of}.")
            lines.append(f"So f grew by {growth} - {_wrap(before)} = {growth - before}.")
            growth -= before
        lines.append(f"Undo the growth: k = {answer} - {_wrap(growth)} = {k}.")
    else:
        find = _from_slope if kind == "slope" else _from_integral
        k = find(lines, terms, answer, low, high)
    return Solution(k, "\n".join(lines), _program(facts, hidden), {"x": _X, "k": k})


def _from_slope(lines: list[str], terms: Terms, answer: int, low: int, high: int) -> int:
    (power, k), *known = terms
    text, slopes = _slopes(known)
    term, rest = _term(None, power), answer
    derivative = f"{power}k{_term(1, power - 1)}"
    weight = high ** (power - 1)
    if slopes:
        of, made = _at(slopes, high)
        rest -= made
        lines.append(f"The slope {answer} at {high} holds {text} from the known part.")
        if len(slopes) > 1:
            lines.append(f"That is {of}.")
        lines.append(f"So {derivative}, from {term}, makes {answer} - {_wrap(made)} = {rest}.")
        lead = "It"
    else:
        lines.append(f"The slope {answer} comes from {derivative} alone, not from {known[0][1]}.")
        lead = f"At {high} it"
    lines.append(
        f"{lead} is k times {power} * {weight} = {power * weight}: k = {rest} / {power * weight} "
        f"= {k}."
    )
    return k


def _from_integral(lines: list[str], terms: Terms, answer: int, low: int, high: int) -> int:
    (power, k), *known = terms
    text, whole = _whole(known)
    of, then = _at(whole, high)
    n = power + 1
    lines.append(f"The integral {answer} comes from kx^{n} / {n} and {text}.")
    lines.append(f"At {high} they have {of}.")
    of, before = _at(whole, low)
    lines.append(f"At {low} they had {of}.")
    made = then - before
    lines.append(f"So they grow by {then} - {_wrap(before)} = {made}.")
    rest, weight = answer - made, high**n - low**n
    lines.append(
        f"As x^{n} grows by {high**n} - {low**n} = {weight}, and the rest is {answer} - "
        f"{_wrap(made)} = {rest}, k / {n} = {rest} / {weight} = {k // n}."
    )
    lines.append(f"So k = {n} * {_wrap(k // n)} = {k}.")
    return k


def _program(facts: Facts, hidden: str | None = None) -> str:
    (_, coefficients, condition), (kind, low, high) = facts["known"], facts["ask"]
    shown = [str(c) for c in coefficients]
    if hidden == "coefficient":
        shown[-1] = "k"
    numbers = f"[{', '.join(shown)}]"
    if kind == "slope":
        lines = []
        found = f"sum(n * c * {high} ** (n - 1) for n, c in enumerate({numbers}) if n)"
    else:
        lines = [
            "from fractions import Fraction",
            "def grown(terms, x):",
            "    return sum(Fraction(c, n + 1) * x ** (n + 1) for n, c in enumerate(terms))",
        ]
        begin = condition[0] if condition else low
        found = f"grown({numbers}, {high}) - grown({numbers}, {begin})"
        if hidden == "constant":
            found = f"{facts['answer']} - ({found})"
        elif condition:
            found = f"{condition[1]} + {found}"
    if hidden == "coefficient":
        found = f"next(k for k in range(-99, 100) if {found} == {facts['answer']})"
    return "\n".join([*lines, f"print({found})"])


def _asked(facts: Facts, k: int) -> Fraction:
    """What is asked for, with `k` in the place of the unknown.

    The slope comes from a double Horner scheme, the integral from Simpson's rule, which is exact
    up to the third power.
    """
    (_, coefficients, condition), (kind, low, high) = facts["known"], facts["ask"]
    numbers = [k if c is None else c for c in coefficients]
    if kind == "slope":
        return Fraction(_horner(numbers, high)[1])
    begin, value = condition or (low, 0)
    middle = Fraction(begin + high, 2)
    ends = _horner(numbers, begin)[0] + _horner(numbers, high)[0]
    area = (high - begin) * (ends + 4 * _horner(numbers, middle)[0]) / 6
    return Fraction(area + (k if value is None else value))


def _horner(numbers: list[int], x: Any) -> tuple[Any, Any]:
    """The value and the slope at x."""
    value = slope = 0
    for c in reversed(numbers):
        slope = slope * x + value
        value = value * x + c
    return value, slope


def solve_forward(facts: Facts) -> list[int]:
    """By Horner's scheme or Simpson's rule."""
    found = _asked(facts, 0)
    return [int(found)] if found.denominator == 1 else []


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """What is asked for is linear in k: two trials tell where it is the stated number."""
    at_0, at_1 = _asked(facts, 0), _asked(facts, 1)
    found = (facts["answer"] - at_0) / (at_1 - at_0) if at_0 != at_1 else None
    return [int(found)] if found is not None and found.denominator == 1 else []
