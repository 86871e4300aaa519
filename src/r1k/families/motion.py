"""Simple physics with whole numbers: one quantity leads to the next, by one law each.

    forward   Carlos reads to Yara: A block takes up 6 litres. Its density is 4 kilograms per
              litre. It accelerates at 5 m/s^2. What is the force in newtons?     answer 120
    reverse   Carlos reads to Yara: A block takes up k litres. Its density is 4 kilograms per
              litre. It accelerates at 5 m/s^2. The force in newtons is 120. What is k?
                                                                                  answer 6

A story is a start and one to six laws that lead on from it. A law multiplies or divides by a given
(mass = density * volume), or it is one of two special ones: v = u + a * t, and the energy of
motion, m * v^2 / 2. A reverse question hides the start or the first given of the first law, then
written k. A result grows or falls with each of its givens, so there is one solution.
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import isqrt
from typing import Any, NamedTuple

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON

AREA = "units and physics"
SUMMARY = "one to six laws of physics in a row; reverse: the first quantity, or the given beside it"
VERSION = 2

# The unit of each quantity that is found.
_UNITS = {
    "volume": "litres",
    "mass": "kilograms",
    "force": "newtons",
    "acceleration": "m/s^2",
    "first speed": "m/s",
    "speed": "m/s",
    "mean speed": "m/s",
    "distance": "metres",
    "time": "seconds",
    "momentum": "newton seconds",
    "energy": "joules",
    "power": "watts",
    "current": "amperes",
    "voltage": "volts",
    "charge": "coulombs",
    "pressure": "pascals",
}
_STARTS = {
    "volume": "A block takes up {} litres.",
    "mass": "A crate has a mass of {} kilograms.",
    "force": "A force of {} newtons acts.",
    "first speed": "A cart rolls at {} m/s.",
    "speed": "A ball flies at {} m/s.",
    "distance": "A path is {} metres long.",
    "energy": "A battery holds {} joules.",
    "power": "A motor has {} watts.",
    "current": "A current of {} amperes flows.",
    "voltage": "A supply has {} volts.",
    "charge": "A cell holds {} coulombs.",
    "time": "A clock runs for {} seconds.",
    "pressure": "A gas presses with {} pascals.",
}


class Law(NamedTuple):
    """How a quantity leads to another: by `sign` ("*", "/") with a given, or ("+", "^") special."""

    source: str
    target: str
    sign: str
    given: str
    unit: str
    text: str


_LAWS = (
    Law("volume", "mass", "*", "density", "kilograms per litre",
        "Its density is {} kilograms per litre."),
    Law("mass", "force", "*", "acceleration", "m/s^2", "It accelerates at {} m/s^2."),
    Law("force", "acceleration", "/", "mass", "kilograms", "This force pushes {} kilograms."),
    Law("acceleration", "speed", "*", "time", "seconds",
        "This acceleration from rest lasts {} seconds."),
    Law("first speed", "speed", "+", "acceleration", "m/s^2",
        "It accelerates at {} m/s^2 for {} seconds."),
    Law("speed", "distance", "*", "time", "seconds", "This speed lasts {} seconds."),
    Law("speed", "momentum", "*", "mass", "kilograms", "The moving mass is {} kilograms."),
    Law("speed", "energy", "^", "mass", "kilograms",
        "This speed gives {} kilograms their kinetic energy."),
    Law("speed", "power", "*", "force", "newtons", "It takes {} newtons to keep up this speed."),
    Law("mass", "momentum", "*", "speed", "m/s", "It moves at {} m/s."),
    Law("mass", "volume", "/", "density", "kilograms per litre",
        "Its density is {} kilograms per litre."),
    Law("distance", "energy", "*", "force", "newtons",
        "Over this distance {} newtons act."),
    Law("distance", "mean speed", "/", "time", "seconds", "A trolley covers this in {} seconds."),
    Law("distance", "time", "/", "speed", "m/s", "A boat covers this at {} m/s."),
    Law("time", "charge", "*", "current", "amperes", "Meanwhile {} amperes flow."),
    Law("time", "energy", "*", "power", "watts", "Meanwhile a machine draws {} watts."),
    Law("time", "distance", "*", "speed", "m/s", "Meanwhile a boat sails at {} m/s."),
    Law("time", "speed", "*", "acceleration", "m/s^2",
        "Meanwhile a train accelerates at {} m/s^2 from rest."),
    Law("mean speed", "momentum", "*", "mass", "kilograms", "The trolley weighs {} kilograms."),
    Law("momentum", "time", "/", "force", "newtons", "A brake of {} newtons stops it."),
    Law("momentum", "force", "/", "time", "seconds", "A brake stops it in {} seconds."),
    Law("force", "mass", "/", "acceleration", "m/s^2", "It accelerates a cart at {} m/s^2."),
    Law("force", "pressure", "/", "area", "square metres",
        "This force presses on {} square metres."),
    Law("pressure", "force", "*", "area", "square metres", "It acts on {} square metres."),
    Law("force", "energy", "*", "distance", "metres", "This force works over {} metres."),
    Law("force", "power", "*", "speed", "m/s", "This force pulls at {} m/s."),
    Law("energy", "power", "/", "time", "seconds", "This energy lasts {} seconds."),
    Law("energy", "time", "/", "power", "watts", "A lamp of {} watts uses it up."),
    Law("energy", "force", "/", "distance", "metres", "This energy moves a load {} metres."),
    Law("energy", "charge", "/", "voltage", "volts", "This energy is stored at {} volts."),
    Law("power", "energy", "*", "time", "seconds", "This power lasts {} seconds."),
    Law("power", "speed", "/", "force", "newtons", "This power pulls with {} newtons."),
    Law("power", "force", "/", "speed", "m/s", "This power pulls at {} m/s."),
    Law("power", "current", "/", "voltage", "volts", "This power is drawn at {} volts."),
    Law("current", "voltage", "*", "resistance", "ohms", "This current passes {} ohms."),
    Law("current", "charge", "*", "time", "seconds", "This current flows for {} seconds."),
    Law("current", "power", "*", "voltage", "volts", "This current is fed at {} volts."),
    Law("voltage", "current", "/", "resistance", "ohms", "This voltage lies across {} ohms."),
    Law("voltage", "power", "*", "current", "amperes", "This voltage feeds {} amperes."),
    Law("charge", "energy", "*", "voltage", "volts", "This charge passes {} volts."),
    Law("charge", "time", "/", "current", "amperes", "This charge drains at {} amperes."),
    Law("charge", "current", "/", "time", "seconds", "This charge flows off in {} seconds."),
)  # fmt: skip


Path = tuple[str, ...]
_LAW = {(law.source, law.target): law for law in _LAWS}


def _paths(path: Path, more: int) -> Iterator[Path]:
    """All ways to go on with `more` laws: nothing is found that was known, and one mass at most."""
    if not more:
        yield path
        return
    known = {*path, *(_LAW[step].given for step in pairwise(path))}
    for law in _LAWS:
        new = law.target not in known and not (law.given == "mass" and "mass" in known)
        if law.source == path[-1] and new:
            yield from _paths((*path, law.target), more - 1)


# By difficulty, from 1.
_PATHS = tuple(
    tuple(path for start in _STARTS for path in _paths((start,), laws))
    for laws in (0, 1, 2, 3, 4, 6)
)
_TEMPLATE = {
    path: " ".join((_STARTS[path[0]], *(_LAW[step].text for step in pairwise(path))))
    for paths in _PATHS[1:]
    for path in paths
}
_PATH = {template: path for path, template in _TEMPLATE.items()}
_NUMBER = re.compile(r"(?<= )(?:\d+|k)(?= )")

# The quantities in turn, and the numbers as they are told: the start, then the givens.
Story = tuple[Path, tuple[int | None, ...]]


def _show(story: Story) -> str:
    path, numbers = story
    return _TEMPLATE[path].format(*("k" if n is None else n for n in numbers))


def _read(text: str) -> Story:
    numbers = tuple(None if n == "k" else int(n) for n in _NUMBER.findall(text))
    return _PATH[_NUMBER.sub("{}", text)], numbers


_NAMES = {name: name.replace(" ", "_") for name in _UNITS}
_GOALS = {name: f"{name} in {unit}" for name, unit in _UNITS.items()}
_GOALS["speed"] = "final speed in m/s"
SLOTS = {
    "name": PERSON,
    "friend": PERSON,
    "story": Slot(r"[A-Z][A-Za-z0-9/^. ]+\.", _show, _read),
    "goal": one_of(tuple(_GOALS.values())),
    "start": INT,
    "given": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} reads to {friend}: {story} What is the {goal}?",
    "{story} {name} asks {friend} for the {goal}. What is the right reply?",
    "What is the {goal} in this problem, which {name} sets {friend}? {story}",
    "{name} and {friend} are told the following. {story} Work out the {goal}.",
    "Help {name} to explain to {friend} what the {goal} is. {story}",
    "{story} What do {name} and {friend} find for the {goal}?",
    "On the board {name} and {friend} see this: {story} Determine the {goal}.",
    "{name} bets that {friend} cannot find the {goal}. {story} What is the {goal}?",
)
_BACK = phrasings(
    SLOTS,
    "{name} reads to {friend}: {story} The {goal} is {answer}. What is k?",
    "{story} {name} tells {friend} that the {goal} is {answer}. Which number is k?",
    "What is k in this problem, which {name} sets {friend}? {story} The {goal} is {answer}.",
    "{name} and {friend} are told the following. {story} The {goal} is {answer}. Work out k.",
    "Help {name} to explain to {friend} what k is, if the {goal} is {answer}. {story}",
    "{story} Since {name} and {friend} find {answer} for the {goal}, how large is k?",
    "On the board {name} and {friend} see this: {story} The {goal} is {answer}. Determine k.",
    "{name} knows that the {goal} is {answer} and bets that {friend} cannot find k. {story} "
    "What is k?",
)
REVERSE = {"start": _BACK, "given": _BACK}
_MOST = 1500
# What divides 0, 1, 2, ...; then, what leaves a number that can be divided once more, and so on.
_DIVISORS = [[[n for n in range(2, 31) if v % n == 0 and v // n > 1] for v in range(_MOST + 1)]]
for _ in range(5):
    _DIVISORS.append(
        [[n for n in fit if _DIVISORS[-1][v // n]] for v, fit in enumerate(_DIVISORS[0])]
    )


def _plan(path: Path) -> list[tuple[str, int, int]]:
    """For each law its sign, how much may come out of it, and how many divisions come next."""
    most, divisions, plan = _MOST, 0, []
    for step in reversed(list(pairwise(path))):
        sign = _LAW[step].sign
        plan.append((sign, most, divisions))
        divisions = divisions + 1 if sign == "/" else 0
        most = min(30 * most, _MOST) if sign == "/" else isqrt(most) if sign == "^" else most // 2
    return plan[::-1]


_PLANS = {path: _plan(path) for path in _TEMPLATE}


def _after(sign: str, v: int, n: int, time: int) -> int:
    """What a law leads to, from v and its given; `time` is the second given of an acceleration."""
    if sign == "+":
        return v + n * time
    return v * n if sign == "*" else v // n if sign == "/" else v * v * n // 2


def _own(path: Path, givens: Sequence[Any]) -> list[Any]:
    """For each law its (first) given."""
    return [givens[0], *givens[2:]] if path[0] == "first speed" else list(givens)


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    path = d.choice(_PATHS[difficulty])
    wide = difficulty == 1
    v = d.between(2, 99 if wide else 24)
    plan = _PLANS[path]
    if plan[0][0] == "/":
        v *= d.between(2, 25 if wide else 12)
        if v > _MOST:
            return None
    numbers, time = [v], 0
    for sign, most, divisions in plan:
        if sign == "/":
            fit = _DIVISORS[divisions][v]
            if not fit:
                return None
            n = max(d.choice(fit), d.choice(fit))  # or most would be 2
        elif sign == "+":
            n, time = d.between(2, 9), d.between(2, 30 if wide else 15)
        else:
            most = min(30, most // v if sign == "*" else 2 * most // (v * v))
            if most < 2:
                return None
            n = d.between(2, most)
            if sign == "^":
                n -= n % 2
        v = _after(sign, v, n, time)
        numbers += (n, time) if sign == "+" else (n,)
    # A question may not state what it asks for.
    if v in numbers or numbers.count(numbers[hidden == "given"]) > 1:
        return None
    i = d.below(len(PEOPLE))
    friend = PEOPLE[(i + d.between(1, len(PEOPLE) - 1)) % len(PEOPLE)]
    return {
        "name": PEOPLE[i], "friend": friend, "story": (path, tuple(numbers)),
        "goal": _GOALS[path[-1]],
    }  # fmt: skip


def hide(facts: Facts, hidden: str) -> Facts:
    path, (start, given, *rest) = facts["story"]
    known = (None, given) if hidden == "start" else (start, None)
    return facts | {"story": (path, (*known, *rest))}


def forward(facts: Facts) -> Solution:
    path, (v, *givens) = facts["story"]
    lines = [f"The {path[0]} is {v} {_UNITS[path[0]]}."]
    program = f"{_NAMES[path[0]]} = {v}\n"
    for step, n in zip(pairwise(path), _own(path, givens), strict=True):
        source, target, sign, given, _, _ = _LAW[step]
        unit, before, v = _UNITS[target], v, _after(sign, v, n, givens[1] if sign == "+" else 0)
        if sign == "*":
            lines.append(f"The {target} is {given} times {source}: {n} * {before} = {v} {unit}.")
            sums = f"{n} * {_NAMES[source]}"
        elif sign == "/":
            lines.append(f"The {target} is {source} over {given}: {before} / {n} = {v} {unit}.")
            sums = f"{_NAMES[source]} // {n}"
        elif sign == "+":
            t = givens[1]
            lines.append(f"The gain in speed is {n} * {t} = {n * t} m/s.")
            lines.append(f"The speed after that is {before} + {n * t} = {v} m/s.")
            sums = f"{_NAMES[source]} + {n} * {t}"
        else:
            square = before * before
            lines.append(f"The speed times itself is {before} * {before} = {square}.")
            lines.append(
                f"The energy is half the mass times that: {n} / 2 * {square} = "
                f"{n // 2} * {square} = {v} joules."
            )
            sums = f"{n} * speed ** 2 // 2"
        program += f"{_NAMES[target]} = {sums}\n"
    return Solution(v, "\n".join(lines), f"{program}print({_NAMES[path[-1]]})")


def reverse(facts: Facts, hidden: str) -> Solution:
    path, (start, *givens) = facts["story"]
    v, steps, own = facts["answer"], list(pairwise(path)), _own(path, givens)
    lines = [f"The {path[-1]} is {v} {_UNITS[path[-1]]}."]
    program = f"{_NAMES[path[-1]]} = {v}\n"
    for i in range(len(steps) - 1, -1, -1):
        source, target, sign, given, given_unit, _ = _LAW[steps[i]]
        n, after, unit, code = own[i], v, _UNITS[source], _NAMES[target]
        asked = source
        if i == 0 and hidden == "given":
            # What is sought and what is known change places.
            asked, given, n, unit = given, source, start, given_unit
        if sign == "*":
            v = after // n
            lines.append(f"The {asked} is {target} over {given}: {after} / {n} = {v} {unit}.")
            sums = f"{code} // {n}"
        elif sign == "/" and asked == source:
            v = after * n
            lines.append(f"The {asked} is {target} times {given}: {after} * {n} = {v} {unit}.")
            sums = f"{code} * {n}"
        elif sign == "/":
            v = n // after
            lines.append(f"The {asked} is {given} over {target}: {n} / {after} = {v} {unit}.")
            sums = f"{n} // {code}"
        elif sign == "+":
            t = givens[1]
            if asked == source:
                v = after - n * t
                lines.append(f"The speed grew by {n} * {t} = {n * t} m/s in {t} seconds.")
                lines.append(f"The first speed is less by that, {after} - {n * t} = {v} m/s.")
                sums = f"{code} - {n} * {t}"
            else:
                v = (after - n) // t
                lines.append(f"The speed grew from {n} m/s by {after} - {n} = {after - n} m/s.")
                lines.append(
                    f"The acceleration is this gain over time: {after - n} / {t} = {v} m/s^2."
                )
                sums = f"({code} - {n}) // {t}"
        elif asked == source:
            half, square = n // 2, after // (n // 2)
            v = isqrt(square)
            lines.append(f"The energy is half the mass, {n} / 2 = {half}, times speed squared.")
            lines.append(
                f"Speed squared is {after} / {half} = {square} = {v}^2, so the speed is {v} m/s."
            )
            sums = f"round((2 * {code} // {n}) ** 0.5)"
        else:
            square, half = n * n, after // (n * n)
            v = 2 * half
            lines.append(f"The square of the speed is {n}^2 = {square}.")
            lines.append(
                f"Half the mass is {after} / {square} = {half}, "
                f"so the mass is 2 * {half} = {v} kilograms."
            )
            sums = f"2 * {code} // {n} ** 2"
        program += f"{_NAMES.get(asked, asked)} = {sums}\n"
    return Solution(v, "\n".join(lines), f"{program}print({_NAMES.get(asked, asked)})")


def _value(story: Story) -> Fraction:
    """The last quantity: one fraction, of all that multiplies over all that divides."""
    path, (start, *givens) = story
    top, below = start or 0, 1
    if path[0] == "first speed":
        speeds = [top]
        for _ in range(givens[1] or 0):
            speeds.append(speeds[-1] + (givens[0] or 0))
        top = speeds[-1]
    for step, n in zip(pairwise(path), _own(path, givens), strict=True):
        sign = _LAW[step].sign
        if sign == "/":
            below *= n
        elif sign != "+":
            top, below = (top * n, below) if sign == "*" else (top * top * n, 2 * below**2)
    return Fraction(top, below)


def solve_forward(facts: Facts) -> list[int]:
    value = _value(facts["story"])
    return [value.numerator] if value.denominator == 1 else []


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Halves the range of k: the last quantity grows with k, or falls with it."""
    path, numbers = facts["story"]

    def value(k: int) -> Fraction:
        return _value((path, tuple(k if n is None else n for n in numbers)))

    low, high = 1, 4096
    falls = value(low) > value(high)
    while low < high:
        middle = (low + high) // 2
        far = value(middle) <= facts["answer"] if falls else value(middle) >= facts["answer"]
        low, high = (low, middle) if far else (middle + 1, high)
    return [low] if value(low) == facts["answer"] else []
