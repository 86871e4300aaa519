"""Chains of conversions: real units, and from hand to hand goods or units that nobody knows.

    forward   3 shells are worth 5 beads and 2 beads are worth 7 seeds. How many seeds do 12 shells
              come to?                                                               answer 70
    reverse   3 shells are worth 5 beads and 2 beads are worth 7 seeds. x shells come to 70 seeds.
              What is x?                                                             answer 12

A rate (3, "shells", 5, "beads") may be used either way, and from difficulty 3 on the rates stand in
any order. What is converted is a tuple of (amount, unit): from difficulty 4 on there is something
of the units in between as well. A reverse question hides the first amount, written x, or the last
number of a rate, written p.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd, prod
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON, THINGS

AREA = "units and physics"
SUMMARY = (
    "convert through a chain of units; reverse: the amount at the start, or a rate of exchange"
)
VERSION = 2

Rate = tuple[int, str, Any, str]
Holding = Sequence[tuple[Any, str]]

# From the large unit to the small one: a week is 7 days.
_LADDERS = tuple(
    tuple(line.split())
    for line in """
    weeks 7 days 24 hours 60 minutes 60 seconds
    centuries 10 decades 10 years 12 months
    leagues 3 miles 8 furlongs 10 chains 22 yards 3 feet 12 inches
    fathoms 6 feet 12 inches
    kilometres 1000 metres 100 centimetres 10 millimetres
    metres 10 decimetres 10 centimetres
    tonnes 1000 kilograms 1000 grams
    hundredweights 4 quarters 28 pounds 16 ounces 16 drams
    barrels 4 firkins 9 gallons 4 quarts 2 pints 2 cups
    bushels 4 pecks 2 gallons 8 pints 4 gills
    litres 10 decilitres 10 centilitres 10 millilitres
    grosses 12 dozens 12 pieces
    reams 20 quires 25 sheets
    talents 60 minas 60 shekels
    sovereigns 20 shillings 12 pence 4 farthings
    hectares 100 ares
    kilobytes 1000 bytes 8 bits
    degrees 60 arcminutes 60 arcseconds
