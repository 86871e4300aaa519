"""Chinese remainders in stories: things sorted in several sizes, and what each leaves over.

    forward   Ruth has 40 to 48 eggs, and boxes of 9 leave 5 over. How many do
              boxes of 8 leave over?                                                 answer 1
    reverse   Ruth has 40 to 48 eggs, and boxes of 8 leave 1 over. How many do
              boxes of 9 leave over?                                                 answer 5

What is left over by sizes with product P fixes the number of things within any P numbers in a
row. Sizes have no common factors, so the given sizes and the asked one can change places: a
reverse question hides what the first size leaves over, or the first size, which is below 20.
"""

import re
from itertools import combinations, permutations
from math import gcd, prod
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings
from r1k.families.words import PEOPLE, PERSON, THING, THINGS

AREA = "number theory"
SUMMARY = "what one size leaves over, from other sizes; reverse: what they leave, or a size"
VERSION = 1
_MOST = 19  # the largest size

# Of each size how many are left over; None is the unknown size or rest, written k.
Groups = tuple[tuple[Any, Any], ...]


def _show(groups: Groups) -> str:
    parts = [
        f"of {'k' if size is None else size} leave {'k' if rest is None else rest or 'none'}"
        for size, rest in groups
    ]
    last = parts.pop()
    return f"{', '.join(parts)} and {last} over" if parts else f"{last} over"


_PART = re.compile(r"of (\d+|k) leave (\d+|k|none)")


def _read(text: str) -> Groups:
    number = {"k": None, "none": 0}
    return tuple(
        (None if size == "k" else int(size), number[rest] if rest in number else int(rest))
        for size, rest in _PART.findall(text)
    )


SLOTS = {
    "name": PERSON,
    "thing": THING,
    "low": INT,
    "high": INT,
    "groups": Slot(
        r"of \w+ leave \w+(?:(?:, | and )of \w+ leave \w+)* over",
        _show,
        _read,
    ),
    "size": INT,
    "rest": INT,
    "divisor": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} has from {low} to {high} {thing}. When {name.he} fills boxes, boxes {groups}. "
    "How many {thing} do boxes of {size} leave over?",
    "There are at least {low} and at most {high} {thing}. {name} finds that rows {groups}. "
    "How many {thing} would be left over with rows of {size}?",
    "{name} wants piles of {size}. Of the {thing}, {low} to {high} in number, piles {groups}. "
    "How many {thing} will {name.he} have left over?",
    "How many are left over when {name} makes sets of {size} from {name.his} {thing}? There are "
    "{low} to {high} of them, and sets {groups}.",
    "No fewer than {low} and no more than {high} {thing} lie before {name}, and baskets {groups}. "
    "Find how many {thing} baskets of {size} leave over.",
    "If bags {groups}, and {name} has {low} to {high} {thing}, how many {thing} do bags of "
    "{size} leave over?",
    "The number of {name}'s {thing} is between {low} and {high}, both possible. Full crates "
    "{groups}. {name.He} tries crates of {size}. How many {thing} do not fit?",
    "{name} counts {thing} and gets a number from {low} to {high}. Knowing that trays {groups}, "
    "say how many {thing} remain with full trays of {size}.",
)
REVERSE = {
    "rest": phrasings(
        SLOTS,
        "{name} has from {low} to {high} {thing}. When {name.he} fills boxes of {size}, {answer} "
        "of the {thing} stay over, and boxes {groups}. What is k?",
        "There are at least {low} and at most {high} {thing}. {name} finds that rows {groups}, "
        "and that rows of {size} leave {answer} of the {thing} over. How big is the rest k?",
        "The number of {thing} is between {low} and {high}, both possible. Crates of {size} leave "
        "{name} {answer} over, and crates {groups}. Which number is k?",
        "If bags {groups}, bags of {size} leave {answer} over, and {name} has {low} to {high} "
        "{thing}, what is the number k?",
        "{name} makes sets of {size} from {name.his} {thing} and has {answer} over. There are "
        "{low} to {high} {thing}, and sets {groups}. Find k.",
    ),
    "divisor": phrasings(
        SLOTS,
        "{name} has from {low} to {high} {thing}. When {name.he} fills boxes of {size}, {answer} "
        "of the {thing} stay over, and boxes {groups}. Which size below 20 is k?",
        "There are at least {low} and at most {high} {thing}. {name} finds that rows {groups}, "
        "and that rows of {size} leave {answer} of the {thing} over. What is k, less than 20?",
        "The number of {thing} is between {low} and {high}, both possible. Crates of {size} leave "
        "{name} {answer} over, and crates {groups}. Which number below 20 is k?",
        "If bags {groups}, bags of {size} leave {answer} over, and {name} has {low} to {high} "
        "{thing}, what is k, a number below 20?",
        "{name} makes sets of {size} from {name.his} {thing} and has {answer} over. There are "
        "{low} to {high} {thing}, and sets {groups}. Find k, which is below 20.",
    ),
}


