"""Right triangles with whole sides, one to four of them, each length leading to the next.

    forward   A ladder of length 13, foot 5 from a wall, reaches up Omar's length. Mina's length
              is 4 more than Omar's. With lengths in feet, how large does Ben find Mina's?
                                                                                    answer 16
    reverse   A ladder of length x, foot 5 from a wall, reaches up Omar's length. Mina's length is
              4 more than Omar's. With lengths in feet and 16 for Mina's, how large does Ben find
              x?                                                                    answer 13

Triangles and changes of a length take turns. A triangle gives the longest side from the legs, or a
leg from the other and the longest side. A reverse question hides the first length, or the other
given of the first triangle, then written x. Each result grows or falls with both: one solution.
"""

import re
from collections.abc import Sequence
from math import isqrt

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON, Person

AREA = "geometry"
SUMMARY = "sides of right triangles, one after the other; reverse: the first length, or a leg"
VERSION = 1
UNITS = ("metres", "centimetres", "feet", "yards", "inches", "paces")

# By kind: what is told of the known length ("length 5", "Omar's length"), the given n and the
# child with the result; and the longest side of the triangle. It is sought in those of `_UP`.
_TRIANGLE = {
    "rectangle": ("A rectangle of {known} and width {n} has {to}'s length as its diagonal.",
                  "diagonal"),
    "pole": ("A peg {n} from a pole of {known} needs {to}'s length of rope to the top.", "rope"),
    "streets": ("A street of {known} meets one of length {n} at a right angle; {to}'s length joins "
                "the far ends.", "shortcut"),
    "ship": ("A ship sails a leg of {known} north, {n} east, and is {to}'s length from port.",
             "distance"),
    "ladder": ("A ladder of {known}, foot {n} from a wall, reaches up {to}'s length.",
               "ladder"),
    "kite": ("A kite on a tight string of {known}, {n} off sideways, is up {to}'s length.",
             "string"),
    "door": ("A door with a diagonal of {known} and width {n} has {to}'s length as its height.",
             "diagonal"),
}  # fmt: skip
_CHANGE = {
    "more": "{to}'s length is {n} more than {of}'s.",
    "less": "{to}'s length is {n} less than {of}'s.",
    "times": "{to}'s length is {n} times {of}'s.",
}
_UP, _DOWN = ("rectangle", "pole", "streets", "ship"), ("ladder", "kite", "door")


def _regex(text: str) -> re.Pattern[str]:
    person = "[A-Z][a-z]+"
    parts = {"n": r"(?P<n>\d+|x)", "to": f"(?P<to>{person})", "of": person}
    parts["known"] = rf"(?:length (?P<known>\d+|x)|{person}'s length)"
    return re.compile(re.sub(r"\\\{(\w+)\\\}", lambda m: parts[m[1]], re.escape(text)))


_READ = {kind: _regex(text) for kind, (text, _) in _TRIANGLE.items()}
_READ |= {kind: _regex(text) for kind, text in _CHANGE.items()}

# The first length, each step as its kind and given, and whose lengths come out.
Figure = tuple[int | None, tuple[tuple[str, int | None], ...], tuple[Person, ...]]


def _show(figure: Figure) -> str:
    start, steps, people = figure
    known, of, parts = f"length {'x' if start is None else start}", "", []
    for (kind, n), to in zip(steps, people, strict=True):
        text = _TRIANGLE[kind][0] if kind in _TRIANGLE else _CHANGE[kind]
        parts.append(text.format(known=known, n="x" if n is None else n, to=to, of=of))
        known, of = f"{to}'s length", to
    return " ".join(parts)


def _number(text: str) -> int | None:
    return None if text == "x" else int(text)


def _read(text: str) -> Figure:
    start, steps, people = "", [], []
    for sentence in re.findall(r"[^.]+\.", text):
        for kind, regex in _READ.items():
            if found := regex.fullmatch(sentence.strip()):
                start = start or found["known"]
                steps.append((kind, _number(found["n"])))
                people.append(PERSON.read(found["to"]))
                break
        else:
            raise ValueError(sentence)
    return _number(start), tuple(steps), tuple(people)


