"""Numbers in other bases: from one base to another, and results of sums and products.

    forward   Which base-7 number equals the base-10 number 78?                      answer 141
    reverse   The base-7 number 141 equals the base-10 number k. What is k?          answer 78
              The number 141 in base k equals the base-10 number 78. What is k?      answer 7

One number, the sum of two, or a number and a product of two, all in one base (2 to 9, or 10), is
written in another base (2 to 9). A reverse question hides the first number, or the other base.
"""

import re
from collections.abc import Sequence
from math import prod
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings, without
from r1k.families.words import PEOPLE, PERSON

AREA = "number bases"
SUMMARY = "write a number or a result in another base; reverse: the number, or the base"
VERSION = 2

# The base, and in it one number, two that are added, or three: the first and the product of the
# other two are added. None is the unknown number, written k.
Sum = tuple[int, tuple[str | None, ...]]


def _show(what: Sum) -> str:
    base, numbers = what
    first = numbers[0] or "k"
    if len(numbers) == 1:
        return f"the base-{base} number {first}"
    if len(numbers) == 2:
        return f"the sum of the base-{base} numbers {first} and {numbers[1]}"
    product = f"{numbers[1]} times {numbers[2]}"
    return f"the base-{base} number {first} plus the base-{base} product {product}"


_BASE = re.compile(r"base-(\d+)")
_NUMBER = re.compile(r" (\d+|k)(?= |$)")


def _read(text: str) -> Sum:
    found = _BASE.search(text)
    if not found:
        raise ValueError(text)
    return int(found[1]), tuple(None if n == "k" else n for n in _NUMBER.findall(text))


_DIGITS = Slot(r"\d+")
SLOTS = {
    "name": PERSON,
    "friend": PERSON,
    "what": Slot(
        r"the base-\d+ number (?:\d+|k)(?: plus the base-\d+ product \d+ times \d+)?"
        r"|the sum of the base-\d+ numbers (?:\d+|k) and \d+",
        _show,
        _read,
    ),
    "base": INT,
    "number": _DIGITS,
    "answer": _DIGITS,
}
FORWARD = phrasings(
    SLOTS,
    "{name} asks {friend} which base-{base} number equals {what}. What is the right reply?",
    "{name} uses base {base} only. How should {friend} tell {name.him} {what}?",
    "A display in base {base} shows {name} and {friend} {what}. Which digits do they see?",
    "{name} dictates {what} to {friend}, who notes it in base {base}. What does {friend.he} write?",
    "{name}'s planet counts in base {base}. How should {friend} write {what} there?",
    "Change {what} to base {base} for {name} and {friend}.",
    "{name} and {friend} need {what} as a base-{base} number. What is it?",
    "If {name} writes {what} on a board where all is in base {base}, what does {friend} read?",
)
REVERSE = {
    "number": phrasings(
        SLOTS,
        "{name} asks {friend} which base-{base} number equals {what}. The right reply is {answer}. "
        "What is k?",
        "{name} uses base {base} only. {friend} tells {name.him} {what} as {answer}. Find k.",
        "A display in base {base} shows {name} and {friend} {what} as {answer}. Which number is k?",
        "{name} dictates {what} to {friend}, who notes it in base {base} as {answer}. "
        "What does k stand for?",
        "{name}'s planet counts in base {base}. {friend} writes {answer} for {what} there. "
        "What is k?",
    ),
    "base": phrasings(
        SLOTS,
        "{name} asks {friend} in which base {what} is written {answer}. What is the right reply?",
        "{name} uses one base only. {friend} has to tell {name.him} {what} as {answer}. "
        "What is {name.his} base?",
        "A display shows {name} and {friend} {what} as {answer}. In which base does it work?",
        "{name} dictates {what} to {friend}, who notes it as {answer}. In which base does "
        "{friend.he} write?",
        "On {name}'s planet {friend} has to write {answer} for {what}. Which base do people use "
        "there?",
    ),
}

# The powers of each base, and by difficulty the least and the most that a number may be.
_POWERS = [tuple(base**place for place in range(12)) for base in range(11)]
_VALUES = ((10, 999), (100, 1999), (60, 999), (60, 700), (100, 999))


