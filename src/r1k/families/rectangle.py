"""Rectangles that grow, shrink and get borders: areas, perimeters, frames, boxes, holes, prices.

    forward   A lawn is 12 metres long and 7 metres wide. All round a border of 2 metres is added.
              What does Omar get for the area in square metres?                     answer 176
    reverse   A lawn is 7 metres wide at first. All round a border of 2 metres is added. Omar gets
              176 for the area in square metres. How long was the lawn to begin with?
                                                                                    answer 12

A plan is a rectangle and changes, first of its sides and then of its area alone (a part is cut out
or joined on); a goal is what is asked of the result. A reverse question hides one side. Every goal
grows with each side, so there is one solution.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings, without
from r1k.families.words import PEOPLE, PERSON, word_slot

AREA = "geometry"
SUMMARY = "areas, borders and boxes of a rectangle that changes; reverse: a side of the first one"
VERSION = 2
_ONE = {
    "metres": "metre", "feet": "foot", "yards": "yard", "centimetres": "centimetre",
    "inches": "inch",
}  # fmt: skip
UNITS = tuple(_ONE)
_LARGE = tuple(
    "lawn field terrace floor stage court meadow hall patio garden platform pool deck".split()
)
_SMALL = tuple(
    "poster tray card panel tile label mirror board picture cloth plate banner mat screen".split()
)
_THINGS = {unit: _LARGE if unit in ("metres", "feet", "yards") else _SMALL for unit in UNITS}

# A change is its kind, its numbers (0: none) and the unit; a goal the same with one number.
Change = tuple[str, int, int, str]
Goal = tuple[str, int, str]
# How each is written: a change from its numbers and unit; a goal from its number and the unit in
# the plural and singular.
_CHANGES: dict[str, Callable[[Any, Any, Any], str]] = {
    "longer": lambda n, m, unit: f"The length grows by {n} {unit}.",
    "wider": lambda n, m, unit: f"The width grows by {n} {unit}.",
    "shorter": lambda n, m, unit: f"The length shrinks by {n} {unit}.",
    "narrower": lambda n, m, unit: f"The width shrinks by {n} {unit}.",
    "long": lambda n, m, unit: f"The length is multiplied by {n}.",
    "wide": lambda n, m, unit: f"The width is multiplied by {n}.",
    "border": lambda n, m, unit: f"All round a border of {n} {unit} is added.",
    "trim": lambda n, m, unit: f"All round a strip of {n} {unit} is cut off.",
    "hole": lambda n, m, unit: f"A part of {n} by {m} {unit} is cut out.",
    "join": lambda n, m, unit: f"A part of {n} by {m} {unit} is joined on.",
}
_GOALS: dict[str, Callable[[Any, Any, Any], str]] = {
    "area": lambda n, unit, one: f"area in square {unit}",
    "perimeter": lambda n, unit, one: f"perimeter in {unit}",
    "cover": lambda n, unit, one: f"price of a cover at {n} euros a square {one}",
    "edge": lambda n, unit, one: f"price of an edging at {n} euros a {one}",
    "volume": lambda n, unit, one: f"volume of a box {n} {unit} high on it",
    "surface": lambda n, unit, one: f"surface of a closed box {n} {unit} high on it",
    "frame": lambda n, unit, one: f"area of a frame {n} {unit} wide around it",
}
# How a change acts on a side: the sign and how often its number counts.
_ON_LENGTH = {"longer": "+", "shorter": "-", "long": "*", "border": "++", "trim": "--"}
_ON_WIDTH = {"wider": "+", "narrower": "-", "wide": "*", "border": "++", "trim": "--"}


def _regexes(
    texts: Mapping[str, Callable[[Any, Any, Any], str]], *names: str
) -> dict[str, re.Pattern[str]]:
    """What reads each text: the pattern of a name where it stands first, then a reference to it."""
    found = {}
    for kind, write in texts.items():
        pattern = write(*[f"(?P={name})" for name in names]).replace(".", r"\.")
        for name in names:
            what = r"\d+" if name in ("n", "m") else "[a-z]+"
            pattern = pattern.replace(f"(?P={name})", f"(?P<{name}>{what})", 1)
        found[kind] = re.compile(pattern)
    return found


_READ_CHANGES = _regexes(_CHANGES, "n", "m", "unit")
_READ_GOALS = _regexes(_GOALS, "n", "unit", "one")
_PLURAL = {one: unit for unit, one in _ONE.items()}


def _show_changes(changes: Sequence[Change]) -> str:
    return "".join([f" {_CHANGES[kind](n, m, unit)}" for kind, n, m, unit in changes])


def _read_changes(text: str) -> tuple[Change, ...]:
    return tuple(
        _parsed(sentence.strip(), _READ_CHANGES) for sentence in re.findall(r" [^.]+\.", text)
    )


def _parsed(text: str, regexes: dict[str, re.Pattern[str]]) -> Change:
    for kind, regex in regexes.items():
        if match := regex.fullmatch(text):
            found = match.groupdict()
            unit = found.get("unit") or _PLURAL.get(found.get("one", ""), "")
            return kind, int(found.get("n", 0)), int(found.get("m", 0)), unit
    raise ValueError(text)


def _show_goal(goal: Goal) -> str:
    kind, n, unit = goal
    return _GOALS[kind](n, unit, _ONE[unit])


def _read_goal(text: str) -> Goal:
    kind, n, _, unit = _parsed(text, _READ_GOALS)
    return kind, n, unit


SLOTS = {
    "name": PERSON,
    "thing": word_slot(_LARGE + _SMALL, "[a-z]+"),
    "unit": one_of(UNITS, cosmetic=True),
    "length": INT,
    "width": INT,
    "changes": Slot(r"(?: [A-Z][a-z0-9 ]+\.)*", _show_changes, _read_changes),
    "goal": Slot(r"[a-z]+[a-z0-9 ]+", _show_goal, _read_goal),
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "A {thing} is {length} {unit} long and {width} {unit} wide.{changes} "
    "What does {name} get for the {goal}?",
    "Measured in {unit}, a {thing} is {length} by {width}, length first.{changes} "
    "Help {name} to find the {goal}.",
    "{name} wonders about the {goal}. A {thing} has length {length} and width {width} in "
    "{unit}.{changes} What is the result?",
    "A {thing} has a length of {length} {unit} and a width of {width} {unit}.{changes} "
    "If {name} needs the {goal}, how much is it?",
    "Work out the {goal} from {name}'s notes. A {thing} is {width} {unit} wide and {length} {unit} "
    "long.{changes}",
    "The width of a {thing} is {width} {unit}, its length {length} {unit}.{changes} "
    "Tell {name} the {goal}.",
    "In a drawing, a {thing} has the length {length} {unit} and the width {width} {unit}.{changes} "
    "How large will {name} find the {goal}?",
    "At the start {name}'s {thing} is {length} {unit} long, and its width is {width} "
    "{unit}.{changes} Calculate the {goal}.",
)
REVERSE = {
    "length": phrasings(
        SLOTS,
        "A {thing} is {width} {unit} wide at first.{changes} {name} gets {answer} for the {goal}. "
        "How long was the {thing} to begin with?",
        "{name} finds {answer} for the {goal}. A {thing} has a width of {width} {unit} at "
        "first.{changes} What was its first length?",
        "The width of a {thing} is {width} {unit}.{changes} As {name} knows, the {goal} is "
        "{answer}. Which length in {unit} did the {thing} start with?",
        "At the start {name}'s {thing} is {width} {unit} wide.{changes} "
        "Since the {goal} is {answer}, which length did it have then?",
        "The {goal} is {answer} for {name}'s {thing}. Work out its first length. It is {width} "
        "{unit} wide at first.{changes}",
    ),
    "width": phrasings(
        SLOTS,
        "A {thing} is {length} {unit} long at first.{changes} {name} gets {answer} for "
        "the {goal}. How wide was the {thing} to begin with?",
        "{name} finds {answer} for the {goal}. A {thing} has a length of {length} {unit} at "
        "first.{changes} What was its first width?",
        "The length of a {thing} is {length} {unit}.{changes} As {name} knows, the {goal} is "
        "{answer}. Which width in {unit} did the {thing} start with?",
        "At the start {name}'s {thing} is {length} {unit} long.{changes} "
        "Since the {goal} is {answer}, which width did it have then?",
        "The {goal} is {answer} for {name}'s {thing}. Work out its first width. It is {length} "
        "{unit} long at first.{changes}",
    ),
}

# By difficulty: how many changes of sides, how many of the area, and which goals.
_MIXES = [
    [(sides, area, goals.split()) for sides, area, goals in mixes]
    for mixes in (
        ((0, 0, "area perimeter"),),
        ((1, 0, "area perimeter"), (0, 0, "cover edge volume"), (0, 1, "area")),
        ((1, 0, "cover edge volume"), (1, 1, "area"), (2, 0, "area perimeter"), (0, 0, "frame")),
        ((2, 0, "cover edge volume frame"), (1, 1, "cover"), (1, 0, "surface"), (2, 1, "area")),
        ((3, 0, "edge frame surface"), (2, 2, "cover"), (3, 1, "cover"), (2, 0, "surface")),
    )
]
_SIDES = ("longer", "wider", "shorter", "narrower", "long", "wide", "border", "trim")


# How often the number of a change is added.
_TIMES = {"+": 1, "-": -1, "++": 2, "--": -2}


def _changed(side: int, how: str, n: int) -> int:
    """A side after a change; `how` is from `_ON_LENGTH` or `_ON_WIDTH`."""
    return side * n if how == "*" else side + _TIMES[how] * n


def _most(kind: str, side: int) -> int:
    """The largest number of a change, so that the side stays handy; `trim` takes it twice."""
    if kind in ("long", "wide"):
        return min(4, 60 // side)
    if kind in ("shorter", "narrower"):
        return min(15, side - 4)
    return min(9, side // 2 - 2) if kind == "trim" else 9 if kind == "border" else 15


def _fit(parts: Sequence[tuple[int, int]], a: int, b: int) -> bool:
    """Whether parts fit into a rectangle, all along its length or all along its width."""
    ns, ms = [n for n, _ in parts], [m for _, m in parts]
    return (sum(ns) <= a and max(ms) <= b) or (max(ns) <= a and sum(ms) <= b)


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    unit = d.choice(UNITS)
    of_sides, of_area, goals = d.choice(_MIXES[difficulty - 1])
    if difficulty == 1:
        length, width = d.between(5, 99), d.between(3, 49)
    else:
        length, width = d.between(6, 40), d.between(4, 25)
    if length == width:
        return None
    if length < width:
        length, width = width, length
    a, b = length, width
    changes: list[Change] = []
    for kind in d.sample(_SIDES, of_sides):
        on_a, on_b = _ON_LENGTH.get(kind), _ON_WIDTH.get(kind)
        most = _most(kind, b if on_b and (not on_a or b < a) else a)
        if most < 2:
            return None
        n = d.between(2, most)
        if on_a:
            a = _changed(a, on_a, n)
        if on_b:
            b = _changed(b, on_b, n)
        changes.append((kind, n, 0, unit))
    if difficulty > 1 and a * b > 1500:
        return None
    holes = []
    for _ in range(of_area):
        kind = d.choice(("hole", "join"))
        n, m = d.between(2, min(a - 1, 19)), d.between(2, min(b - 1, 19))
        if kind == "hole":
            holes.append((n, m))
        changes.append((kind, n, m, unit))
    if len(holes) > 1 and not _fit(holes, a, b):
        return None
    goal = d.choice(goals)
    n = 0 if goal in ("area", "perimeter") else d.between(2, 12)
    return {
        "name": d.choice(PEOPLE), "thing": d.choice(_THINGS[unit]),
        "unit": unit, "length": length, "width": width, "changes": tuple(changes),
        "goal": (goal, n, unit),
    }  # fmt: skip


hide = without
_PARTS = ("hole", "join")
_OPPOSITE = {"+": "-", "-": "+", "*": "/"}


def forward(facts: Facts) -> Solution:
    unit, a, b = facts["unit"], facts["length"], facts["width"]
    goal, h, _ = facts["goal"]
    lines, program = [], f"length, width = {a}, {b}\n"
    for kind, n, _, _ in facts["changes"]:
        if kind in _PARTS:
            break
        if kind in ("border", "trim"):
            sign, what = ("+", "border adds") if kind == "border" else ("-", "strip takes")
            by = 2 * n if kind == "border" else -2 * n
            lines.append(
                f"The {what} 2 * {n} = {2 * n} each way: "
                f"{a} {sign} {2 * n} = {a + by} and {b} {sign} {2 * n} = {b + by} {unit}."
            )
            a, b = a + by, b + by
            program += f"length, width = length {sign} 2 * {n}, width {sign} 2 * {n}\n"
        elif kind in _ON_LENGTH:
            sign = _ON_LENGTH[kind]
            old, a = a, _changed(a, sign, n)
            lines.append(f"The length becomes {old} {sign} {n} = {a} {unit}.")
            program += f"length = length {sign} {n}\n"
        else:
            sign = _ON_WIDTH[kind]
            old, b = b, _changed(b, sign, n)
            lines.append(f"The width becomes {old} {sign} {n} = {b} {unit}.")
            program += f"width = width {sign} {n}\n"
    if goal in ("perimeter", "edge"):
        value = 2 * (a + b)
        lines.append(
            f"The perimeter is twice length plus width, 2 * ({a} + {b}) = 2 * {a + b} = "
            f"{value} {unit}."
        )
        result = "2 * (length + width)"
        if goal == "edge":
            lines.append(f"The edging has the price {h} * {value} = {h * value} euros.")
            value, result = h * value, f"{h} * {result}"
        return Solution(value, "\n".join(lines), f"{program}print({result})")
    value, result = a * b, "length * width"
    lines.append(f"The area is length times width, {a} * {b} = {value} square {unit}.")
    for kind, n, m, _ in facts["changes"]:
        if kind in _PARTS:
            sign, old = "+" if kind == "join" else "-", value
            value = old + n * m if kind == "join" else old - n * m
            what = "joined part adds" if kind == "join" else "part cut out takes"
            lines.append(
                f"The {what} {n} * {m} = {n * m}, which makes {old} {sign} {n * m} = {value} "
                f"square {unit}."
            )
            result += f" {sign} {n} * {m}"
    if goal == "cover":
        lines.append(f"The cover has the price {h} * {value} = {h * value} euros.")
        value, result = h * value, f"{h} * ({result})"
    elif goal == "volume":
        lines.append(f"The volume is height times area, {h} * {value} = {h * value} cubic {unit}.")
        value, result = h * value, f"{h} * {result}"
    elif goal == "surface":
        wall = 2 * (a + b)
        lines.append(f"The base and the lid have 2 * {value} = {2 * value} square {unit}.")
        lines.append(f"The way round is 2 * ({a} + {b}) = 2 * {a + b} = {wall} {unit}.")
        lines.append(f"The walls have {h} * {wall} = {h * wall} square {unit}.")
        lines.append(f"The surface is {2 * value} + {h * wall} = {2 * value + h * wall}.")
        value = 2 * value + h * wall
        result = f"2 * length * width + {h} * 2 * (length + width)"
    elif goal == "frame":
        c, e, inner = a + 2 * h, b + 2 * h, value
        value = c * e - inner
        lines.append(f"The frame is {a} + 2 * {h} = {c} by {b} + 2 * {h} = {e} {unit} outside.")
        lines.append(f"The outer rectangle has {c} * {e} = {c * e} square {unit}.")
        lines.append(f"The frame alone has {c * e} - {inner} = {value} square {unit}.")
        result = f"(length + 2 * {h}) * (width + 2 * {h}) - length * width"
    return Solution(value, "\n".join(lines), f"{program}print({result})")


def reverse(facts: Facts, hidden: str) -> Solution:
    unit, value = facts["unit"], facts["answer"]
    goal, h, _ = facts["goal"]
    other = "width" if hidden == "length" else "length"
    on_hidden, on_other = _ON_LENGTH, _ON_WIDTH
    if hidden == "width":
        on_hidden, on_other = _ON_WIDTH, _ON_LENGTH
    changes = facts["changes"]
    lines, code = [], str(value)
    # The goal is undone as far as it goes without the sides.
    if goal == "cover":
        lines.append(f"The price pays for {value} / {h} = {value // h} square {unit}.")
        value, code = value // h, f"{code} // {h}"
    elif goal == "edge":
        lines.append(f"The price pays for {value} / {h} = {value // h} {unit} of edging.")
        value, code = value // h, f"{code} // {h}"
    elif goal == "volume":
        lines.append(f"The base has {value} / {h} = {value // h} square {unit}, volume by height.")
        value, code = value // h, f"{code} // {h}"
    elif goal == "area":
        lines.append(f"The area is known, {value} square {unit}.")
    if goal in ("perimeter", "edge"):
        lines.append(f"The sum of the sides is {value} / 2 = {value // 2} {unit}.")
        value, code = value // 2, f"{code} // 2"
    elif goal == "frame":
        corners = 4 * h * h
        lines.append(
            f"The corners of the frame have 4 * {h} * {h} = {corners}, which leaves "
            f"{value} - {corners} = {value - corners} square {unit}."
        )
        value -= corners
        lines.append(
            f"The sum of the sides is this over {h} twice, {value} / (2 * {h}) = "
            f"{value // (2 * h)} {unit}."
        )
        value, code = value // (2 * h), f"({code} - 4 * {h} * {h}) // (2 * {h})"
    elif goal == "surface":
        lines.append(f"The half of the surface is {value} / 2 = {value // 2} square {unit}.")
        value, code = value // 2, f"{code} // 2"
    for kind, n, m, _ in reversed(changes):
        if kind in _PARTS:
            sign, old = "-" if kind == "join" else "+", value
            value = old - n * m if kind == "join" else old + n * m
            what = "joined part had" if kind == "join" else "part cut out had"
            lines.append(
                f"The {what} {n} * {m} = {n * m}, so before it is {old} {sign} {n * m} = {value}."
            )
            code += f" {sign} {n} * {m}"
    # The known side is followed to the end.
    known, side = facts[other], str(facts[other])
    to_undo = [change for change in reversed(changes) if change[0] in on_hidden]
    last = f"last {hidden}" if to_undo else hidden
    for kind, n, _, _ in changes:
        how = on_other.get(kind)
        if how is None:
            continue
        old, known = known, _changed(known, how, n)
        twice = f"2 * {n}" if len(how) == 2 else str(n)
        lines.append(f"The known {other} changes to {old} {how[0]} {twice} = {known} {unit}.")
        side = f"({side} {how[0]} {twice})"
    if goal in ("perimeter", "edge", "frame"):
        lines.append(f"The {last} is {value} - {known} = {value - known} {unit}.")
        value, code = value - known, f"{code} - {side}"
    elif goal == "surface":
        wall = known * h
        lines.append(
            f"The wall along the {other} has {h} * {known} = {wall}, which leaves "
            f"{value} - {wall} = {value - wall}."
        )
        value -= wall
        lines.append(
            f"The {last} is {value} / ({known} + {h}) = {value} / {known + h} = "
            f"{value // (known + h)} {unit}."
        )
        value, code = value // (known + h), f"({code} - {h} * {side}) // ({side} + {h})"
    else:
        lines.append(f"The {last} is {value} / {known} = {value // known} {unit}.")
        code = f"({code})" if " " in code else code
        value, code = value // known, f"{code} // {side}"
    program = f"{hidden} = {code}\n"
    for kind, n, _, _ in to_undo:
        how, old = on_hidden[kind], value
        sign = _OPPOSITE[how[0]]
        twice = f"2 * {n}" if len(how) == 2 else f"{n}"
        value = old // n if sign == "/" else old - _TIMES[how] * n
        lines.append(f"The {hidden} before was {old} {sign} {twice} = {value} {unit}.")
        program += f"{hidden} = {hidden} {'//' if sign == '/' else sign} {twice}\n"
    return Solution(value, "\n".join(lines), f"{program}print({hidden})")


def _measure(a: int, b: int, changes: Sequence[Change], goal: str, h: int) -> int | None:
    """The goal from the corners of the rectangle; None where nothing is left of it,
    or where the parts to cut out do not fit."""
    left, low, right, top = 0, 0, a, b
    extra, holes = 0, []
    for kind, n, m, _ in changes:
        if kind in ("longer", "shorter"):
            right += n if kind == "longer" else -n
        elif kind in ("wider", "narrower"):
            top += n if kind == "wider" else -n
        elif kind == "long":
            right = left + n * (right - left)
        elif kind == "wide":
            top = low + n * (top - low)
        elif kind in _PARTS:
            extra += n * m if kind == "join" else -n * m
            if kind == "hole":
                holes.append((n, m))
        else:
            n = n if kind == "border" else -n
            left, low, right, top = left - n, low - n, right + n, top + n
    across, up = right - left, top - low
    if across <= 0 or up <= 0 or (holes and not _fit(holes, across, up)):
        return None
    inside = across * up + extra
    if goal == "frame":
        return sum((across, across, up, up)) * h + 4 * h * h
    if goal == "surface":
        return sum((inside, across * h, up * h)) * 2
    if goal in ("perimeter", "edge"):
        return sum((across, up, across, up)) * (h or 1)
    return inside * (h or 1)


def solve_forward(facts: Facts) -> list[int]:
    goal, h, _ = facts["goal"]
    value = _measure(facts["length"], facts["width"], facts["changes"], goal, h)
    return [] if value is None else [value]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """The goal is linear in a side: what it is for 1,000 and 1,001 tells which side fits."""
    (goal, h, _), changes = facts["goal"], facts["changes"]
    if hidden == "length":
        at, after = (_measure(side, facts["width"], changes, goal, h) for side in (1000, 1001))
    else:
        at, after = (_measure(facts["length"], side, changes, goal, h) for side in (1000, 1001))
    if at is None or after is None or (facts["answer"] - at) % (after - at):
        return []
    side = 1000 + (facts["answer"] - at) // (after - at)
    found = solve_forward(facts | {hidden: side})
    return [side] if side > 0 and found == [facts["answer"]] else []