def _sizes(low: int, high: int, count: int, most: int) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Sizes without common factors, the asked one last, and how many numbers in a row they tell
    apart, in both directions; the first size and the last are not small."""
    return tuple(
        (sizes, width)
        for chosen in combinations(range(low, high + 1), count)
        if all(gcd(a, b) == 1 for a, b in combinations(chosen, 2))
        for sizes in permutations(chosen)
        if sizes[0] > 4
        and sizes[-1] > 5
        and (width := min(prod(sizes[1:]), prod(sizes[:-1]))) <= most
    )


# By difficulty: the sizes, and the largest number at which a range begins.
_SIZES = (
    (_sizes(6, _MOST, 2, 99), 200),
    (_sizes(4, 13, 3, 70), 400),
    (_sizes(7, 16, 3, 300), 600),
    (_sizes(4, 15, 4, 800), 800),
    (_sizes(3, 16, 5, 1600), 900),
)
# For each number its divisors up to the largest size, as bits.
_DIVISORS = [sum(1 << k for k in range(1, _MOST + 1) if n % k == 0) for n in range(2600)]


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    table, most = _SIZES[difficulty - 1]
    sizes, width = d.choice(table)
    low = d.between(20, most)
    width -= d.below(width // 4)
    some = d.below(width)
    for trial in range(some, some + 99, 11):
        number = low + trial % width
        rests = [number % n for n in sizes]
        rest, asked = rests[0], rests.pop()
        if not rest or not asked or asked in sizes or asked in rests:
            continue  # where an answer is stated, or nothing to state
        if hidden == "divisor":
            # No other size may divide what is left without the rest.
            if _DIVISORS[number - rest] >> rest + 1 == 1 << sizes[0] - rest - 1:
                break
        elif rest not in sizes and rests.count(rest) == 1:
            break
    else:
        return None
    return {
        "name": d.choice(PEOPLE), "thing": d.choice(THINGS), "low": low, "high": low + width - 1,
        "groups": tuple(zip(sizes, rests)), "size": sizes[-1],  # noqa: B905
    }  # fmt: skip


def hide(facts: Facts, hidden: str) -> Facts:
    (size, rest), *others = facts["groups"]
    unknown = (size, None) if hidden == "rest" else (None, rest)
    return facts | {"groups": (unknown, *others)}


def _find(facts: Facts, groups: list[tuple[int, int]], back: bool) -> tuple[list[str], int]:
    """Step through the numbers that leave the first rest until all others fit."""
    low, high = facts["low"], facts["high"]
    step, rest = groups[0]
    alone = len(groups) == 1
    number = low + (rest - low) % step
    product = f"{number // step} * {step}{f' + {rest}' if rest else ''}"
    if back:
        first = "only fits" if alone else "first fits"
        lines = [f"The {rest} over with size {step} {first} {number} = {product}."]
    else:
        first = f"only number from {low} to {high}" if alone else f"first number from {low} on"
        lines = [f"The {first} that leaves {rest} with size {step} is {number} = {product}."]
    if alone:
        return lines, number
    for size, rest in groups[1:]:
        tried = ""
        while (left := number % size) != rest:
            tried += f"{number} mod {size} = {left}, "
            number += step
        tried += f"{number} mod {size} = {rest}"
        start = f"Rise by {step}" if back else f"Step by {step}"
        lines.append(f"{start} until {size} leaves {rest}: {tried}.")
        step *= size
    start = f"That is {number}" if back else f"It is {number}"
    lines.append(f"{start}, as {number} + {step} = {number + step} > {high}.")
    return lines, number


def _program(facts: Facts, groups: list[tuple[int, int]]) -> str:
    tests = " and ".join(f"n % {size} == {rest}" for size, rest in groups)
    return f"n = next(n for n in range({facts['low']}, {facts['high'] + 1}) if {tests})\n"


def forward(facts: Facts) -> Solution:
    groups, size = sorted(facts["groups"], reverse=True), facts["size"]
    lines, number = _find(facts, groups, False)
    rest = number % size
    lines.append(f"With size {size} that is {number} = {number // size} * {size} + {rest}.")
    return Solution(rest, "\n".join(lines), f"{_program(facts, groups)}print(n % {size})")


def reverse(facts: Facts, hidden: str) -> Solution:
    (size, rest), *others = facts["groups"]
    others.sort(reverse=True)
    groups = [(facts["size"], facts["answer"]), *others]
    lines, number = _find(facts, groups, True)
    program = _program(facts, groups)
    if hidden == "rest":
        lines.append(f"Hence {number} = {number // size} * {size} + {rest} gives k = {rest}.")
        return Solution(rest, "\n".join(lines), f"{program}print(n % {size})", {"k": rest})
    whole = f"{number} - {rest} = {number - rest} = {size} * {number // size}"
    lines.append(f"Above {rest} and below 20 only k = {size} divides {whole}.")
    program += f"print(next(k for k in range(1, 20) if n % k == {rest}))"
    return Solution(size, "\n".join(lines), program, {"k": size})


def _numbers(facts: Facts, groups: Groups) -> list[int]:
    """All numbers of things that fit."""
    numbers = list(range(facts["low"], facts["high"] + 1))
    for size, rest in groups:
        numbers = [n for n in numbers if n % size == rest]
    return numbers


def solve_forward(facts: Facts) -> list[int]:
    """Tries every number of things."""
    return sorted({n % facts["size"] for n in _numbers(facts, facts["groups"])})


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Tries every number of things, and every size."""
    (size, rest), *others = facts["groups"]
    numbers = _numbers(facts, ((facts["size"], facts["answer"]), *others))
    if hidden == "rest":
        return sorted({n % size for n in numbers})
    return [k for k in range(1, 20) if any(n % k == rest for n in numbers)]