def _divided(value: int, base: int) -> tuple[str, str]:
    """Divisions down to 0, and the digits that remain: 78 = 11 * 7 + 1, ... and 141."""
    small = _SMALL[base]
    if value < len(small):
        return small[value]
    whole, digit = value // base, value % base
    steps, digits = _divided(whole, base)
    return f"{value} = {whole} * {base} + {digit}, {steps}", f"{digits}{digit}"


# By base, what `_divided` gives for the numbers of up to three digits.
_SMALL = {base: [(f"{n} = 0 * {base} + {n}", str(n)) for n in range(base)] for base in range(2, 10)}
for _p, _small in _SMALL.items():
    _small += [_divided(value, _p) for value in range(_p, _p**3)]


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    low, high = _VALUES[difficulty - 1]
    p, q = 10, d.between((3, 2, 4, 4, 4)[difficulty - 1], 9)
    if difficulty >= 3:
        p = d.between(4, 9)
        if p == q:
            return None
    else:
        if q == 2:
            high = 255
        elif difficulty == 1:
            low, high = max(low, q**2), q**3 - 1
        else:
            low, high = max(low, q**3), min(high, q**5 - 1)
        if hidden == "number" and d.below(2):
            p, q = q, 10
    values = [d.between(low, high)]
    if difficulty == 4:
        values.append(d.between(low, high))
    elif difficulty == 5:
        values += [d.between(20, 99), d.between(11, 39)]
    name, friend = d.choice(PEOPLE), d.choice(PEOPLE)
    if name == friend:
        return None
    return {
        "name": name, "friend": friend, "base": q,
        "what": (p, tuple([str(value) if p == 10 else _divided(value, p)[1] for value in values])),
    }  # fmt: skip


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "base":
        return without(facts, "base")
    base, numbers = facts["what"]
    return facts | {"what": (base, (None, *numbers[1:]))}


# What the programs end with where a base is not 10.
_PRINT = {
    base: f"digits = ''\nwhile value:\n    value, digit = divmod(value, {base})\n"
    "    digits = str(digit) + digits\nprint(digits)"
    for base in range(2, 10)
}


def _terms(digits: str, base: int) -> str:
    """The digits times the places: 2 * 49 + 1."""
    powers, place, terms = _POWERS[base], len(digits), ""
    for digit in digits:
        place -= 1
        if digit != "0":
            terms += f" + {digit} * {powers[place]}" if place else f" + {digit}"
    return terms[3:]


def _values(lines: list[str], start: str, then: str, p: int, numbers: Sequence[str]) -> list[int]:
    """The values of numbers in a base, a line for each."""
    values = []
    for number in numbers:
        value = int(number, p)
        lines.append(f"{start} {number}_{p} = {_terms(number, p)} = {value}.")
        values.append(value)
        start = then
    return values


def _result(lines: list[str], values: list[int], back: bool) -> int:
    """The value of the sum, and the lines for it."""
    if len(values) == 1:
        return values[0]
    first, rest, *more = values
    if more:
        start = "Its product is" if back else "Multiply:"
        lines.append(f"{start} {rest} * {more[0]} = {rest * more[0]}.")
        rest *= more[0]
    start = "So its value is" if back else "Together they make"
    lines.append(f"{start} {first} + {rest} = {first + rest}.")
    return first + rest


def _code(p: int, numbers: Sequence[str | None]) -> str:
    """The sum, or what is known of it, in Python."""
    codes = [number if p == 10 else f"int('{number}', {p})" for number in numbers if number]
    if len(numbers) < 3:
        return " + ".join(codes)
    product = " * ".join(codes[-2:])
    return f"{codes[0]} + {product}" if numbers[0] else product


def forward(facts: Facts) -> Solution:
    p, numbers = facts["what"]
    q, code = facts["base"], _code(p, numbers)
    if q == 10:
        number, value = numbers[0], int(numbers[0], p)
        places = ", ".join([str(power) for power in reversed(_POWERS[p][: len(number)])])
        trace = (
            f"The places of {number} in base {p} are worth {places}."
            f"\nSo {number}_{p} = {_terms(number, p)} = {value}."
        )
        return Solution(str(value), trace, f"print({code})")
    lines: list[str] = []
    if p == 10:
        value, start = int(numbers[0]), f"The divisions by {q} give"
    else:
        value = _result(lines, _values(lines, "The number", "Likewise", p, numbers), False)
        start = f"Divide by {q} again and again:"
    steps, answer = _divided(value, q)
    lines.append(f"{start} {steps}.")
    lines.append(f"So {value} = {answer}_{q}, read from the last remainder to the first.")
    return Solution(answer, "\n".join(lines), f"value = {code}\n{_PRINT[q]}")


