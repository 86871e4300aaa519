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
from collections.abc import Sequence
from typing import Any

from r1k.families.base import Draw, Facts, Slot, Solution, phrasings, plus
from r1k.families.words import PEOPLE, PERSON

AREA = "geometry"
SUMMARY = "where a moved point ends; reverse: where it began, or one of the shifts"
VERSION = 1

Point = tuple[int, int]
Move = tuple[Any, ...]
_TURNS = {
    1: "a quarter turn counterclockwise about the origin",
    2: "a half turn about the origin",
    3: "a quarter turn clockwise about the origin",
}
_QUARTERS = {text: quarters for quarters, text in _TURNS.items()}


def _name(move: Move) -> str:
    match move:
        case ("shift", None, None):
            return "a shift by (p, q)"
        case ("shift", dx, dy):
            return f"a shift by ({dx}, {dy})"
        case ("axis", letter):
            return f"a reflection in the {letter}-axis"
        case ("line", letter, at):
            return f"a reflection in {letter} = {at}"
        case ("turn", quarters):
            return _TURNS[quarters]
    return f"a scaling by {move[1]} from the origin"


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
    names = [_name(move) for move in moves]
    return ", then ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


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
    return f"-1 * {_wrap(number)} = {-number}"


def _moved(move: Move, x: int, y: int) -> tuple[str, int, int]:
    """The calculation of a move, and where it leads."""
    kind, how = move[0], move[1]
    if kind == "shift":
        u, v = x + how, y + move[2]
        return f"{x}{plus(how)} = {u} and {y}{plus(move[2])} = {v}", u, v
    if kind == "axis":
        return (_flip(y), x, -y) if how == "x" else (_flip(x), -x, y)
    if kind == "line":
        at, old = move[2], x if how == "x" else y
        new = 2 * at - old
        sums = f"2 * {_wrap(at)} - {_wrap(old)} = {new}"
        return (sums, new, y) if how == "x" else (sums, x, new)
    if kind == "scale":
        u, v = how * x, how * y
        return f"{how} * {_wrap(x)} = {u} and {how} * {_wrap(y)} = {v}", u, v
    if how == 2:
        return f"{_flip(x)} and {_flip(y)}", -x, -y
    return (_flip(y), -y, x) if how == 1 else (_flip(x), y, -x)


def _undone(move: Move, x: int, y: int) -> tuple[str, int, int]:
    """The calculation that undoes a move, and where it leads; a reflection undoes itself."""
    if move[0] == "scale":
        k = move[1]
        return f"{x} / {k} = {x // k} and {y} / {k} = {y // k}", x // k, y // k
    return _moved(_inverse(move), x, y)


def _inverse(move: Move) -> Move:
    if move[0] == "shift":
        return "shift", -move[1], -move[2]
    return ("turn", 4 - move[1]) if move[0] == "turn" else move


_WHY = {
    "shift": "Add the shift",
    "scale": "Scaling multiplies both numbers",
    "axis x": "The x-axis negates y",
    "axis y": "The y-axis negates x",
    "line x": "The line is midway, so double it less x",
    "line y": "The line is midway, so double it less y",
    "turn 1": "Turning takes (x, y) to (-y, x)",
    "turn 2": "A half turn negates both",
    "turn 3": "Turning takes (x, y) to (y, -x)",
}
_UNDO = {
    "shift": "Take the shift off",
    "scale": "Undo the scaling by division",
    "axis x": "The x-axis negates y again",
    "axis y": "The y-axis negates x again",
    "line x": "Back across the line, double it less x",
    "line y": "Back across the line, double it less y",
    "turn 1": "Turn (x, y) back to (y, -x)",
    "turn 2": "Another half turn undoes it",
    "turn 3": "Turn (x, y) back to (-y, x)",
}
_TWOFOLD = ("axis", "line", "turn")


def _why(move: Move, words: dict[str, str]) -> str:
    kind = move[0]
    return words[f"{kind} {move[1]}" if kind in _TWOFOLD else kind]


def _code(move: Move, x: str = "x", y: str = "y") -> str:
    kind, how = move[0], move[1]
    if kind == "axis":
        x = y if how == "x" else x
        return f"{x} = -{x}\n"
    if kind == "line":
        x = x if how == "x" else y
        return f"{x} = {2 * move[2]} - {x}\n"
    if kind == "shift":
        return f"{x}, {y} = {x}{plus(how)}, {y}{plus(move[2])}\n"
    if kind == "scale":
        return f"{x}, {y} = {how} * {x}, {how} * {y}\n"
    return f"{x}, {y} = {('', f'-{y}, {x}', f'-{x}, -{y}', f'{y}, -{x}')[how]}\n"


