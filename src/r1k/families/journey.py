"""Journeys: how long a trip takes, from the lengths and speeds of its legs and the breaks.

    forward   Zoe's trip consists of 12 km by bike at 18 km/h, a break of 9 minutes and 800 metres
              on foot at 80 metres per minute. How many minutes does it take?        answer 59
    reverse   Zoe's trip consists of x km by bike at 18 km/h, a break of 9 minutes and 800 metres
              on foot at 80 metres per minute. It takes 59 minutes. What is x?       answer 12

A reverse question hides the speed or the length of the first leg.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON

AREA = "rates"
SUMMARY = "minutes that a trip takes; reverse: the speed or the length of its first leg"
VERSION = 2

# A leg is (length, unit, how, speed, time unit), a break (minutes,). None is written x.
Part = tuple[Any, ...]
Leg = tuple[Any, str, str, Any, str]

_SHORT = ("metres", "yards")
_SPEED = {("km", "hour"): "km/h", ("miles", "hour"): "mph"} | {
    (unit, time): f"{unit} per {time}" for unit in _SHORT for time in ("minute", "second")
}
_UNITS = {said: (unit, time) for (unit, time), said in _SPEED.items()}
_SECONDS = {"hour": 3600, "minute": 60, "second": 1}

# The usual speeds: length units a minute, a second, an hour.
_MINUTE = (
    ("on foot", 60, 99),
    ("by kayak", 50, 140),
    ("by scooter", 100, 300),
    ("on skis", 80, 290),
)
_SECOND = (("by scooter", 3, 6), ("by kayak", 2, 3), ("on horseback", 4, 9), ("on skis", 3, 9))
_HOUR = {"by bike": (8, 30), "on horseback": (6, 20), "by tram": (12, 45), "by ferry": (12, 45),
         "by bus": (18, 90), "by car": (30, 120), "by train": (40, 150)}  # fmt: skip
# All legs of 5 to 80 whole minutes and at most 90 km or miles, at speeds without odd factors.
_HOUR_LEGS = [
    (length, unit, how, speed, "hour")
    for how, (low, high) in _HOUR.items()
    for speed in range(low, high + 1)
    if gcd(speed, 60) * 8 >= speed
    for length in range(2, 91)
    if length * 60 % speed == 0 and 5 <= length * 60 // speed <= 80
    for unit in ("km", "miles")
]


def _show(parts: Sequence[Part]) -> str:
    said: list[str] = []
    for part in parts:
        if len(part) == 1:
            said.append(f"a {'break' if said else 'wait'} of {part[0]} minutes")
        else:
            length, unit, how, speed, time = part
            length, speed = "x" if length is None else length, "x" if speed is None else speed
            said.append(f"{length} {unit} {how} at {speed} {_SPEED[unit, time]}")
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


_READ = re.compile(
    r"of (\d+) minutes|(\d+|x) [a-z]+ ([a-z ]+) at (\d+|x) (km/h|mph|[a-z]+ per [a-z]+)"
)


def _number(text: str) -> int | None:
    return None if text == "x" else int(text)


def _read(text: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    for minutes, length, how, speed, said in _READ.findall(text):
        if minutes:
            parts.append((int(minutes),))
        else:
            unit, time = _UNITS[said]
            parts.append((_number(length), unit, how, _number(speed), time))
    return tuple(parts)


_PART = (
    r"(?:a [a-z]{4,5} of \d+ minutes"
    r"|(?:\d+|x) [a-z]+ (?:by|on) [a-z]+ at (?:\d+|x) (?:km/h|mph|[a-z]+ per [a-z]+))"
)
_PLACES = """
airport bakery beach bridge cabin campsite castle cinema clinic concert farm festival forest garden
harbour island lake library lighthouse market meadow monastery museum office orchard park quarry
school stadium station theatre tower valley village vineyard waterfall windmill workshop zoo
"""
PLACES = tuple(f"the {place}" for place in _PLACES.split())
SLOTS = {
    "name": PERSON,
    "place": one_of(PLACES, cosmetic=True),
    "parts": Slot(rf"{_PART}(?:(?:, | and ){_PART}){{0,4}}", _show, _read),
    "speed": INT,
    "length": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "The trip of {name} to {place} consists of {parts}. How many minutes does it take?",
    "To get to {place}, {name} plans {parts}. After how many minutes will {name.he} be there?",
    "How many minutes is {name} on the way to {place}, with {parts}?",
    "{name} sets out for {place} and has {parts} ahead. In how many minutes will {name.he} arrive?",
    "The way from {name}'s home to {place} is made up of {parts}. How long, in minutes, is "
    "{name.he} on the way?",
    "{name} has to be at {place} on time and must allow for {parts}. How many minutes ahead "
    "should {name.he} leave?",
    "A route planner shows {name} the way to {place}: {parts}. Which total of minutes is right?",
    "Work out, in minutes, how long {name} takes to reach {place} if the way consists of {parts}.",
)
_BACK = phrasings(
    SLOTS,
    "The trip of {name} to {place} consists of {parts}, and it takes {answer} minutes. What is x?",
    "To get to {place}, {name} plans {parts}. After {answer} minutes {name.he} will be there. "
    "Find x.",
    "{name} is on the way to {place} for {answer} minutes, with {parts}. Which number is x?",
    "{name} sets out for {place} and arrives {answer} minutes later, after {parts}. What is x?",
    "It takes {answer} minutes from {name}'s home to {place}, and the way is made up of {parts}. "
    "Work out x.",
    "{name} has to be at {place} on time, must allow for {parts}, and so leaves {answer} minutes "
    "ahead. What must x be?",
    "A route planner gives {answer} minutes for {name}'s way to {place}: {parts}. How much is x?",
    "{name} takes {answer} minutes to reach {place}, and the way consists of {parts}. Find the "
    "missing number x.",
)
REVERSE = {"speed": _BACK, "length": _BACK}

# The parts of a trip at each difficulty: a leg by its unit of time (m, s, h), a break (-).
_SHAPES = {
    1: ("m",),
    2: ("h", "-m"),
    3: ("-h", "-s", "m-m"),
    4: ("h-m", "m-h", "s-m", "-sm", "hs"),
    5: ("h-sm", "-smh", "h-hm", "m-hs", "mh-m"),
}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts:
    parts = []
    for kind in d.choice(_SHAPES[difficulty]):
        if kind == "h":
            part: Part = d.choice(_HOUR_LEGS)
        elif kind == "-":
            part = (d.between(2, 45),)
        elif kind == "s":
            how, low, high = d.choice(_SECOND)
            speed, minutes = d.between(low, high), d.between(2, 9)
            part = (speed * 60 * minutes, d.choice(_SHORT), how, speed, "second")
        else:
            how, low, high = d.choice(_MINUTE)
            speed = d.between(low, high)
            if speed > 100 or difficulty > 1:
                speed -= speed % 5
            length = speed * d.between(2, 60 if difficulty == 1 else 20)
            part = (length, d.choice(_SHORT), how, speed, "minute")
        parts.append(part)
    return {"name": d.choice(PEOPLE), "place": d.choice(PLACES), "parts": tuple(parts)}


def _first(parts: Sequence[Part]) -> int:
    """Where the first leg is."""
    return 0 if len(parts[0]) > 1 else 1


def _put(parts: Sequence[Part], hidden: str, value: int | None) -> tuple[Part, ...]:
    """The parts with another speed or length of the first leg."""
    at = _first(parts)
    length, unit, how, _, time = parts[at]
    leg = (length, unit, how, value, time) if hidden == "speed" else (value, *parts[at][1:])
    return (*parts[:at], leg, *parts[at + 1 :])


def hide(facts: Facts, hidden: str) -> Facts:
    return facts | {"parts": _put(facts["parts"], hidden, None)}


def _minutes(leg: Part) -> tuple[int, str, str]:
    """The minutes of a leg; how they are found in a trace, and in a program."""
    length, _, _, speed, time = leg
    if time == "hour":
        minutes = length * 60 // speed
        found = f"{length} * 60 / {speed} = {length * 60} / {speed} = {minutes}"
        return minutes, f"{length} / {speed} hours, {found}", f"{length} * 60 // {speed}"
    took = length // speed
    if time == "minute":
        return took, f"{length} / {speed} = {took}", f"{length} // {speed}"
    found = f"{length} / {speed} / 60 = {took} / 60 = {took // 60}"
    return took // 60, found, f"{length} // {speed} // 60"


def forward(facts: Facts) -> Solution:
    name, total = facts["name"], 0
    lines, program = ["The time is length over speed."], []
    for part in facts["parts"]:
        before = total
        if len(part) == 1:
            minutes = part[0]
            total += minutes
            program.append(str(minutes))
            if before:
                lines.append(
                    f"The {minutes} minutes of break make it {before} + {minutes} = {total}."
                )
            else:
                lines.append(f"At first {name} waits {minutes} minutes.")
            continue
        minutes, how, formula = _minutes(part)
        total += minutes
        program.append(formula)
        line = f"The {part[0]} {part[1]} {part[2]} take {name} {how} minutes"
        line += f", so far {before} + {minutes} = {total}." if before else "."
        lines.append(line)
    return Solution(total, "\n".join(lines), f"print({' + '.join(program)})")


def reverse(facts: Facts, hidden: str) -> Solution:
    name, parts, left = facts["name"], facts["parts"], facts["answer"]
    at = _first(parts)
    lines, program = [f"The whole trip takes {left} minutes."], [f"left = {left}"]
    for i in range(len(parts) - 1, -1, -1):
        part, before = parts[i], left
        if i == at:
            continue
        if len(part) == 1:
            left -= part[0]
            lines.append(
                f"Without the {'break' if i else 'wait'} it is {before} - {part[0]} = {left}."
            )
            program.append(f"left -= {part[0]}")
            continue
        minutes, how, formula = _minutes(part)
        left -= minutes
        what = f"For the {part[0]} {part[1]} {part[2]} {name} needs {how} minutes"
        lines.append(f"{what}, which leaves {before} - {minutes} = {left}.")
        program.append(f"left -= {formula}")
    length, unit, _, speed, time = parts[at]
    gone = f"{left} minutes"
    if time == "second":
        gone, before, left = f"{left * 60} seconds", left, left * 60
        lines.append(f"For {name} that is {before} * 60 = {left} seconds.")
        program.append("left *= 60")
    if hidden == "speed":
        known = f"So {length} {unit} take {name} {gone}, and x ="
        step, formula = f"{length} / {left}", f"{length} // left"
        if time == "hour":
            step = f"{length} * 60 / {left} = {length * 60} / {left}"
            formula = f"{length} * 60 // left"
    else:
        known = f"So in {gone} at {speed} {_SPEED[unit, time]} {name} covers x ="
        step, formula = f"{speed} * {left}", f"{speed} * left"
        if time == "hour":
            step, formula = f"{step} / 60 = {speed * left} / 60", f"{formula} // 60"
    x = speed if hidden == "speed" else length
    lines.append(f"{known} {step} = {x}.")
    program.append(f"print({formula})")
    return Solution(x, "\n".join(lines), "\n".join(program), {"x": x})


def _seconds(part: Part) -> Fraction:
    """How long a part takes, exactly."""
    if len(part) == 1:
        return Fraction(part[0] * 60)
    return Fraction(part[0] * _SECONDS[part[4]], part[3])


def solve_forward(facts: Facts) -> list[int]:
    """Adds up seconds."""
    total = sum(map(_seconds, facts["parts"]), Fraction()) / 60
    return [total.numerator] if total.denominator == 1 else []


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Bisects the numbers to 20,000: the longer the leg, or the slower, the longer the trip."""
    parts, goal = facts["parts"], facts["answer"] * 60
    at = _first(parts)
    goal -= sum(_seconds(part) for i, part in enumerate(parts) if i != at)
    slower = -1 if hidden == "speed" else 1

    def took(x: int) -> Fraction:
        return slower * _seconds(_put(parts, hidden, x)[at])

    tried = range(1, 20_000)
    found = tried[bisect_left(tried, slower * goal, key=took) :][:1]
    return [x for x in found if took(x) == slower * goal]
