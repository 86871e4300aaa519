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
from math import gcd
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON, THINGS

AREA = "units and physics"
SUMMARY = (
    "convert through a chain of units; reverse: the amount at the start, or a rate of exchange"
)
VERSION = 1

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


def _show_rate(rate: Rate) -> str:
    k, unit, m, other = rate
    if unit in _GOODS:
        verb = "is worth" if k == 1 else "are worth"
    else:
        verb = "equals" if k == 1 else "equal"
    return f"{_amount(k, unit, '')} {verb} {_amount(m, other, 'p')}"


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


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    links = difficulty
    facts = {"name": d.choice(PEOPLE), "town": d.choice(TOWNS)}
    if hidden == "start" and difficulty < 4 and d.below(2):
        return facts | found if (found := _real(d, links)) else None
    units = d.sample(_NAMES if d.below(2) else _INVENTED, links + 1)
    between = sorted(d.sample(range(1, links), max(0, difficulty - 3)))
    most = 15 if difficulty == 1 else 12
    k = d.between(2, most)
    amount = k * d.between(2, 40 if difficulty == 1 else 20)
    holding, rates = [(amount, units[0])], []
    for place in range(links):
        if place in between:
            more = d.between(2, 40)
            holding.append((more, units[place]))
            amount += more
        if place:
            # A number that divides the amount, so that everything stays whole.
            first = d.below(11)
            for i in range(11):
                k = 2 + (first + i) % 11
                if amount % k == 0 and amount > k:
                    break
            else:
                k = 1
        m = d.between(2, most)
        if gcd(k, m) > 1 or amount // k * m > 1500:
            m = 1 if k > 1 and d.below(3) == 0 and amount // k > 1 else k + 1
        rate = (k, units[place], m, units[place + 1])
        rates.append(rate if difficulty == 1 or d.below(2) else (*rate[2:], *rate[:2]))
        amount = amount // k * m
        if amount > 3000:
            return None
    if difficulty > 2:
        rates = d.shuffled(rates)
    if hidden == "rate" and not _places(rates):
        return None
    return facts | {"holding": tuple(holding), "target": units[-1], "rates": tuple(rates)}


