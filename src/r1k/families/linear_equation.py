"""Linear equations in one unknown, from one step to brackets on one side and x on both.

    forward   Solve for x: 3x + 5 = 26.                                     answer 7
    reverse   With x = 7, the equation 3x + k = 26 holds. Find k.           answer 5

The equation is p(qx + r) + s = tx + u, kept as the tuple (p, q, r, s, t, u); a reverse question
has None, written k, in the place of q (hidden `factor`) or of the last number on the left (hidden
`term`: s, or r where s is 0).
"""

import re
from collections.abc import Sequence

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings, plus, times
from r1k.families.words import PEOPLE, PERSON

AREA = "algebra"
SUMMARY = "solve a linear equation; reverse: find the coefficient that gives a known solution"
VERSION = 1

Equation = tuple[int, int | None, int | None, int | None, int, int]


def _plus(number: int | None) -> str:
    return " + k" if number is None else plus(number)


def _bracket(q: int | None, r: int | None) -> str:
    return ("kx" if q is None else times(q, "x")) + _plus(r)


def _show(equation: Equation) -> str:
    p, q, r, s, t, u = equation
    assert p is not None
    left = _bracket(q, r) if p == 1 else f"{p}({_bracket(q, r)}){_plus(s)}"
    return f"{left} = {times(t, 'x') + plus(u) if t else u}"


_SIDE = re.compile(r"(?:(\d*)\((\d*|k)x(?: ([+-]) (\d+|k))?\)|(\d*|k)x)(?: ([+-]) (\d+|k))?")
_RIGHT = re.compile(r"(\d*)x(?: ([+-]) (\d+))?|(-?\d+)")


def _number(sign: str | None, digits: str | None, empty: int = 0) -> int | None:
    if digits == "k":
        return None
    return int(f"{sign or ''}{digits}") if digits else empty


def _read(text: str) -> Equation:
    left, _, right = text.partition(" = ")
    a, b = _SIDE.fullmatch(left), _RIGHT.fullmatch(right)
    if not a or not b:
        raise ValueError(text)
    if a[5] is None:
        p, q, r = int(a[1]), _number("", a[2], 1), _number(a[3], a[4])
    else:
        p, q, r = 1, _number("", a[5], 1), 0
    s = _number(a[6], a[7])
    if p == 1:
        r, s = s, 0  # x + 3 is (x + 3), not (x) + 3
    t, u = (0, int(b[4])) if b[4] else (int(b[1] or 1), int(f"{b[2] or ''}{b[3] or 0}"))
    return p, q, r, s, t, u


SLOTS = {
    "equation": Slot(r"[\dkx+() -]{1,60} = [\dx+ -]{1,40}", _show, _read),
    "name": PERSON,
    "answer": INT,
    "factor": INT,
    "term": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} has to solve {equation} for x. What does {name.he} get?",
    "Which value of x makes {name}'s equation {equation} true?",
    "On {name}'s sheet stands {equation}. Find the number x.",
    "{name} thinks of a number x and says that {equation}. What is {name.his} number?",
    "Help {name} to work out x from {equation}.",
    "For what x does the equation {equation}, set by {name}, hold?",
    "A number x satisfies {equation}, as {name} has checked. What is it?",
    "Determine the unknown x in {name}'s equation {equation}.",
)
_BACK = phrasings(
    SLOTS,
    "{name} solved {equation} for x and got {answer}. What is k?",
    "Which value of k makes x = {answer} the solution of {name}'s equation {equation}?",
    "On {name}'s sheet stands {equation}, with the solution x = {answer}. Find the number k.",
    "{name} thinks of the number x = {answer} and says that {equation}. What is k?",
    "Help {name} to work out k from {equation}, where x = {answer}.",
    "For what k does the equation {equation}, set by {name}, have the solution x = {answer}?",
    "A number k was rubbed out of {equation}. {name} knows that x is {answer}. What is k?",
    "Determine the coefficient k in {name}'s equation {equation}, which x = {answer} solves.",
)
REVERSE = {"factor": _BACK, "term": _BACK}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    p, q, r, s, t = 1, d.between(2, 19), d.between(-99, 199), 0, 0
    x = d.between(2, 40)
    if difficulty == 1 and hidden == "factor":
        x, q, r = d.between(2, 200), d.between(2, 20), 0
    elif difficulty == 1:
        x, q = d.between(2, 400), 1
    if difficulty >= 4:
        p, q, r, s = d.between(2, 9), d.between(2, 9), d.between(-20, 20), d.between(-50, 99)
        x = d.between(2, 19)
    if difficulty in (3, 5):
        t = d.between(1, min(9, p * q - 1))
    # A number that is 0 would be left out: another form, and nothing to hide.
    if (not r and (difficulty > 1 or hidden == "term")) or (p != 1 and not s):
        return None
    return {"name": d.choice(PEOPLE), "equation": (p, q, r, s, t, p * (q * x + r) + s - t * x)}


