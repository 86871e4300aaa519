"""Mixtures: the percentage of a substance after solutions, alloys or blends are put together.

    forward   Mina puts 300 g of syrup with 20% sugar and 200 g of syrup with 45% sugar into an
              empty jar. What percentage of sugar does the syrup in it have?         answer 30
    reverse   Mina puts x g of syrup with 20% sugar and 200 g of syrup with 45% sugar into an
              empty jar. The syrup in it then has 30% sugar. What is x?              answer 300

A reverse question hides the amount of the first part, or how much of the substance it holds.
"""

import re
from collections.abc import Sequence
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON, Wording, word_slot

AREA = "rates"
SUMMARY = "percentage of a mixture; reverse: the amount of a part, or what it holds"
VERSION = 2

# The mixture, what is counted in it, what it is thinned with, and the unit of amounts.
_SORTS = """
syrup/sugar/water/g lotion/glycerol/water/ml coolant/glycol/water/litres alloy/nickel/copper/kg
solder/tin/lead/g coffee/Arabica/Robusta/g flour/rye/wheat/kg soil/compost/sand/kg
mortar/cement/sand/kg punch/juice/tea/ml paint/pigment/oil/g fuel/ethanol/petrol/litres
ink/dye/water/ml perfume/essence/alcohol/ml yarn/wool/cotton/kg feed/maize/barley/kg
tea/mint/verbena/g spice/paprika/pepper/g gravel/basalt/granite/kg plaster/gypsum/lime/kg
muesli/spelt/barley/g chocolate/cocoa/sugar/g cleaner/alcohol/water/ml glaze/quartz/clay/g
mulch/bark/straw/kg fertilizer/potash/lime/kg
"""
# For g and ml, and for kg and litres.
_SMALL = ("jar", "bowl", "tub", "pot", "tin", "bucket", "basin", "can")
_LARGE = ("vat", "tank", "bin", "silo", "hopper", "container", "bunker", "trough")


class Sort(Wording):
    """A mixture; `pure` is what is counted in it, `plain` what thins it, `unit` that of amounts."""

    pure: str
    plain: str
    unit: str


def _sort(entry: str) -> Sort:
    name, pure, plain, unit = entry.split("/")
    sort = Sort(name)
    sort.pure, sort.plain, sort.unit = pure, plain, unit
    return sort


SORTS = tuple(map(_sort, _SORTS.split()))
_KNOWN = {str(sort): sort for sort in SORTS}

# (amount, kind, number): the number is a percentage where the kind is "percent", and an amount
# where it is "content"; a "pure" or "plain" part has 100 or 0 percent. None is written x.
Part = tuple[Any, str, Any]
Mix = tuple[Sort, tuple[Part, ...]]


def _show(mix: Mix) -> str:
    sort, parts = mix
    unit, pure, of = sort.unit, sort.pure, f"{sort.unit} of {sort} with"
    said = []
    for amount, kind, number in parts:
        a, n = "x" if amount is None else amount, "x" if number is None else number
        if kind == "percent":
            said.append(f"{a} {of} {n}% {pure}")
        elif kind == "content":
            said.append(f"{a} {of} {n} {unit} of {pure} in it")
        else:
            said.append(f"{a} {unit} of {f'pure {pure}' if kind == 'pure' else sort.plain}")
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


_READ = re.compile(
    r"(\d+|x) [a-z]+ of (\w+)(?: with (?:(\d+|x)% \w+|(\d+|x) [a-z]+ of \w+ in it)| (\w+)|)"
    r"(?=, | and |$)"
)


def _number(text: str) -> int | None:
    return None if text == "x" else int(text)


def _read(text: str) -> Mix:
    parts: list[Part] = []
    sort = ""
    for amount, what, percent, content, pure in _READ.findall(text):
        sort = sort or what
        if percent:
            part: Part = (_number(amount), "percent", _number(percent))
        elif content:
            part = (_number(amount), "content", _number(content))
        else:
            part = (_number(amount), "pure", 100) if pure else (_number(amount), "plain", 0)
        parts.append(part)
    return _KNOWN[sort], tuple(parts)


