"""Percentages one after the other: a price or a number of people rises and falls, or a bill gets a
discount, a tax and a tip.

    forward   The price of a sofa was 350 euros. It rose by 20%, then fell by 10%.
              What is it now?                                                       answer 378
    reverse   The price of a sofa rose by 20%, then fell by p%, from 350 to 378 euros.
              What is p?                                                            answer 10

A change is (kind, amount, unit); the unit is "%", or that of the quantity itself ("rose by 45
euros", from difficulty 4 on). A reverse question hides the value at the start, or a percentage.
"""

import re
from collections.abc import Sequence
from math import gcd
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings, without
from r1k.families.words import PEOPLE, PERSON, word_slot

AREA = "percentages"
SUMMARY = "a value after several changes by percentages; reverse: the value before, or one of them"
VERSION = 3
MONEY = (" dollars", " euros", " pounds", " pesos", " rupees", " francs", " crowns")

# The amount None is the unknown percentage, written p.
Changes = Sequence[tuple[str, Any, str]]
# How a change is told before and after its amount, and whether it adds or takes away.
_KINDS = {
    "rise": ("rose by", "", 1),
    "fall": ("fell by", "", -1),
    "discount": ("fell by", " with a discount", -1),
    "voucher": ("fell by", " with a voucher", -1),
    "fee": ("rose by", " with a fee", 1),
    "tax": ("rose by", " with the tax", 1),
    "tip": ("rose by", " with the tip", 1),
}
_RISE, _FALL, _DISCOUNT, _VOUCHER, _FEE, _TAX, _TIP = _KINDS
_SIGN = {kind: sign for kind, (_, _, sign) in _KINDS.items()}
_RATES = {
    _RISE: (4, 5, 6, 8, 10, 12, 14, 15, 16, 20, 24, 25, 30, 35, 40, 45, 50, 60, 75),
    _FALL: (4, 5, 6, 8, 10, 12, 15, 16, 20, 24, 25, 30, 35, 36, 40, 45, 50, 55, 60, 75),
    _DISCOUNT: (5, 8, 10, 12, 15, 20, 25, 30, 35, 40, 45, 50, 60),
    _TAX: (4, 5, 6, 8, 10, 12, 15, 16, 18, 20, 24),
    _TIP: (4, 5, 6, 8, 10, 12, 15, 16, 18, 20),
}
# The changes of a bill, in their usual order.
_BILLS = (
    ((_DISCOUNT,), (_TAX,), (_TIP,)),
    ((_DISCOUNT, _TAX), (_DISCOUNT, _TIP), (_TAX, _TIP)),
    ((_DISCOUNT, _TAX, _TIP), (_DISCOUNT, _FEE, _TIP), (_DISCOUNT, _VOUCHER, _TAX)),
    ((_DISCOUNT, _VOUCHER, _TAX, _TIP), (_DISCOUNT, _FEE, _TAX, _TIP)),
    (
        (_DISCOUNT, _VOUCHER, _DISCOUNT, _FEE, _TAX, _TIP),
        (_DISCOUNT, _FEE, _DISCOUNT, _VOUCHER, _TAX, _TIP),
    ),
)
# What a change by so many percent multiplies by: (6, 5), and 120/100 = 6/5.
_PARTS = {rate: ((100 + rate) // gcd(rate, 100), 100 // gcd(rate, 100)) for rate in range(-90, 91)}
_FACTORS = {
    rate: f"{100 + rate}/100" + (f" = {top}/{bottom}" if bottom < 100 else "")
    for rate, (top, bottom) in _PARTS.items()
}
# For each kind the orders to try its rates in: from any one on. Each with its parts.
_ORDERS = {
    kind: [
        [(rate, *_PARTS[_SIGN[kind] * rate]) for rate in rates[first:] + rates[:first]]
        for first in range(len(rates))
    ]
    for kind, rates in _RATES.items()
}

_BILL = """
the bill at a restaurant/the hotel bill/the cost of a banquet/the bill for a birthday dinner
the cost of a boat tour/the bill for a wedding party/the price of a guided tour
the bill at a tea house/the cost of a long taxi ride/the bill for a picnic basket
the price of a cooking class/the cost of a garden party
"""
_PRICED = """
the price of a sofa/the price of a bicycle/the price of a camera/the price of a laptop
the price of a guitar/the price of a carpet/the price of a painting/the price of a tent
the price of a telescope/the price of a wardrobe/the price of a violin/the price of a drone
the price of a printer/the price of a boat/the price of a scooter/the price of a fridge
the price of a ring/the price of a sewing machine/the price of a statue/the price of a kayak
the rent of a flat/the fee for a course/the budget of a festival/the monthly wage of a baker
the value of a stamp collection/the daily income of a market stall
"""
_COUNTED = """
the population of a village/the population of an island/the number of members in a choir
the number of visitors to a museum/the number of bees in a hive/the number of fish in a lake
the number of books in a library/the number of readers of a newspaper
the number of trees in a park/the number of fans of a band/the number of birds on a reserve
the number of students at a college/the number of players in a league
the number of followers of a blog/the number of passengers on a ferry line
the number of sheep on a farm/the number of users of a game/the number of ants in a nest
"""
_MEASURED = {
    "the grain in a barn": " kg",
    "the yearly yield of a vineyard": " litres",
    "the monthly output of a mine": " tonnes",
    "the water in a cistern": " litres",
    "the oil in a tank": " litres",
    "the load of a barge": " tonnes",
    "the wool in a warehouse": " kg",
    "the yearly harvest of a farm": " tonnes",
    "the coffee in a store room": " kg",
}


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.strip().replace("\n", "/").split("/"))


_BILL_SUBJECTS, _PRICED_SUBJECTS, _COUNTED_SUBJECTS = map(_lines, (_BILL, _PRICED, _COUNTED))
_MEASURED_SUBJECTS = tuple(_MEASURED)


def _show(changes: Changes) -> str:
    parts = []
    for kind, amount, unit in changes:
        before, after, _ = _KINDS[kind]
        parts.append(f"{before} {'p' if amount is None else amount}{unit}{after}")
    return ", then ".join(parts)


_UNITS = (*MONEY, *sorted(set(_MEASURED.values())))
_WHY = "|".join(after for _, after, _ in _KINDS.values() if after)
_CHANGE = rf"(?:rose|fell) by (?:\d+|p)(?:%|{'|'.join(_UNITS)}|)(?:{_WHY}|)"
_SPLIT = re.compile(_CHANGE.replace("(?:", "("))


def _read(text: str) -> Changes:
    changes = []
    for part in text.split(", then "):
        match = _SPLIT.fullmatch(part)
        assert match
        verb, amount, unit, why = match.groups("")
        kind = why.split()[-1] if why else _RISE if verb == "rose" else _FALL
        changes.append((kind, None if amount == "p" else int(amount), unit))
    return tuple(changes)


SLOTS = {
    "name": PERSON,
    "subject": word_slot(
        (*_BILL_SUBJECTS, *_PRICED_SUBJECTS, *_COUNTED_SUBJECTS, *_MEASURED_SUBJECTS),
        "the [a-z ]+",
    ),
    "unit": one_of(("", *_UNITS), cosmetic=True),
    "changes": Slot(rf"{_CHANGE}(?:, then {_CHANGE})*", _show, _read),
    "start": INT,
    "rate": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} notes that {subject} was {start}{unit} at first. It {changes}. What was it in the end?",
    "In {name}'s notebook {subject} began at {start}{unit}. After that it {changes}. "
    "Where did it stand then?",
    "At first {subject} was {start}{unit}, as {name} remembers. It {changes}. How much is it now?",
    "{name} kept an eye on {subject}, which {changes}. It had been {start}{unit} before. "
    "What was it at the end?",
    "What did {subject} come to in the end, if {name} saw that it was {start}{unit} and then "
    "{changes}?",
    "A report by {name} says that {subject} {changes}. It had started at {start}{unit}. "
    "Which value did it reach?",
    "Starting from {start}{unit}, {subject} {changes}. Which final value should {name} write down?",
    "{name} has to work out what became of {subject}: it was {start}{unit} and {changes}. "
    "Find its last value.",
    "Suppose that {subject} {changes}. Tell {name} how much it was after this, given that it was "
    "{start}{unit} at the outset.",
)
REVERSE = {
    "start": phrasings(
        SLOTS,
        "{name} notes that {subject} {changes}. In the end it was {answer}{unit}. "
        "What was it at first?",
        "In {name}'s notebook {subject} stood at {answer}{unit} at last. Before that it {changes}. "
        "Where did it begin?",
        "Today {subject} is {answer}{unit}, as {name} knows. Before that it {changes}. "
        "How much was it originally?",
        "What was {subject} at the outset, if it {changes} and {name} then found it at "
        "{answer}{unit}?",
        "A report by {name} says that {subject} {changes} and so reached {answer}{unit}. "
        "From which value did it start?",
    ),
    "rate": phrasings(
        SLOTS,
        "{name} notes that {subject} was {start}{unit} at first. It {changes}. In the end it was "
        "{answer}{unit}. What is p?",
        "Starting from {start}{unit}, {subject} {changes}. It ended at {answer}{unit}, but {name} "
        "cannot read the percentage p any more. Find it.",
        "At the outset {subject} was {start}{unit}. Then it {changes}, and now {name} finds "
        "it at {answer}{unit}. Which number is p?",
        "{name} saw that {subject} {changes}, which led from {start}{unit} to {answer}{unit}. "
        "Work out p.",
        "Which p fits, if {name} reports that {subject} {changes}, and so went from "
        "{start}{unit} to {answer}{unit}?",
    ),
}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    group, unit = d.below(7), d.choice(MONEY)
    if group == 0:
        subject = d.choice(_BILL_SUBJECTS)
    elif group < 3:
        subject, unit = d.choice(_COUNTED_SUBJECTS), ""
    elif group == 3:
        subject = d.choice(_MEASURED_SUBJECTS)
        unit = _MEASURED[subject]
    else:
        subject = d.choice(_PRICED_SUBJECTS)
    if group == 0:
        kinds = d.choice(_BILLS[difficulty - 1])
        whole = [place for place, kind in enumerate(kinds) if kind in (_VOUCHER, _FEE)]
    else:
        kinds = tuple([d.choice((_RISE, _FALL)) for _ in range((1, 2, 3, 4, 6)[difficulty - 1])])
        whole = [d.between(2 * i + 1, 2 * i + 2) for i in range(max(0, difficulty - 3))]
    if difficulty == 1:
        # Any percentage, and a start that suits it.
        rate = d.choice(_RATES[kinds[0]]) if group == 0 else d.between(2, 60)
        bottom = _PARTS[rate * _SIGN[kinds[0]]][1]
        start = bottom * d.between(-(-40 // bottom), min(120, 2000 // bottom))
        changes = [(kinds[0], rate, "%")]
    else:
        start = 20 * d.between(5, 240)
        changes = _changes(d, start, kinds, whole, unit)
        if not changes:
            return None
    return {
        "name": d.choice(PEOPLE), "subject": subject, "unit": unit, "start": start,
        "changes": tuple(changes),
    }  # fmt: skip


def _changes(
    d: Draw, value: int, kinds: Sequence[str], whole: Sequence[int], unit: str
) -> list[tuple[str, Any, str]]:
    """Changes of these kinds, all of them exact; those at the places `whole` are not in percent.

    None are found where some percentage cannot be taken.
    """
    changes = []
    for place, kind in enumerate(kinds):
        if place in whole:
            sign = _SIGN[kind]
            # A round number again, so that the next percentages come out exactly.
            step = 20 if value < 1000 else 40 if value < 3000 else 100
            amount = step * d.between(1, max(1, value // (3 * step))) + sign * (-value % step)
            if amount < 2:
                return []
            changes.append((kind, amount, unit))
            value += sign * amount
            continue
        for rate, top, bottom in d.choice(_ORDERS[kind]):
            if value % bottom == 0 and (value // bottom < 1000 or top < 10):
                changes.append((kind, rate, "%"))
                value = value // bottom * top
                break
        else:
            return []
        if not 20 <= value < 20000:
            return []
    return changes


def _place(changes: Changes) -> int:
    """Which percentage a reverse question hides: any, but always the same of one problem."""
    places, total = [], 0
    for place, (_, amount, unit) in enumerate(changes):
        if unit == "%":
            places.append(place)
            total += amount
    return places[total % len(places)]


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "start":
        return without(facts, hidden)
    changes = facts["changes"]
    at = _place(changes)
    kind, _, unit = changes[at]
    return facts | {"changes": (*changes[:at], (kind, None, unit), *changes[at + 1 :])}


def _scaled(value: int, top: int, bottom: int) -> tuple[int, str]:
    """top/bottom of a value, and how it is found: 350 / 5 * 6 = 70 * 6 = 420."""
    part = value // bottom
    whole = part * top
    if top == 1:
        return whole, f"{value} / {bottom} = {whole}"
    if bottom == 1:
        return whole, f"{value} * {top} = {whole}"
    return whole, f"{value} / {bottom} * {top} = {part} * {top} = {whole}"


def forward(facts: Facts) -> Solution:
    lines: list[str] = []
    program = [f"value = {facts['start']}"]
    value = _follow(facts["changes"], facts["start"], "To apply", "value", lines, program)
    lines.append(f"So in the end it was {value}{facts['unit']}.")
    return Solution(value, "\n".join(lines), "\n".join([*program, "print(value)"]))


def _follow(
    changes: Changes, value: int, opening: str, variable: str, lines: list[str], program: list[str]
) -> int:
    """The value after these changes; each has a line, whose opening may name the value before."""
    for kind, amount, unit in changes:
        first = opening.format(value)
        more = amount if _SIGN[kind] > 0 else -amount
        mark, step = ("+", "add") if more > 0 else ("-", "subtract")
        if unit == "%":
            value, found = _scaled(value, *_PARTS[more])
            step = f"multiply by {_FACTORS[more]}"
            program.append(f"{variable} {mark}= {variable} * {amount} // 100")
        else:
            before, value = value, value + more
            found = f"{before} {mark} {amount} = {value}"
            program.append(f"{variable} {mark}= {amount}")
        lines.append(f"{first} the {kind} of {amount}{unit}, {step}: {found}.")
    return value


def _undo(changes: Changes, value: int, lines: list[str], program: list[str]) -> int:
    for kind, amount, unit in reversed(changes):
        more = amount if _SIGN[kind] > 0 else -amount
        if unit == "%":
            top, bottom = _PARTS[more]
            value, found = _scaled(value, bottom, top)
            step = f"divide by {_FACTORS[more]}"
            program.append(f"value = value * 100 // {100 + more}")
        else:
            mark, step = ("-", "subtract") if more > 0 else ("+", "add")
            after, value = value, value - more
            found = f"{after} {mark} {amount} = {value}"
            program.append(f"value {mark}= {amount}")
        lines.append(f"To undo the {kind} of {amount}{unit}, {step}: {found}.")
    return value


def reverse(facts: Facts, hidden: str) -> Solution:
    changes, value = facts["changes"], facts["answer"]
    lines: list[str] = []
    program = [f"value = {value}"]
    if hidden == "start":
        value = _undo(changes, value, lines, program)
        lines.append(f"So at first it was {value}{facts['unit']}.")
        return Solution(value, "\n".join(lines), "\n".join([*program, "print(value)"]))
    at = _place(changes)
    kind = changes[at][0]
    after = _undo(changes[at + 1 :], value, lines, program)
    program.append(f"before = {facts['start']}")
    before = _follow(changes[:at], facts["start"], "To carry {} through", "before", lines, program)
    if _SIGN[kind] > 0:
        high, low, verb, change = after, before, "added", "value - before"
    else:
        high, low, verb, change = before, after, "took away", "before - value"
    gap = high - low
    rate = gap * 100 // before
    common = gcd(rate, 100)
    share = f"{gap}/{before}" + (f" = {rate // common}/{100 // common}" if common > 1 else "")
    lines.append(
        f"To get from {before} to {after}, the {kind} of p% {verb} {high} - {low} = {gap}."
    )
    lines.append(f"Of {before} this is {share} = {rate}/100, so p = {rate}.")
    program.append(f"print(({change}) * 100 // before)")
    return Solution(rate, "\n".join(lines), "\n".join(program), {"p": rate})


def _end(start: int, changes: Changes) -> tuple[int, int]:
    """The last value, as a fraction that is never reduced."""
    top, bottom = start, 1
    for kind, amount, unit in changes:
        if unit == "%":
            top, bottom = top * (100 + _SIGN[kind] * amount), bottom * 100
        else:
            top += _SIGN[kind] * amount * bottom
    return top, bottom


def solve_forward(facts: Facts) -> list[int]:
    """All multiplications first, one division at the end."""
    top, bottom = _end(facts["start"], facts["changes"])
    return [top // bottom] if top % bottom == 0 else []


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """The end is linear in the start: two trials, 0 and 1, tell which start fits. Of the
    percentages every one is tried."""
    changes, answer = facts["changes"], facts["answer"]
    if hidden == "start":
        at_0, bottom = _end(0, changes)
        slope = _end(1, changes)[0] - at_0
        rest = answer * bottom - at_0
        return [rest // slope] if slope and rest % slope == 0 else []
    at = next(place for place, change in enumerate(changes) if change[1] is None)
    kind, _, unit = changes[at]
    before, after = changes[:at], changes[at + 1 :]
    found = []
    for rate in range(1, 101):
        top, bottom = _end(facts["start"], (*before, (kind, rate, unit), *after))
        if top == answer * bottom:
            found.append(rate)
    return found