""".strip().split("\n")
)
_INVENTED = tuple(
    """
    blips dorns flenns gorbs hulms jecks kravs lurns morps nilks ploons quills rebs snarps tarks
    ulfs vooms wenks yorps zibs brells crints drumps fizzes glims krells mibs nords plinks
    """.split()
)
_IRREGULAR = {
    "centuries": "century", "feet": "foot", "inches": "inch", "pence": "penny",
    "grosses": "gross", "fizzes": "fizz",
}  # fmt: skip
_ONE = (
    {unit: unit[:-1] for ladder in _LADDERS for unit in ladder[::2]}
    | {unit: unit[:-1] for unit in _INVENTED}
    | _IRREGULAR
    | {str(thing): thing.one for thing in THINGS}
)
_MANY = {one: many for many, one in _ONE.items()}
_GOODS = frozenset(map(str, THINGS))
_NAMES = tuple(sorted(_GOODS))
TOWNS = tuple(
    """
    Accra Amman Athens Bergen Bilbao Bogota Cairo Cork Cusco Dakar Delhi Dublin Fez Ghent Hanoi
    Havana Izmir Jaipur Kobe Kyoto Lagos Lima Lisbon Luanda Lusaka Lyon Malmo Manila Nairobi Oslo
    Porto Prague Quito Riga Seoul Sofia Tampere Tunis Turin Vienna
    """.split()
)


def _amount(amount: Any, unit: str, unknown: str) -> str:
    if amount is None:
        return f"{unknown} {unit}"
    return f"1 {_ONE[unit]}" if amount == 1 else f"{amount} {unit}"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


# How a rate begins, with one of a unit and with more.
_ONE_IS = {
    unit: f"1 {one} is worth" if unit in _GOODS else f"1 {one} equals" for unit, one in _ONE.items()
}
_MANY_ARE = {unit: f"{unit} are worth" if unit in _GOODS else f"{unit} equal" for unit in _ONE}


def _show_rate(rate: Rate) -> str:
    k, unit, m, other = rate
    left = _ONE_IS[unit] if k == 1 else f"{k} {_MANY_ARE[unit]}"
    return f"{left} 1 {_ONE[other]}" if m == 1 else f"{left} {'p' if m is None else m} {other}"


_SPLIT_RATE = re.compile(r"(\d+) ([a-z]+) (?:is worth|are worth|equals|equal) (\d+|p) ([a-z]+)")


def _read_rates(text: str) -> tuple[Rate, ...]:
    return tuple(
        (int(k), _MANY.get(unit, unit), None if m == "p" else int(m), _MANY.get(other, other))
        for k, unit, m, other in _SPLIT_RATE.findall(text)
    )


def _read_holding(text: str) -> Holding:
    parts = (part.split() for part in re.split(", | and ", text))
    return tuple((None if n == "x" else int(n), _MANY.get(unit, unit)) for n, unit in parts)


_RATE = r"\d+ [a-z]+ (?:is worth|are worth|equals|equal) (?:\d+|p) [a-z]+"
_HELD = r"(?:\d+|x) [a-z]+"
SLOTS = {
    "name": PERSON,
    "town": one_of(TOWNS, cosmetic=True),
    "rates": Slot(
        rf"{_RATE}(?:(?:, | and ){_RATE})*",
        lambda rates: _joined([_show_rate(rate) for rate in rates]),
        _read_rates,
    ),
    "holding": Slot(
        rf"{_HELD}(?:(?:, | and ){_HELD})*",
        lambda holding: _joined([_amount(n, unit, "x") for n, unit in holding]),
        _read_holding,
    ),
    "target": Slot("[a-z]+"),
    "start": INT,
    "rate": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} from {town} knows that {rates}. How many {target} do {holding} come to?",
    "In {name}'s book, bought in {town}, it says that {rates}. Convert {holding} into {target}.",
    "To how many {target} do {holding} amount, if {rates}? {name} in {town} needs the number.",
    "{name} counts {holding} in {target} on the way to {town}. It is given that {rates}. "
    "Which number does {name.he} find?",
    "Given that {rates}, how many {target} should {name} write in {town} for {holding}?",
    "On a wall in {town} {name} reads that {rates}. Turn {holding} into {target}. "
    "How many does {name.he} get?",
    "How many {target} stand for {holding} on {name}'s list from {town}, which says that {rates}?",
    "A letter from {town} tells {name} that {rates}. Work out how many {target} correspond to "
    "{holding}.",
)
_BACK = (
    "{name} from {town} knows that {rates}. Here {holding} come to {answer} {target}. "
    "What is UNKNOWN?",
    "In {name}'s book, bought in {town}, it says that {rates}. Converting {holding} gives {answer} "
    "{target}. Find UNKNOWN.",
    "If {rates}, which number UNKNOWN makes {holding} amount to {answer} {target}? {name} in "
    "{town} needs it.",
    "{name} counts {holding} as {answer} {target} on the way to {town}. It is given that {rates}. "
    "How large is UNKNOWN?",
    "On a wall in {town} {name} reads that {rates}. So {holding} turn into {answer} {target}. "
    "Work out UNKNOWN.",
)
REVERSE = {
    "start": phrasings(SLOTS, *(text.replace("UNKNOWN", "x") for text in _BACK)),
    "rate": phrasings(SLOTS, *(text.replace("UNKNOWN", "p") for text in _BACK)),
}


# The numbers from 2 to 12 from each of them on, in a ring.
_RINGS = tuple((*range(first, 13), *range(2, first)) for first in range(2, 13))


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    links = difficulty
    name, town = d.choice(PEOPLE), d.choice(TOWNS)
    if hidden == "start" and difficulty < 4 and d.below(2):
        return {"name": name, "town": town, **_real(d, links)}
    units = d.sample(_NAMES if d.below(2) else _INVENTED, links + 1)
    between = d.sample(range(1, links), difficulty - 3) if difficulty > 3 else []
    most = 15 if difficulty == 1 else 12
    k = d.between(2, most)
    amount = k * d.between(2, 40 if difficulty == 1 else 20)
    holding, rates, said = [(amount, units[0])], [], [amount]
    turned = d.below(1 << links) if difficulty > 1 else 0
    for place, unit in enumerate(units[:-1]):
        if place in between:
            more = d.between(2, 40)
            holding.append((more, unit))
            said.append(more)
            amount += more
        if place:
            # A number that divides the amount, so that everything stays whole.
            for k in d.choice(_RINGS):
                if amount % k == 0 and amount > k:
                    break
            else:
                k = 1
        m = d.between(2, most)
        if gcd(k, m) > 1 or amount // k * m > 1500:
            m = 1 if k > 1 and d.below(3) == 0 and amount // k > 1 else k + 1
        other = units[place + 1]
        rates.append((m, other, k, unit) if turned >> place & 1 else (k, unit, m, other))
        said += (k, m)
        amount = amount // k * m
    if amount > 3000 or amount in said:
        return None
    if difficulty > 2:
        rates = d.shuffled(rates)
    asked = said[0]
    if hidden == "rate":
        at = _place(rates)
        asked = rates[at][2] if at >= 0 else 0
    # What is asked for must not stand in the question.
    if said.count(asked) != 1:
        return None
    return {
        "name": name, "town": town, "holding": tuple(holding), "target": units[-1],
        "rates": tuple(rates),
    }  # fmt: skip


# Some rates of a ladder in a row, and how many of the last unit one of the first is.
Stretch = tuple[tuple[Rate, ...], int]


def _stretches(links: int) -> list[list[Stretch]]:
    """The stretches of so many rates, those of one ladder together."""
    found = []
    for ladder in _LADDERS:
        rates = [
            (1, ladder[i], int(ladder[i + 1]), ladder[i + 2]) for i in range(0, len(ladder) - 2, 2)
        ]
        rows = [tuple(rates[i : i + links]) for i in range(len(rates) - links + 1)]
        sized = [(row, prod([rate[2] for rate in row])) for row in rows]
        found.append([(row, size) for row, size in sized if size <= 20000])
    return [stretches for stretches in found if stretches]


_STRETCHES = {links: _stretches(links) for links in (1, 2, 3)}


def _real(d: Draw, links: int) -> Facts:
    """A way up or down one of the ladders of real units."""
    rates, whole = d.choice(d.choice(_STRETCHES[links]))
    few = d.between(2, max(2, min(400 if links == 1 else 60, 60000 // whole)))
    source, target = rates[0][1], rates[-1][3]
    if d.below(2):
        few, source, target = few * whole, target, source
    order = tuple(d.shuffled(rates)) if links > 2 else rates
    return {"holding": ((few, source),), "target": target, "rates": order}


def _place(rates: Sequence[Rate]) -> int:
    """The rate whose last number a reverse question may hide, as it stands nowhere else: any of
    them, but always the same of one problem; or -1."""
    numbers = [n for k, _, m, _ in rates for n in (k, m)]
    places = [i for i, (_, _, m, _) in enumerate(rates) if m > 1 and numbers.count(m) == 1]
    return places[sum(numbers) % len(places)] if places else -1


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "start":
        (_, unit), *others = facts["holding"]
        return facts | {"holding": ((None, unit), *others)}
    rates = facts["rates"]
    at = _place(rates)
    k, unit, _, other = rates[at]
    return facts | {"rates": (*rates[:at], (k, unit, None, other), *rates[at + 1 :])}


# A rate turned the way in which it is used, and its place among the rates.
Link = tuple[int, str, int, str, int]


def _path(facts: Facts) -> list[Link]:
    """The rates in the order in which they are used."""
    unit, target, left = facts["holding"][0][1], facts["target"], list(enumerate(facts["rates"]))
    path: list[Link] = []
    while unit != target:
        for entry in left:
            i, (k, one, m, other) = entry
            if unit == one:
                path.append((k, one, m, other, i))
                break
            if unit == other:
                path.append((m, other, k, one, i))
                break
        left.remove(entry)
        unit = path[-1][3]
    return path


def _converted(amount: int, unit: str, k: int, m: int) -> tuple[str, str, int]:
    """An amount of a unit, k of which make m: the sum (12 / 3 * 5 = 4 * 5 = 20), the same in a
    program, and what it makes."""
    if k == 1:
        made = amount * m
        return f"{amount} * {m} = {made}", f"{unit} * {m}", made
    parts = amount // k
    if m == 1:
        return f"{amount} / {k} = {parts}", f"{unit} // {k}", parts
    made = parts * m
    return f"{amount} / {k} * {m} = {parts} * {m} = {made}", f"{unit} // {k} * {m}", made


def _through(
    path: Sequence[Link],
    amount: int,
    more: Mapping[str, int],
    verb: str,
    at_hand: str,
    lines: list[str],
    code: list[str],
) -> int:
    """Follows a path forwards, and adds what there is of the units on the way."""
    for k, unit, m, other, _ in path:
        found, formula, made = _converted(amount, unit, k, m)
        each = f"{_ONE[unit]} {verb}s" if k == 1 else f"{k} {unit} {verb}"
        gives = f"1 {_ONE[other]}" if m == 1 else f"{m} {other}"
        lines.append(f"Every {each} {gives}, so {amount} {unit} {verb} {found} {other}.")
        amount = made
        if extra := more.get(other):
            amount += extra
            lines.append(f"With the {extra} {other} {at_hand} that is {made} + {extra} = {amount}.")
            formula = f"{formula} + {extra}"
        code.append(f"{other} = {formula}")
    return amount


def forward(facts: Facts) -> Solution:
    (start, source), *others = facts["holding"]
    target = facts["target"]
    lines: list[str] = []
    code = [f"{source} = {start}"]
    more = {unit: amount for amount, unit in others}
    amount = _through(_path(facts), start, more, "give", "at hand", lines, code)
    lines.append(f"So in all there are {_amount(amount, target, '')}.")
    code.append(f"print({target})")
    return Solution(amount, "\n".join(lines), "\n".join(code))


def reverse(facts: Facts, hidden: str) -> Solution:
    (start, source), *others = facts["holding"]
    amount, target, rates, path = facts["answer"], facts["target"], facts["rates"], _path(facts)
    more = {unit: extra for extra, unit in others}
    lines: list[str] = []
    code = [f"{target} = {amount}"]
    place = _place(rates) if hidden == "rate" else -1
    at = [i for *_, i in path].index(place) if hidden == "rate" else -1
    for k, unit, m, other, _ in reversed(path[at + 1 :]):
        found, formula, made = _converted(amount, other, m, k)
        each = f"{_ONE[other]} stands" if m == 1 else f"{m} {other} stand"
        held = f"1 {_ONE[unit]}" if k == 1 else f"{k} {unit}"
        lines.append(
            f"Every {each} for {held}, so {_amount(amount, other, '')} came from {found} {unit}."
        )
        amount = made
        if extra := more.get(unit):
            amount -= extra
            lines.append(f"Without the {extra} {unit} at hand that is {made} - {extra} = {amount}.")
            formula = f"{formula} - {extra}"
        code.append(f"{unit} = {formula}")
    if hidden == "start":
        lines.append(f"So x stands for {amount} {source}.")
        code.append(f"print({source})")
        return Solution(amount, "\n".join(lines), "\n".join(code))
    code.append(f"{source} = {start}")
    before = _through(path[:at], start, more, "make", "from before", lines, code)
    k, unit, _, other = rates[place]
    known, wanted = (before, amount) if path[at][1] == unit else (amount, before)
    times = known // k
    p = wanted // times
    if k == 1:
        lines.append(
            f"Every {_ONE[unit]} stands for p {other}, and {known} {unit} for {wanted} {other}."
        )
        code.append(f"print({other} // {unit})")
    else:
        lines.append(
            f"Every {k} {unit} stand for p {other}, and {known} / {k} = {times} times that "
            f"is {wanted}."
        )
        code.append(f"print({other} // ({unit} // {k}))")
    lines.append(f"So p = {wanted} / {times} = {p}.")
    return Solution(p, "\n".join(lines), "\n".join(code), {"p": p})


def _worth(facts: Facts, unknown: int) -> dict[str, Fraction]:
    """What one of each unit is worth in the target unit, with a number for p."""
    worth = {facts["target"]: Fraction(1)}
    for _ in facts["rates"]:
        for k, unit, m, other in facts["rates"]:
            ratio = Fraction(unknown if m is None else m, k)
            if other in worth and unit not in worth:
                worth[unit] = worth[other] * ratio
            elif unit in worth and other not in worth:
                worth[other] = worth[unit] / ratio
    return worth


def _whole(value: Fraction) -> list[int]:
    return [value.numerator] if value.denominator == 1 and value > 0 else []


def _total(holding: Holding, worth: Mapping[str, Fraction]) -> Fraction:
    return sum((amount * worth[unit] for amount, unit in holding), Fraction(0))


def solve_forward(facts: Facts) -> list[int]:
    """Each unit has a worth in the target unit; their sum is the answer."""
    worth = _worth(facts, 1)
    if any(unit not in worth for _, unit in facts["holding"]):
        return []
    return _whole(_total(facts["holding"], worth))


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """A start is what the others leave of the answer. A rate p is tried: the total is either
    linear in p or in 1/p, so that two trials settle it."""
    worth = _worth(facts, 1)
    if hidden == "start":
        (_, unit), *others = facts["holding"]
        return _whole((facts["answer"] - _total(others, worth)) / worth[unit])
    at_1, at_2 = _total(facts["holding"], worth), _total(facts["holding"], _worth(facts, 2))
    if at_1 == at_2:
        return []
    if at_2 > at_1:
        return _whole(1 + (facts["answer"] - at_1) / (at_2 - at_1))
    part = 2 * (at_1 - at_2)  # at_1 = rest + part, at_2 = rest + part / 2
    rest = facts["answer"] - (at_1 - part)
    return _whole(part / rest) if rest else []