SLOTS = {
    "name": PERSON,
    "unit": one_of(UNITS, cosmetic=True),
    "figure": Slot(r"[A-Z][A-Za-z0-9,;' ]+\.(?: [A-Z][A-Za-z0-9,;' ]+\.)*", _show, _read),
    "last": PERSON,
    "start": INT,
    "other": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "Each child writes down a length in {unit}, reports {name}. {figure} What is {last}'s length?",
    "Some friends note lengths in {unit}, then {name} reads: {figure} Find {last}'s length.",
    "In a riddle {name} asks how many {unit} {last}'s length is. {figure}",
    "{figure} What is {last}'s length in {unit}, if {name} uses {unit} throughout?",
    "Work out {last}'s length, says {name}; every pupil has one in {unit}. {figure}",
    "{figure} With lengths in {unit}, how large does {name} find {last}'s?",
    "In a game each player has a length in {unit}, as {name} tells: {figure} Determine {last}'s.",
    "{figure} Which length must {last} then have, if {name} measures in {unit}?",
)
_BACK = phrasings(
    SLOTS,
    "Each child writes down a length in {unit}, reports {name}. {figure} If {last}'s length is "
    "{answer}, what is x?",
    "Some friends note lengths in {unit}, then {name} reads: {figure} Find x, when {last}'s length "
    "is {answer}.",
    "In a riddle {name} asks how many {unit} x is, where {last}'s length is {answer}. {figure}",
    "{figure} What is x, if {last}'s length is {answer} and {name} uses {unit} throughout?",
    "Work out x, says {name}; every pupil has a length in {unit}, and {last}'s is {answer}. "
    "{figure}",
    "{figure} With lengths in {unit} and {answer} for {last}'s, how large does {name} find x?",
    "In a game each player has a length in {unit}, as {name} tells: {figure} "
    "As {last}'s is {answer}, determine x.",
    "{figure} So {last}'s length is {answer}, if {name} measures in {unit}. Which number is x?",
)
REVERSE = {"start": _BACK, "other": _BACK}

# (leg, other leg, longest side), with a longest side of at most 100.
_TRIANGLES = [
    (a, b, isqrt(a * a + b * b))
    for a in range(3, 100)
    for b in range(3, 100)
    if isqrt(a * a + b * b) ** 2 == a * a + b * b <= 100**2
]