def hide(facts: Facts, hidden: str) -> Facts:
    p, q, r, s, t, u = facts["equation"]
    if hidden == "factor":
        q = None
    elif p == 1:
        r = None
    else:
        s = None
    return facts | {"equation": (p, q, r, s, t, u)}


def forward(facts: Facts) -> Solution:
    p, q, r, s, t, u = facts["equation"]
    a, b, right = p * q, p * r + s, u
    lines = [f"The equation is {_show(facts['equation'])}."]
    if p != 1:
        lines.append(
            f"Multiply out the bracket: {p}({_bracket(q, r)}) = {times(a, 'x')}{plus(p * r)}."
        )
        lines.append(f"So the left side is {times(a, 'x')}{plus(b)}.")
    if t:
        lines.append(f"Take {times(t, 'x')} from both sides: {times(a - t, 'x')}{plus(b)} = {u}.")
    if b:
        right = u - b
        step = f"Take {b} from" if b > 0 else f"Add {-b} to"
        lines.append(f"{step} both sides: {times(a - t, 'x')} = {u}{plus(-b)} = {right}.")
    if a - t != 1:
        lines.append(f"Divide by {a - t}: x = {right} / {a - t} = {right // (a - t)}.")
    x = right // (a - t)
    put = f"{q} * {x}{plus(r)}" if q != 1 else f"{x}{plus(r)}"
    put = put if p == 1 else f"{p} * ({put}){plus(s)}"
    lines.append(f"Put back on the left: {put} = {t * x + u}.")
    program = f"print(({u}{plus(-b)}) // {f'({a} - {t})' if t else a})"
    return Solution(x, "\n".join(lines), program, {"x": x})


def reverse(facts: Facts, hidden: str) -> Solution:
    p, q, r, s, t, u = facts["equation"]
    x, right = facts["answer"], t * facts["answer"] + u
    goal = str(right)
    lines = [f"The value x = {x} makes {_show(hide(facts, hidden)['equation'])} true."]
    if t:
        goal = f"{t} * {x}{plus(u)}"
        lines.append(f"On the right stands {t} * {x}{plus(u)} = {right}.")
    if hidden == "term":
        inside = q * x if p == 1 else q * x + r
        if p != 1:
            lines.append(f"The bracket is {q} * {x}{plus(r)} = {inside}.")
            lines.append(f"Times {p} it is {p} * {_wrap(inside)} = {p * inside}.")
        elif q != 1:
            lines.append(f"On the left {q} * {x} = {q * x}, and k is added to it.")
        k = right - p * inside
        lines.append(f"The rest up to {right} is k = {right}{plus(-p * inside)} = {k}.")
        left = f"{p} * ({q} * {x}{plus(r)})" if p != 1 else f"{q} * {x}" if q != 1 else f"{x}"
        lines.append(f"Test it on the left: {left}{plus(k)} = {right}.")
        return Solution(
            k, "\n".join(lines), f"right = {goal}\nprint(right - {left})", {"x": x, "k": k}
        )
    rest, inside = right - s, (right - s) // p
    if s:
        step = f"Without the {s} behind it" if s > 0 else f"With {-s} added back"
        lines.append(f"{step}, the bracket part is {right}{plus(-s)} = {rest}.")
    if p != 1:
        lines.append(f"The bracket itself is {rest} / {p} = {inside}.")
    if r:
        lines.append(f"Here k times {x} is {inside}{plus(-r)} = {inside - r}.")
    k = (inside - r) // x
    lines.append(f"Then k = {inside - r} / {x} = {k}.")
    left = f"{k} * {x}{plus(r)}"
    left = f"{p} * ({left}){plus(s)}" if p != 1 else left
    lines.append(f"Test it on the left: {left} = {right}.")
    program = f"right = {goal}\n"
    if p != 1:
        program += f"right = (right{plus(-s)}) // {p}\n"
    program += f"print((right{plus(-r)}) // {x})"
    return Solution(k, "\n".join(lines), program, {"x": x, "k": k})


def _wrap(number: int) -> str:
    return f"({number})" if number < 0 else str(number)


def _gap(equation: Sequence[int], x: int) -> int:
    p, q, r, s, t, u = equation
    return p * (q * x + r) + s - t * x - u


def _root(at_0: int, at_1: int) -> list[int]:
    """Where a linear function with these two values is 0, if that is a whole number."""
    slope = at_1 - at_0
    return [-at_0 // slope] if slope and at_0 % slope == 0 else []


def solve_forward(facts: Facts) -> list[int]:
    """Left minus right is linear in x: two trials, x = 0 and x = 1, tell where it is 0."""
    return _root(_gap(facts["equation"], 0), _gap(facts["equation"], 1))


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """The same with k in the place of x."""
    equation, x = list(facts["equation"]), facts["answer"]
    place = equation.index(None)
    trials = ([*equation[:place], k, *equation[place + 1 :]] for k in (0, 1))
    return _root(*(_gap(trial, x) for trial in trials))