def _undo_code(move: Move) -> str:
    if move[0] == "scale":
        return f"x, y = x // {move[1]}, y // {move[1]}\n"
    return _code(_inverse(move))


def _nonzero(d: Draw, most: int) -> int:
    number = d.between(1, 2 * most)
    return number if number <= most else most - number


_KINDS = ("shift", "line", "scale", "axis", "turn")


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    reach = 50 if difficulty == 1 else 30
    start = _nonzero(d, reach), _nonzero(d, reach)
    moves: list[Move] = []
    number = (1, 2, 3, 4, 6)[difficulty - 1]
    unknown = d.below(min(2, number)) if hidden == "shift" else 9
    before, z = "", complex(*start)
    for i in range(number):
        # Two of a kind in a row would be one move. Beside a move that is told without numbers, or
        # with an unknown one, stands one with numbers: the text varies.
        bare = before in ("scale", "axis", "turn") or i in (unknown - 1, unknown + 1)
        kind = "shift" if i == unknown else d.choice(_KINDS[:2] if bare else _KINDS)
        if kind == "scale" and (abs(z.real) > 50 or abs(z.imag) > 50):
            kind = "shift"
        if kind == before or (kind == "shift" and i == unknown - 1):
            kind = "line" if before != "line" else "shift"
        move: Move
        if kind == "shift":
            move = kind, _nonzero(d, reach), _nonzero(d, reach)
        elif kind == "line":
            move = kind, d.choice("xy"), _nonzero(d, 30)
        elif kind == "scale":
            move = kind, d.between(2, 5 if number == 1 else 3)
        elif kind == "axis":
            move = kind, d.choice("xy")
        else:
            move = kind, d.between(1, 3)
        moves.append(move)
        z, before = _end((move,), z), kind
    if abs(z.real) > 199 or abs(z.imag) > 199:
        return None
    return {"name": d.choice(PEOPLE), "point": start, "moves": tuple(moves)}


def _first_shift(moves: Sequence[Move]) -> int:
    return next(i for i, move in enumerate(moves) if move[0] == "shift")


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "point":
        return {name: value for name, value in facts.items() if name != "point"}
    moves = list(facts["moves"])
    moves[_first_shift(moves)] = ("shift", None, None)
    return facts | {"moves": tuple(moves)}


def forward(facts: Facts) -> Solution:
    x, y = facts["point"]
    lines, program = [f"The first point is ({x}, {y})."], f"x, y = {x}, {y}\n"
    for move in facts["moves"]:
        sums, u, v = _moved(move, x, y)
        lines.append(f"{_why(move, _WHY)}: {sums}, so ({x}, {y}) becomes ({u}, {v}).")
        x, y = u, v
        program += _code(move)
    return Solution((x, y), "\n".join(lines), program + "print((x, y))")


def reverse(facts: Facts, hidden: str) -> Solution:
    x, y = facts["answer"]
    moves = facts["moves"]
    at = _first_shift(moves) if hidden == "shift" else -1
    lines, program = [f"The last point is ({x}, {y})."], f"x, y = {x}, {y}\n"
    for move in reversed(moves[at + 1 :]):
        sums, u, v = _undone(move, x, y)
        lines.append(f"{_why(move, _UNDO)}: {sums}, so ({x}, {y}) was ({u}, {v}).")
        x, y = u, v
        program += _undo_code(move)
    if hidden == "point":
        return Solution((x, y), "\n".join(lines), program + "print((x, y))")
    u, v = facts["point"]
    program += f"u, v = {u}, {v}\n"
    for move in moves[:at]:
        sums, u, v = _moved(move, u, v)
        lines.append(f"On the way to the shift, {sums} leads to ({u}, {v}).")
        program += _code(move, "u", "v")
    p, q = x - u, y - v
    lines.append(
        f"The shift from ({u}, {v}) to ({x}, {y}) is {x} - {_wrap(u)} = {p} across "
        f"and {y} - {_wrap(v)} = {q} up."
    )
    return Solution((p, q), "\n".join(lines), program + "print((x - u, y - v))")


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
