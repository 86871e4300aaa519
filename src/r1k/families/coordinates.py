"""A point moved over the grid by shifts, reflections, turns about the origin and scalings.

    forward   Which point does Ruth get from (3, -2) by a shift by (4, 5), then a reflection in the
              x-axis?                                                           answer (7, -3)
    reverse   From which point does Ruth get to (7, -3) by a shift by (4, 5), then a reflection in
              the x-axis?                                                       answer (3, -2)

A move is a tuple: ("shift", dx, dy), ("axis", "x"), ("line", "x", 3), ("turn", quarters) or
("scale", factor); quarter turns are counted counterclockwise. Each can be undone, so there is
one start. A reverse question hides the start, or the first shift, then written (p, q).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from r1k.families.base import Draw, Facts, Slot, Solution, phrasings, plus, without
from r1k.families.words import PEOPLE, PERSON

AREA = "geometry"
SUMMARY = "where a moved point ends; reverse: where it began, or one of the shifts"
VERSION = 2

Point = tuple[int, int]
Move = tuple[Any, ...]
_TURNS = {
    1: "a quarter turn counterclockwise about the origin",
    2: "a half turn about the origin",
    3: "a quarter turn clockwise about the origin",
}
_QUARTERS = {text: quarters for quarters, text in _TURNS.items()}


def _name(move: Move) -> str:
    kind, how = move[0], move[1]
    if kind == "shift":
        return "a shift by (p, q)" if how is None else f"a shift by ({how}, {move[2]})"
    if kind == "line":
        return f"a reflection in {how} = {move[2]}"
    if kind == "axis":
        return f"a reflection in the {how}-axis"
    return _TURNS[how] if kind == "turn" else f"a scaling by {how} from the origin"


_MOVE = re.compile(
    r"a shift by \((?:(-?\d+), (-?\d+)|p, q)\)|a reflection in (?:the ([xy])-axis"
    r"|([xy]) = (-?\d+))|a scaling by (\d+) from the origin|(a [a-z ]+ turn [a-z ]+)"
)


def _read_move(text: str) -> Move:
    found = _MOVE.fullmatch(text)
    if not found:
        raise ValueError(text)
    dx, dy, axis, line, at, factor, turn = found.groups()
    if axis:
        return "axis", axis
    if line:
        return "line", line, int(at)
    if factor:
        return "scale", int(factor)
    if turn:
        return "turn", _QUARTERS[turn]
    return ("shift", int(dx), int(dy)) if dx else ("shift", None, None)


_BETWEEN = re.compile(r", (?:then )?(?=a )")


def _show(moves: Sequence[Move]) -> str:
    *names, last = [_name(move) for move in moves]
    return f"{', '.join(names)}, then {last}" if names else last


POINT = Slot(
    r"\(-?\d+, -?\d+\)",
    lambda point: f"({point[0]}, {point[1]})",
    lambda text: tuple(int(part) for part in text[1:-1].split(", ")),
)
SLOTS = {
    "name": PERSON,
    "point": POINT,
    "moves": Slot(
        r"a [a-z(][a-z0-9(),= -]{5,500}",
        _show,
        lambda text: tuple(map(_read_move, _BETWEEN.split(text))),
    ),
    "shift": POINT,
    "answer": POINT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} marks the point {point} and applies {moves}. At which point does it end?",
    "A dot at {point} goes through {moves}. {name} looks for it. Where is it then?",
    "On squared paper {name} starts at {point}. Which point does {name.he} reach by {moves}?",
    "Find the image of {point} under {moves}, so that {name} can check {name.his} drawing.",
    "{name}'s program takes a cursor at {point} through {moves}. Which coordinates does it print?",
    "Which point does {name} get from {point} by {moves}?",
    "In {name}'s game a counter lies at {point}. It undergoes {moves}. Give its new position.",
    "{name} draws a small cross at {point}. By {moves} it is carried to a new place. Which one?",
)
REVERSE = {
    "point": phrasings(
        SLOTS,
        "{name} applies {moves}, which takes a point to {answer}. Which point was it?",
        "A dot of {name}'s goes through {moves} and is then at {answer}. Where was it before?",
        "On squared paper {name} reaches {answer} by {moves}. Where did {name.he} start?",
        "For {name}, find the point whose image under {moves} is {answer}.",
        "{name}'s program takes a cursor through {moves} and then prints its coordinates, "
        "{answer}. Which did it have at first?",
        "From which point does {name} get to {answer} by {moves}?",
    ),
    "shift": phrasings(
        SLOTS,
        "{name} marks the point {point}, applies {moves}, and gets to {answer}. "
        "Which shift is (p, q)?",
        "A dot at {point} goes through {moves} and is then at {answer}. {name} asks for (p, q).",
        "Find the shift (p, q) for {name}: the image of {point} under {moves} is {answer}.",
        "By {moves}, {name} carries a cross from {point} to {answer}. Determine (p, q).",
        "In {name}'s game a counter lies at {point}. It undergoes {moves}, and lands on {answer}. "
        "Which pair of numbers is (p, q)?",
    ),
}


def _wrap(number: int) -> str:
    return f"({number})" if number < 0 else str(number)


def _flip(number: int) -> str:
    return f"-1 * ({number}) = {-number}" if number < 0 else f"-1 * {number} = {-number}"


def _moved(move: Move, x: int, y: int, a: str = "x", b: str = "y") -> tuple[str, str, int, int]:
    """The calculation of a move, its line of a program with variables `a` and `b`, and where it
    leads."""
    kind, how = move[0], move[1]
    if kind == "shift":
        across, up, u, v = plus(how), plus(move[2]), x + how, y + move[2]
        code = f"{a}, {b} = {a}{across}, {b}{up}\n"
        return f"{x}{across} = {u} and {y}{up} = {v}", code, u, v
    if kind == "axis":
        if how == "x":
            return _flip(y), f"{b} = -{b}\n", x, -y
        return _flip(x), f"{a} = -{a}\n", -x, y
    if kind == "line":
        at = move[2]
        if how == "x":
            u = 2 * at - x
            return f"2 * {_wrap(at)} - {_wrap(x)} = {u}", f"{a} = {2 * at} - {a}\n", u, y
        v = 2 * at - y
        return f"2 * {_wrap(at)} - {_wrap(y)} = {v}", f"{b} = {2 * at} - {b}\n", x, v
    if kind == "scale":
        u, v = how * x, how * y
        code = f"{a}, {b} = {how} * {a}, {how} * {b}\n"
        return f"{how} * {_wrap(x)} = {u} and {how} * {_wrap(y)} = {v}", code, u, v
    if how == 2:
        return f"{_flip(x)} and {_flip(y)}", f"{a}, {b} = -{a}, -{b}\n", -x, -y
    if how == 1:
        return _flip(y), f"{a}, {b} = -{b}, {a}\n", -y, x
    return _flip(x), f"{a}, {b} = {b}, -{a}\n", y, -x


def _undone(move: Move, x: int, y: int) -> tuple[str, str, int, int]:
    """The same for the way back; a reflection undoes itself."""
    kind, how = move[0], move[1]
    if kind == "scale":
        u, v = x // how, y // how
        code = f"x, y = x // {how}, y // {how}\n"
        return f"{x} / {how} = {u} and {y} / {how} = {v}", code, u, v
    if kind == "shift":
        move = kind, -how, -move[2]
    elif kind == "turn":
        move = kind, 4 - how
    return _moved(move, x, y)


_WHY = {
    "shift": "Add the shift",
    "scale": "Scaling multiplies both numbers",
    ("axis", "x"): "The x-axis negates y",
    ("axis", "y"): "The y-axis negates x",
    "line": "The line at {} is halfway from {} to the new {}",
    ("turn", 1): "Turning takes (x, y) to (-y, x)",
    ("turn", 2): "A half turn negates both",
    ("turn", 3): "Turning takes (x, y) to (y, -x)",
}
_UNDO = {
    "shift": "Take the shift off",
    "scale": "Undo the scaling by division",
    ("axis", "x"): "The x-axis negates y again",
    ("axis", "y"): "The y-axis negates x again",
    "line": "The line at {} is halfway back from {} to the old {}",
    ("turn", 1): "Turn (x, y) back to (y, -x)",
    ("turn", 2): "Another half turn undoes it",
    ("turn", 3): "Turn (x, y) back to (-y, x)",
}
# By the most that they may be.
_NONZERO = {most: (*range(1, most + 1), *range(-1, -most - 1, -1)) for most in (30, 50)}
_NUMBERED = ("shift", "line")
_KINDS = (*_NUMBERED, "scale", "axis", "turn")


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    near = _NONZERO[50 if difficulty == 1 else 30]
    start = x, y = d.choice(near), d.choice(near)
    moves: list[Move] = []
    number = (1, 2, 3, 4, 6)[difficulty - 1]
    unknown = d.below(min(2, number)) if hidden == "shift" else 9
    before = ""
    for i in range(number):
        # Two of a kind in a row would be one move. Beside a move that is told without numbers, or
        # with an unknown one, stands one with numbers: the text varies.
        bare = before in ("scale", "axis", "turn") or i in (unknown - 1, unknown + 1)
        kind = "shift" if i == unknown else d.choice(_NUMBERED if bare else _KINDS)
        if kind == "scale" and (abs(x) > 50 or abs(y) > 50):
            kind = "shift"
        if kind == before or (kind == "shift" and i == unknown - 1):
            kind = "line" if before != "line" else "shift"
        if kind == "shift":
            across, up = d.choice(near), d.choice(near)
            moves.append((kind, across, up))
            x, y = x + across, y + up
        elif kind == "line":
            letter, at = d.choice("xy"), d.choice(_NONZERO[30])
            moves.append((kind, letter, at))
            x, y = (2 * at - x, y) if letter == "x" else (x, 2 * at - y)
        elif kind == "scale":
            factor = d.between(2, 5 if number == 1 else 3)
            moves.append((kind, factor))
            x, y = factor * x, factor * y
        elif kind == "axis":
            letter = d.choice("xy")
            moves.append((kind, letter))
            x, y = (x, -y) if letter == "x" else (-x, y)
        else:
            quarters = d.between(1, 3)
            moves.append((kind, quarters))
            x, y = ((-y, x), (-x, -y), (y, -x))[quarters - 1]
        before = kind
    if abs(x) > 199 or abs(y) > 199:
        return None
    return {"name": d.choice(PEOPLE), "point": start, "moves": tuple(moves)}


def _why(move: Move, x: int, y: int, reasons: Mapping[Any, str]) -> str:
    kind, how = move[0], move[1]
    if kind == "line":
        return reasons[kind].format(move[2], x if how == "x" else y, how)
    return reasons.get(kind) or reasons[kind, how]


def _first_shift(moves: Sequence[Move]) -> int:
    return [move[0] for move in moves].index("shift")


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "point":
        return without(facts, "point")
    moves = list(facts["moves"])
    moves[_first_shift(moves)] = ("shift", None, None)
    return facts | {"moves": tuple(moves)}


def forward(facts: Facts) -> Solution:
    x, y = facts["point"]
    lines, program = [f"The first point is ({x}, {y})."], f"x, y = {x}, {y}\n"
    for move in facts["moves"]:
        sums, code, u, v = _moved(move, x, y)
        why = _why(move, x, y, _WHY)
        lines.append(f"{why}: {sums}, so ({x}, {y}) becomes ({u}, {v}).")
        program += code
        x, y = u, v
    return Solution((x, y), "\n".join(lines), f"{program}print((x, y))")


def reverse(facts: Facts, hidden: str) -> Solution:
    x, y = facts["answer"]
    moves = facts["moves"]
    at = _first_shift(moves) if hidden == "shift" else -1
    lines, program = [f"The last point is ({x}, {y})."], f"x, y = {x}, {y}\n"
    for move in reversed(moves[at + 1 :]):
        sums, code, u, v = _undone(move, x, y)
        why = _why(move, x, y, _UNDO)
        lines.append(f"{why}: {sums}, so ({x}, {y}) was ({u}, {v}).")
        program += code
        x, y = u, v
    if hidden == "point":
        return Solution((x, y), "\n".join(lines), f"{program}print((x, y))")
    u, v = facts["point"]
    program += f"u, v = {u}, {v}\n"
    for move in moves[:at]:
        sums, code, u, v = _moved(move, u, v, "u", "v")
        lines.append(f"On the way to the shift, {sums} leads to ({u}, {v}).")
        program += code
    p, q = x - u, y - v
    lines.append(
        f"The shift from ({u}, {v}) to ({x}, {y}) is {x} - {_wrap(u)} = {p} across "
        f"and {y} - {_wrap(v)} = {q} up."
    )
    return Solution((p, q), "\n".join(lines), f"{program}print((x - u, y - v))")


def _end(moves: Sequence[Move], z: complex) -> complex:
    """The moves as maps of complex numbers."""
    for move in moves:
        match move:
            case ("shift", dx, dy):
                z += complex(dx, dy)
            case ("axis", letter):
                z = z.conjugate() if letter == "x" else -z.conjugate()
            case ("line", letter, at):
                z = 2 * at - z.conjugate() if letter == "x" else z.conjugate() + 2j * at
            case _:
                z *= move[1] if move[0] == "scale" else 1j ** move[1]
    return z


def solve_forward(facts: Facts) -> list[Point]:
    z = _end(facts["moves"], complex(*facts["point"]))
    return [(round(z.real), round(z.imag))]


def solve_reverse(facts: Facts, hidden: str) -> list[Point]:
    """The end is a linear function of the unknown pair: three trials give it, Cramer solves it."""
    moves, at = list(facts["moves"]), -1
    if hidden == "shift":
        at = moves.index(("shift", None, None))

    def end(p: int, q: int) -> complex:
        if at < 0:
            return _end(moves, complex(p, q))
        return _end([*moves[:at], ("shift", p, q), *moves[at + 1 :]], complex(*facts["point"]))

    origin = end(0, 0)
    right, up, goal = end(1, 0) - origin, end(0, 1) - origin, complex(*facts["answer"]) - origin

    def cross(a: complex, b: complex) -> int:
        return round((a.conjugate() * b).imag)

    whole, p, q = cross(right, up), cross(goal, up), cross(right, goal)
    return [(p // whole, q // whole)] if whole and p % whole == q % whole == 0 else []