def _real(d: Draw, links: int) -> Facts | None:
    """A way up or down one of the ladders of real units."""
    ladder = d.choice(_LADDERS)
    steps = len(ladder) // 2
    if steps < links:
        return None
    first = 2 * d.below(steps - links + 1)
    units, factors = ladder[first::2][: links + 1], ladder[first + 1 :: 2][:links]
    rates = [
        (1, unit, int(factor), other)
        for unit, factor, other in zip(units, factors, units[1:], strict=False)
    ]
    whole = 1
    for factor in factors:
        whole *= int(factor)
    if whole > 20000:
        return None
    few = d.between(2, max(2, min(400 if links == 1 else 60, 60000 // whole)))
    down = d.below(2)
    if links > 2:
        rates = d.shuffled(rates)
    amount, source, target = (few, 0, -1) if down else (few * whole, -1, 0)
    return {
        "holding": ((amount, units[source]),), "target": units[target], "rates": tuple(rates),
    }  # fmt: skip


def _places(rates: Sequence[Rate]) -> list[int]:
    """The rates whose last number a reverse question may hide: it stands nowhere else."""
    numbers = [rate[0] for rate in rates] + [rate[2] for rate in rates]
    return [i for i, rate in enumerate(rates) if rate[2] > 1 and numbers.count(rate[2]) == 1]


def _place(rates: Sequence[Rate]) -> int:
    """Which of them it is: any, but always the same of one problem."""
    places = _places(rates)
    total: int = sum(rate[0] + rate[2] for rate in rates)
    return places[total % len(places)]


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "start":
        (_, unit), *others = facts["holding"]
        return facts | {"holding": ((None, unit), *others)}
    rates = facts["rates"]
    at = _place(rates)
    k, unit, _, other = rates[at]
    return facts | {"rates": (*rates[:at], (k, unit, None, other), *rates[at + 1 :])}


def _path(facts: Facts) -> list[tuple[Rate, bool]]:
    """The rates in the order in which they are used, each turned that way; whether it was."""
    unit, left, path = facts["holding"][0][1], list(facts["rates"]), []
    while unit != facts["target"]:
        rate = next(rate for rate in left if unit in rate)
        left.remove(rate)
        turned = rate[1] != unit
        path.append(((*rate[2:], *rate[:2]) if turned else rate, turned))
        unit = path[-1][0][3]
    return path


def _converted(amount: int, k: int, m: int) -> str:
    """How an amount is converted where k make m: 12 / 3 * 5 = 4 * 5 = 20."""
    if k == 1:
        return f"{amount} * {m} = {amount * m}"
    if m == 1:
        return f"{amount} / {k} = {amount // k}"
    return f"{amount} / {k} * {m} = {amount // k} * {m} = {amount // k * m}"


def _code(variable: str, k: int, m: int) -> str:
    return variable + (f" // {k}" if k > 1 else "") + (f" * {m}" if m > 1 else "")


def _each(k: int, unit: str) -> str:
    return f"Every {_ONE[unit]}" if k == 1 else f"Every {k} {unit}"


def _through(
    path: Sequence[tuple[Rate, bool]],
    amount: int,
    more: Mapping[str, int],
    verb: str,
    at_hand: str,
    lines: list[str],
    code: list[str],
) -> int:
    """Follows a path forwards, and adds what there is of the units on the way."""
    for (k, unit, m, other), _ in path:
        found = _converted(amount, k, m)
        each, gives = _each(k, unit), f"{verb}s" if k == 1 else verb
        before, amount = amount, amount // k * m
        lines.append(
            f"{each} {gives} {_amount(m, other, '')}, so {before} {unit} {verb} {found} {other}."
        )
        code.append(f"{other} = {_code(unit, k, m)}")
        if extra := more.get(other):
            total = f"{amount} + {extra} = {amount + extra}"
            lines.append(f"With the {extra} {other} {at_hand} that is {total}.")
            code[-1] += f" + {extra}"
            amount += extra
    return amount


def forward(facts: Facts) -> Solution:
    (start, source), *others = facts["holding"]
    lines: list[str] = []
    code = [f"{source} = {start}"]
    more = {unit: amount for amount, unit in others}
    amount = _through(_path(facts), start, more, "give", "at hand", lines, code)
    lines.append(f"So in all there are {_amount(amount, facts['target'], '')}.")
    code.append(f"print({facts['target']})")
    return Solution(amount, "\n".join(lines), "\n".join(code))


def reverse(facts: Facts, hidden: str) -> Solution:
    (start, source), *others = facts["holding"]
    amount, target, path = facts["answer"], facts["target"], _path(facts)
    more = {unit: extra for extra, unit in others}
    lines: list[str] = []
    code = [f"{target} = {amount}"]
    at = -1
    if hidden == "rate":
        asked = facts["rates"][_place(facts["rates"])]
        at = next(
            i for i, (rate, _) in enumerate(path) if {rate[1], rate[3]} == {asked[1], asked[3]}
        )
    for (k, unit, m, other), _ in reversed(path[at + 1 :]):
        found = _converted(amount, m, k)
        before, amount = amount, amount // m * k
        stand = "stands" if m == 1 else "stand"
        lines.append(
            f"{_each(m, other)} {stand} for {_amount(k, unit, '')}, "
            f"so {_amount(before, other, '')} came from {found} {unit}."
        )
        code.append(f"{unit} = {_code(other, m, k)}")
        if extra := more.get(unit):
            lines.append(
                f"Without the {extra} {unit} at hand that is {amount} - {extra} = {amount - extra}."
            )
            code[-1] += f" - {extra}"
            amount -= extra
    if hidden == "start":
        lines.append(f"So x stands for {amount} {source}.")
        code.append(f"print({source})")
        return Solution(amount, "\n".join(lines), "\n".join(code))
    code.append(f"{source} = {start}")
    before = _through(path[:at], start, more, "make", "from before", lines, code)
    k, unit, _, other = asked
    known, wanted = (amount, before) if path[at][1] else (before, amount)
    times = known // k
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
    lines.append(f"So p = {wanted} / {times} = {wanted // times}.")
    return Solution(wanted // times, "\n".join(lines), "\n".join(code), {"p": wanted // times})


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