_PART = (
    r"(?:\d+|x) [a-z]+ of (?:pure )?[A-Za-z]+"
    r"(?: with (?:\d+|x)(?:%| [a-z]+ of) [A-Za-z]+(?: in it)?)?"
)
SLOTS = {
    "name": PERSON,
    "sort": word_slot(SORTS, "[a-z]+"),
    "vessel": one_of(_SMALL + _LARGE, cosmetic=True),
    "mix": Slot(rf"{_PART}(?:(?:, | and ){_PART}){{0,3}}", _show, _read),
    "amount": INT,
    "content": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} puts {mix} into an empty {vessel}. What percentage of {sort.pure} does the {sort} in "
    "it have?",
    "What percentage of {sort.pure} is in the {vessel} of {sort} that {name} gets from {mix}?",
    "In a {vessel} for {sort}, {name} has {mix}. What percentage of the whole is {sort.pure}?",
    "To prepare a {vessel} of {sort}, {name} takes {mix}. Work out its percentage of {sort.pure}.",
    "{name} needs a label for a {vessel} of {sort}. It consists of {mix}. What percentage of "
    "{sort.pure} should be stated?",
    "A {vessel} of {sort} by {name} consists of {mix}. Find its content of {sort.pure} in percent.",
    "For {name}'s {sort}, a {vessel} now holds {mix}. What percentage of it is {sort.pure}?",
    "{name} has filled a {vessel} with {mix}. What percentage of the {sort} is {sort.pure}?",
)
_BACK = phrasings(
    SLOTS,
    "{name} puts {mix} into an empty {vessel}. The {sort} in it then has {answer}% {sort.pure}. "
    "What is x?",
    "From {mix}, {name} gets a {vessel} of {sort} with {answer}% {sort.pure}. Find x.",
    "In a {vessel} for {sort}, {name} has {mix}. How much is x, if {answer}% of the whole is "
    "{sort.pure}?",
    "To prepare a {vessel} of {sort} with {answer}% {sort.pure}, {name} takes {mix}. Work out x.",
    "{name} states {answer}% {sort.pure} on the label for a {vessel} of {sort}. It consists of "
    "{mix}. What must x be?",
    "A {vessel} of {sort} by {name} has {answer}% {sort.pure} and consists of {mix}. Which number "
    "is x?",
    "For {name}'s {sort}, a {vessel} now holds {mix}. The whole is {answer}% {sort.pure}. What "
    "is x?",
    "{name} has filled a {vessel} with {mix}. If {answer}% of the {sort} is {sort.pure}, find x.",
)
REVERSE = {"amount": _BACK, "content": _BACK}

# The parts beside the first one.
_KINDS = {
    3: (("pure",), ("plain",)),
    4: (("percent",),),
    5: (("percent", "percent"), ("percent", "pure"), ("percent", "plain")),
}
# Amounts are multiples of the first number, percentages of the second: so each part holds a whole
# number of the substance.
_GRIDS = ((100, 1), (50, 2), (25, 4), (20, 5), (40, 5), (60, 5), (10, 10))


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    grid, step = d.choice(_GRIDS)
    drawn = _told if difficulty < 3 else _percentages
    parts = drawn(d, difficulty, grid, step, hidden)
    if not parts:
        return None
    name, sort = d.choice(PEOPLE), d.choice(SORTS)
    vessel = d.choice(_SMALL if sort.unit in ("g", "ml") else _LARGE)
    return {"name": name, "sort": sort, "vessel": vessel, "mix": (sort, tuple(parts))}