def reverse(facts: Facts, hidden: str) -> Solution:
    if hidden == "base":
        return _base(facts)
    p, numbers = facts["what"]
    q, answer = facts["base"], facts["answer"]
    number, *others = numbers
    lines: list[str] = []
    value = int(answer, q)
    code = answer if q == 10 else f"int('{answer}', {q})"
    if q != 10:
        lines.append(f"The result {answer}_{q} = {_terms(answer, q)} = {value}.")
    if others:
        rest, *more = _values(lines, "Known is", "Also known is", p, others)
        if more:
            lines.append(f"The known product is {rest} * {more[0]} = {rest * more[0]}.")
            rest *= more[0]
        lines.append(f"For k that leaves {value} - {rest} = {value - rest}.")
        value -= rest
        code += f" - {_code(p, (None, *others))}"
    if p == 10:
        end = f"{value} = {value // q} * {q} + {value % q}"
        lines.append(f"So k = {value}, which ends as it should: {end}.")
        return Solution(number, "\n".join(lines), f"print({code})", {"k": value})
    start = f"Now in base {p}:" if lines else f"The base {p} gives"
    lines.append(f"{start} {_divided(value, p)[0]}.")
    lines.append(f"Hence {value} = {number}_{p}, and k is {number}.")
    return Solution(number, "\n".join(lines), f"value = {code}\n{_PRINT[p]}")


def _base(facts: Facts) -> Solution:
    """The base divides the number without its last digit, and is above all digits."""
    p, numbers = facts["what"]
    q, answer = facts["base"], facts["answer"]
    lines: list[str] = []
    if p == 10:
        value = int(numbers[0])
    else:
        value = _result(
            lines, _values(lines, "The other side has", "It also has", p, numbers), True
        )
    last, most = int(answer[-1]), max(answer)
    whole = value - last
    says = f"This and the last digit {last} say" if lines else f"The last digit {last} says"
    lines.append(f"{says} that the base divides {value} - {last} = {whole}.")
    lines.append(f"It is above {most}, the largest digit of {answer}.")
    for k in range(max(int(most), 1) + 1, q + 1):
        if whole % k == 0:
            less = f" < {value}" if k < q else ""
            start = f"Base {k} is too small" if less else f"Base {k} fits"
            lines.append(f"{start}: {_terms(answer, k)} = {int(answer, k)}{less}.")
    program = (
        f"value = {_code(p, numbers)}\n"
        f"print(next(k for k in range({int(most) + 1}, 37) if int('{answer}', k) == value))"
    )
    return Solution(q, "\n".join(lines), program)


def _horner(digits: str, base: int) -> int | None:
    """The value of digits in a base; None where a digit is not one of that base."""
    value = 0
    for digit in digits:
        if int(digit) >= base:
            return None
        value = value * base + int(digit)
    return value


def _spell(value: int, base: int) -> str:
    """A number in a base, the highest place first."""
    power = 1
    while power * base <= value:
        power *= base
    digits = ""
    while power:
        digits += str(value // power)
        value, power = value % power, power // base
    return digits


def _total(what: Sum) -> int | None:
    """The value of the sum, with 0 for the unknown number."""
    values = [_horner(number, what[0]) if number else 0 for number in what[1]]
    valid = [value for value in values if value is not None]
    if len(valid) < len(values):
        return None
    return valid[0] + (prod(valid[1:]) if valid[1:] else 0)


def solve_forward(facts: Facts) -> list[str]:
    """Evaluates by Horner's rule, and writes the highest place first."""
    value = _total(facts["what"])
    return [] if value is None else [_spell(value, facts["base"])]


def solve_reverse(facts: Facts, hidden: str) -> list[Any]:
    """Subtracts what is known from the result, or tries every base up to 36."""
    known, answer = _total(facts["what"]), facts["answer"]
    if known is None:
        return []
    if hidden == "base":
        return [base for base in range(2, 37) if _horner(answer, base) == known]
    value = _horner(answer, facts["base"])
    return [_spell(value - known, facts["what"][0])] if value and value > known else []