# By difficulty: triangles and changes in turn.
_ORDER = ("TC", "TCT", "TCTC", "TCTCT", "TCCTCCT")


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    order = _ORDER[difficulty - 1]
    steps: list[tuple[str, int]] = []
    first = length = 0
    triangle = ("", 0, 0, 0)
    for i, what in enumerate(order):
        if i == 0 or order[i + 1 : i + 2] == "T":
            a, b, c = d.choice(_TRIANGLES)
            # Kind, length that is known, the other given, and the result.
            up = d.below(2)
            triangle = (d.choice(_UP), a, b, c) if up else (d.choice(_DOWN), c, a, b)
        kind, known, other, end = triangle
        if what == "T":
            steps.append((kind, other))
            first, length = first or known, end
        elif order[i + 1 : i + 2] == "T":
            # This change leads to what is known in the next triangle.
            if abs(known - length) < 2:
                return None
            if known % length == 0 and known // length < 10:
                steps.append(("times", known // length))
            else:
                steps.append(("more" if known > length else "less", abs(known - length)))
            length = known
        else:
            kind = d.choice(("more", "less", "times")) if length > 5 else "more"
            most = length - 3 if kind == "less" else 9 if kind == "times" else 60
            if difficulty == 5 and kind != "less":
                most //= 2
            steps.append((kind, d.between(2, most)))
            length = _changed(length, _SIGNS[kind], steps[-1][1])
    name, *people = d.sample(PEOPLE, len(order) + 1)
    return {
        "name": name, "unit": d.choice(UNITS), "figure": (first, tuple(steps), tuple(people)),
        "last": people[-1],
    }  # fmt: skip


def hide(facts: Facts, hidden: str) -> Facts:
    start, ((kind, n), *rest), people = facts["figure"]
    known = (None, ((kind, n), *rest)) if hidden == "start" else (start, ((kind, None), *rest))
    return facts | {"figure": (*known, people)}


def _squares(a: int, sign: str, b: int) -> tuple[str, int]:
    """3^2 + 4^2 = 9 + 16 = 25 = 5^2, and the 5."""
    square = a * a + b * b if sign == "+" else a * a - b * b
    side = isqrt(square)
    return f"{a}^2 {sign} {b}^2 = {a * a} {sign} {b * b} = {square} = {side}^2", side


def _program(first: int, codes: list[str]) -> str:
    codes[0] = codes[0].replace("length", str(first))
    lines = [f"length = {code}" for code in codes[:-1]]
    return "\n".join(("from math import isqrt", *lines, f"print({codes[-1]})"))


def forward(facts: Facts) -> Solution:
    first, steps, people = facts["figure"]
    length, lines, codes = first, [], []
    for (kind, n), to in zip(steps, people, strict=True):
        before = length
        if kind in _TRIANGLE:
            sign = "+" if kind in _UP else "-"
            sums, length = _squares(before, sign, n)
            lines.append(
                f"The {_TRIANGLE[kind][1]} is longest, so the square of {to}'s length is {sums}."
            )
            codes.append(f"isqrt(length ** 2 {sign} {n} ** 2)")
        else:
            sign = _SIGNS[kind]
            length = _changed(length, sign, n)
            lines.append(f"{to}'s length is {before} {sign} {n} = {length}.")
            codes.append(f"length {sign} {n}")
    return Solution(length, "\n".join(lines), _program(first, codes))


_SIGNS = {"more": "+", "less": "-", "times": "*"}
_BACKWARDS = {"more": "-", "less": "+", "times": "/"}


def _changed(length: int, sign: str, n: int) -> int:
    if sign in "*/":
        return length * n if sign == "*" else length // n
    return length + n if sign == "+" else length - n


def reverse(facts: Facts, hidden: str) -> Solution:
    start, steps, people = facts["figure"]
    length, lines, codes = facts["answer"], [], []
    for i in range(len(steps) - 1, 0, -1):
        (kind, n), before, of = steps[i], length, people[i - 1]
        if kind in _TRIANGLE:
            sign, how = ("-", "known") if kind in _UP else ("+", "sought")
            sums, length = _squares(before, sign, n)
            side = _TRIANGLE[kind][1]
            lines.append(f"The {side} is {how}, so the square of {of}'s length is {sums}.")
            codes.append(f"isqrt(length ** 2 {sign} {n} ** 2)")
        else:
            sign = _BACKWARDS[kind]
            length = _changed(length, sign, n)
            whose = f"{of}'s length" if lines else f"The length of {of}"
            lines.append(f"{whose} must be {before} {sign} {n} = {length}.")
            codes.append(f"length {'//' if sign == '/' else sign} {n}")
    (kind, n), to = steps[0], people[0]
    side = _TRIANGLE[kind][1]
    if hidden == "other" and kind in _DOWN:
        sums, x = _squares(start, "-", length)
        where = f"where the {side} is {start} and a leg is {to}'s"
        codes.append(f"isqrt({start} ** 2 - length ** 2)")
    else:
        other, sign = start if hidden == "other" else n, "-" if kind in _UP else "+"
        sums, x = _squares(length, sign, other)
        where = f"where the {side} is {to}'s" if sign == "-" else f"where a leg is {to}'s"
        codes.append(f"isqrt(length ** 2 {sign} {other} ** 2)")
    lines.append(f"In the remaining triangle, {where}, x^2 = {sums}.")
    return Solution(x, "\n".join(lines), _program(facts["answer"], codes), {"x": x})


_ROOTS = {n * n: n for n in range(1, 2000)}


def _end(start: int, steps: Sequence[tuple[str, int]]) -> int | None:
    """The last length, by looking up squares; None where a side is no whole number."""
    length: int | None = start
    for kind, n in steps:
        if length is None or length < 1:
            return None
        if kind in _UP:
            length = _ROOTS.get(n * n + length * length)
        elif kind in _DOWN:
            length = _ROOTS.get((length - n) * (length + n))
        elif kind == "times":
            length = sum([length] * n)
        else:
            length += n if kind == "more" else -n
    return length


def solve_forward(facts: Facts) -> list[int]:
    start, steps, _ = facts["figure"]
    end = _end(start, steps)
    return [] if end is None else [end]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Tries every length."""
    start, ((kind, n), *rest), _ = facts["figure"]
    if hidden == "start":
        ends = [_end(x, [(kind, n), *rest]) for x in range(1, 200)]
    else:
        ends = [_end(start, [(kind, x), *rest]) for x in range(1, 200)]
    return [x for x, end in enumerate(ends, 1) if end == facts["answer"]]