def _told(d: Draw, difficulty: int, grid: int, step: int, hidden: str) -> list[Part] | None:
    """A part of which the content is told; at difficulty 2 another, pure or without any."""
    total = grid * d.between(2, 1200 // grid)
    content = total * step * d.between(1, 95 // step) // 100
    if difficulty == 1:
        return [(total, "content", content)]
    more = grid * d.between(1, max(1, total // grid // 2))
    pure = d.below(2) == 1 and more < content
    if not pure and content + more >= total:
        return None
    left = content - more if pure else content
    return [(total - more, "content", left), (more, "pure", 100) if pure else (more, "plain", 0)]


def _percentages(d: Draw, difficulty: int, grid: int, step: int, hidden: str) -> list[Part] | None:
    """Parts with percentages; that of the first makes the percentage of the whole a whole one."""
    most = min(9 if difficulty == 5 else 12, 800 // grid)
    first = total = d.between(1, most)
    amount, held, parts = grid * first, 0, []
    said, others = [amount], []
    for kind in d.choice(_KINDS[difficulty]):
        number = 100 if kind == "pure" else 0
        if kind == "percent":
            number = step * d.between(1, 95 // step)
        weight = d.between(1, most)
        more = grid * weight
        if number in others or (more == amount and hidden == "amount"):
            return None  # two parts would be alike, or the hidden amount be told
        total += weight
        held += weight * number
        parts.append((more, kind, number))
        said.append(more)
        others.append(number)
    said += others
    whole = [n for n in range(step, 100, step) if (held + first * n) % total == 0]
    # It is none of the others' and not that of the whole, or any amount of it would do; and that
    # of the whole stands nowhere in the question.
    fitting = []
    for number in whole:
        share = (held + first * number) // total
        if share != number and share not in said and number not in others:
            fitting.append(number)
    return [(amount, "percent", d.choice(fitting)), *parts] if fitting else None


def hide(facts: Facts, hidden: str) -> Facts:
    sort, ((amount, kind, number), *others) = facts["mix"]
    first = (None, kind, number) if hidden == "amount" else (amount, kind, None)
    return facts | {"mix": (sort, (first, *others))}


def _sum(numbers: Sequence[int]) -> str:
    return " + ".join(map(str, numbers))


def _bracket(numbers: Sequence[int]) -> str:
    return f"({_sum(numbers)})" if len(numbers) > 1 else str(numbers[0])


def _held(part: Part) -> tuple[int, str, str]:
    """How much of the substance is in a part; the sum that finds it, and that of a program."""
    amount, kind, number = part
    if kind == "content":
        return number, "", str(number)
    if kind != "percent":
        return (amount, "", str(amount)) if kind == "pure" else (0, "", "")
    product = amount * number
    held = product // 100
    return (
        held,
        f"{amount} * {number} / 100 = {product} / 100 = {held}",
        f"{amount} * {number} // 100",
    )


def forward(facts: Facts) -> Solution:
    sort, parts = facts["mix"]
    unit, pure = sort.unit, sort.pure
    lines, held, program = [], [], []
    for part in parts:
        amount, kind, number = part
        has, how, formula = _held(part)
        if kind == "percent":
            lines.append(f"The {amount} {unit} with {number}% hold {how} {unit} of {pure}.")
        elif kind == "content":
            lines.append(f"The {amount} {unit} of {sort} hold {has} {unit} of {pure}.")
        elif kind == "plain":
            lines.append(f"The {sort.plain} adds no {pure}.")
            continue
        held.append(has)
        program.append(formula)
    content, amounts = sum(held), [part[0] for part in parts]
    total, sum_ = sum(amounts), _sum(amounts)
    if len(held) > 1:
        lines.append(f"All the {pure} is {_sum(held)} = {content} {unit}.")
    if len(parts) > 1:
        lines.append(f"All the {sort} is {sum_} = {total} {unit}.")
    share = content * 100 // total
    whole = f"{content} * 100 / {total} = {content * 100} / {total} = {share}"
    lines.append(f"So the share is {whole} percent.")
    text = f"pure = {' + '.join(program)}\ntotal = {sum_}\nprint(pure * 100 // total)"
    return Solution(share, "\n".join(lines), text)


def reverse(facts: Facts, hidden: str) -> Solution:
    if hidden == "content":
        return _content(facts)
    return _amount(facts) if facts["mix"][1][0][1] == "content" else _balance(facts)


def _content(facts: Facts) -> Solution:
    """What the first part holds: all that the final mixture holds, without what the others do."""
    (sort, parts), percent = facts["mix"], facts["answer"]
    (first, kind, x), *others = parts
    unit, pure, amounts = sort.unit, sort.pure, [part[0] for part in parts]
    total = sum(amounts)
    left = total * percent // 100
    makes = f"{_sum(amounts)} = {total}" if others else str(total)
    found = f"{total} * {percent} / 100 = {total * percent} / 100 = {left}"
    equals = "" if others else "x = "
    lines = [f"The {sort} is {makes} {unit} in all."]
    lines.append(f"The {pure} in it is {equals}{found} {unit}.")
    program = [f"pure = {_bracket(amounts)} * {percent} // 100"]
    equals = "x = " if kind == "content" else ""
    for part in others:
        amount, other, number = part
        held, how, formula = _held(part)
        if other == "plain":
            so = f", so x = {left}" if equals else ""
            lines.append(f"The {amount} {unit} of {sort.plain} hold no {pure}{so}.")
            continue
        rest = f"{equals}{left} - {held} = {left - held}"
        if how:
            lines.append(f"Of this, the {amount} {unit} with {number}% have {how}.")
            lines.append(f"That leaves {rest} {unit}.")
        else:
            lines.append(f"Without the pure {pure} it is {rest} {unit}.")
        program.append(f"pure -= {formula}")
        left -= held
    if kind == "percent":
        share = f"{left} * 100 / {first} = {left * 100} / {first} = {x}"
        lines.append(f"In {first} {unit} this is x = {share} percent.")
    program.append("print(pure)" if kind == "content" else f"print(pure * 100 // {first})")
    return Solution(x, "\n".join(lines), "\n".join(program), {"x": x})


def _amount(facts: Facts) -> Solution:
    """The amount of the first part, whose content is told: all that is held is a share of all."""
    (sort, parts), percent = facts["mix"], facts["answer"]
    (x, _, content), *others = parts
    unit, pure = sort.unit, sort.pure
    held = [content, *(amount for amount, kind, _ in others if kind == "pure")]
    makes = f"{_sum(held)} = {sum(held)}" if len(held) > 1 else str(content)
    total = sum(held) * 100 // percent
    whole = f"{sum(held)} * 100 / {percent} = {sum(held) * 100} / {percent} = {total}"
    lines = [f"The {pure} is {makes} {unit}, which is {percent}% of all the {sort}."]
    program = [f"total = {_bracket(held)} * 100 // {percent}"]
    if others:
        amount, kind, _ = others[0]
        what = f"pure {pure}" if kind == "pure" else sort.plain
        lines.append(f"So all the {sort} is {whole} {unit}.")
        lines.append(f"Without the {what} it is x = {total} - {amount} = {x} {unit}.")
        program.append(f"print(total - {amount})")
    else:
        lines.append(f"So all of it is x = {whole} {unit}.")
        program.append("print(total)")
    return Solution(x, "\n".join(lines), "\n".join(program), {"x": x})


def _balance(facts: Facts) -> Solution:
    """The amount of the first part, whose percentage is told: it must balance the others."""
    (sort, parts), percent = facts["mix"], facts["answer"]
    (x, _, first), *others = parts
    unit = sort.unit
    lines = [f"The parts above and below {percent}% must balance."]
    weights, program = [], []
    for amount, kind, number in others:
        what = f"with {number}%"
        if kind != "percent":
            what = f"of {f'pure {sort.pure}' if kind == 'pure' else sort.plain}"
        gap = number - percent
        points = f"{number} - {percent} = {gap} points above"
        if gap < 0:
            gap = -gap
            points = f"{percent} - {number} = {gap} points below"
        lines.append(f"The {amount} {unit} {what} are {points}: {amount} * {gap} = {amount * gap}.")
        weights.append(amount * (number - percent))
        program.append(f"{amount} * ({number} - {percent})")
    over = sum(weights)
    side, other = ("above", "below") if over > 0 else ("below", "above")
    if len(others) > 1:
        big, small = sorted(map(abs, weights), reverse=True)
        sign = "+" if big + small == abs(over) else "-"
        lines.append(f"Together they count {big} {sign} {small} = {abs(over)} {side}.")
    high, low = max(first, percent), min(first, percent)
    gap = f"{high} - {low} = {high - low} points {other}"
    lines.append(f"The first part is on the other side, {gap}.")
    lines.append(f"So x = {abs(over)} / {high - low} = {x} {unit} of it balance the rest.")
    text = f"over = {' + '.join(program)}\nprint(over // ({percent} - {first}))"
    return Solution(x, "\n".join(lines), text, {"x": x})


def _over(part: Part, percent: int) -> int:
    """A hundred times what a part has more of the substance than it would at that percentage."""
    amount, kind, number = part
    held = 100 * number if kind == "content" else amount * number
    return int(held - amount * percent)


def solve_forward(facts: Facts) -> list[int]:
    """Tries every percentage: with the right one, excess and lack of the parts cancel."""
    parts = facts["mix"][1]
    return [p for p in range(101) if sum(_over(part, p) for part in parts) == 0]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Tries every number to 3,000, or every percentage, for the first part."""
    percent, ((amount, kind, number), *others) = facts["answer"], facts["mix"][1]
    rest = sum(_over(part, percent) for part in others)
    if hidden == "amount":
        return [a for a in range(1, 3001) if _over((a, kind, number), percent) + rest == 0]
    most = amount if kind == "content" else 100
    return [n for n in range(most + 1) if _over((amount, kind, n), percent) + rest == 0]
