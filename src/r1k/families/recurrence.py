"""A number machine: a few operations in turn, done once or several times.

    forward   In one round, multiply by 3, then add 17. Start with 25. What comes out after
              1 round?                                                          answer 92
    reverse   In one round, multiply by 3, then add k. From 25 comes 92 after 1 round.
              What is k?                                                        answer 17

A round is a tuple of operations (verb, number). A machine either multiplies or divides, so that
all numbers stay whole and small. A reverse question hides the start, or the number of the last
adding or subtracting, written k.
"""

import re
from fractions import Fraction
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings, without
from r1k.families.words import PEOPLE, PERSON

AREA = "sequences"
SUMMARY = "apply a rule again and again; reverse: the start, or the number that is added"
VERSION = 1

Rule = tuple[tuple[str, Any], ...]
_SIGNS = {"add": "+", "subtract": "-", "multiply by": "*", "divide by": "/"}
_BACK = {"+": "-", "-": "+", "*": "/", "/": "*"}
_SHOWN = r"(?:add|subtract|multiply by|divide by) (?:\d+|k)"
_PART = re.compile(r"(add|subtract|multiply by|divide by) (\d+|k)")


def _show(rule: Rule) -> str:
    return ", then ".join(f"{verb} {'k' if n is None else n}" for verb, n in rule)


def _read(text: str) -> Rule:
    return tuple((verb, None if n == "k" else int(n)) for verb, n in _PART.findall(text))


SLOTS = {
    "name": PERSON,
    "friend": PERSON,
    "start": INT,
    "rule": Slot(rf"{_SHOWN}(?:, then {_SHOWN}){{0,4}}", _show, _read),
    "rounds": Slot(
        r"1 round|\d+ rounds",
        lambda n: "1 round" if n == 1 else f"{n} rounds",
        lambda text: int(text.split()[0]),
    ),
    "answer": INT,
    "number": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name}'s machine will {rule} in every round. {friend} puts in {start}. "
    "What comes out after {rounds}?",
    "{name} starts with {start} and plays {rounds} with {friend}. Each round means to {rule}. "
    "What is the last number?",
    "Starting from {start}, {name} and {friend} do {rounds} of this: {rule}. "
    "What number do they get?",
    "In each round, {name} lets {friend} {rule}. What has become of {start} after {rounds}?",
    "What comes out after {rounds} if {name} gives {friend} the number {start} and each round is "
    "to {rule}?",
    "{name} shows {friend} a rule for every round: {rule}. {friend} begins with {start}. "
    "Find {friend.his} number after {rounds}.",
    "{start} is the number on {name}'s screen. A round of {friend}'s program is: {rule}. "
    "Which number is there after {rounds}?",
    "Work out for {name} and {friend} what becomes of {start} in {rounds}, when each round means "
    "to {rule}.",
)
REVERSE = {
    "start": phrasings(
        SLOTS,
        "{name}'s machine will {rule} in every round. After {rounds}, {friend} reads off "
        "{answer}. What was put in?",
        "After {rounds} with {friend}, {name} ends at {answer}. Each round means to {rule}. "
        "What was the first number?",
        "With which number must {name} and {friend} begin to get {answer} after {rounds} of "
        "this: {rule}?",
        "In each round, {name} lets {friend} {rule}, and {answer} is there after {rounds}. "
        "What was {friend}'s first number?",
        "{answer} is on {name}'s screen after {rounds} of {friend}'s program. "
        "A round is: {rule}. Which number was there before?",
    ),
    "number": phrasings(
        SLOTS,
        "{name}'s machine will {rule} in every round. {friend} puts in {start} and reads off "
        "{answer} after {rounds}. What is k?",
        "{name} starts with {start}, plays {rounds} with {friend} and ends at {answer}. "
        "Each round means to {rule}. Find the number k.",
        "Which k lets {name} and {friend} get from {start} to {answer} in {rounds} of this: "
        "{rule}?",
        "In each round, {name} lets {friend} {rule}, and {start} becomes {answer} after {rounds}. "
        "How large is k?",
        "The number {start} on {name}'s screen becomes {answer} after {rounds} of {friend}'s "
        "program. A round is: {rule}. What is k?",
    ),
}
# Of each difficulty the lengths of a round and the numbers of rounds.
_SHAPES = (((2, 1),), ((3, 1),), ((2, 2), (4, 1)), ((2, 3), (3, 2)), ((2, 4), (3, 3), (4, 2)))


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    length, rounds = d.choice(_SHAPES[difficulty - 1])
    grows, scale = d.below(2), d.below(2)
    if length == 3 and rounds > 1:
        scale = 1  # one multiplication a round is enough
    factors = length // 2 + (length % 2 and not scale)
    most = (
        (12, 5, 3, 3)[rounds - 1] if factors == 1 else 5 if rounds == 1 else 3 if rounds == 2 else 2
    )
    rule = []
    for i in range(length):
        if i % 2 == scale:
            rule.append(("multiply by" if grows else "divide by", d.between(2, most)))
        else:
            rule.append((d.choice(("add", "subtract")), d.between(2, 60 if rounds == 1 else 30)))
    # Division is drawn from its end, so that it is always exact.
    end = now = d.between(2, 99 if rounds == 1 else 40)
    for verb, n in rounds * (rule if grows else rule[::-1]):
        sign = _SIGNS[verb] if grows else _BACK[_SIGNS[verb]]
        now = now + n if sign == "+" else now - n if sign == "-" else now * n
        if not 1 <= now <= 4000:
            return None
    name, friend = d.sample(PEOPLE, 2)
    return {
        "name": name, "friend": friend,
        "start": end if grows else now, "rule": tuple(rule), "rounds": rounds,
    }  # fmt: skip


def _place(rule: Rule) -> int:
    """Where the last adding or subtracting stands."""
    return max(i for i, (verb, _) in enumerate(rule) if verb in ("add", "subtract"))


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "start":
        return without(facts, hidden)
    rule = list(facts["rule"])
    at = _place(facts["rule"])
    rule[at] = (rule[at][0], None)
    return facts | {"rule": tuple(rule)}


def _step(now: int, sign: str, n: int) -> int:
    return (
        now + n if sign == "+" else now - n if sign == "-" else now * n if sign == "*" else now // n
    )


def forward(facts: Facts) -> Solution:
    now, rule, rounds = facts["start"], facts["rule"], facts["rounds"]
    lines = [f"The number at the start is {now}."]
    for i in range(1, rounds + 1):
        lead = f"In round {i}, " if rounds > 1 else ""
        for verb, n in rule:
            sign = _SIGNS[verb]
            then, now = now, _step(now, sign, n)
            what = lead + verb if lead else verb.capitalize()
            lines.append(f"{what} {n}, which makes {then} {sign} {n} = {now}.")
            lead = "Then "
    return Solution(now, "\n".join(lines), f"{_program(facts['start'], rule, rounds)}\nprint(n)")


def _program(start: int, rule: Rule, rounds: int, back: bool = False) -> str:
    """Code that applies the rule to `n`, or undoes it."""
    lines = [f"n = {start}"]
    indent = ""
    if rounds > 1:
        lines.append(f"for _ in range({rounds}):")
        indent = "    "
    for verb, n in reversed(rule) if back else rule:
        sign = _BACK[_SIGNS[verb]] if back else _SIGNS[verb]
        lines.append(f"{indent}n = n {'//' if sign == '/' else sign} {'k' if n is None else n}")
    return "\n".join(lines)


_UNDO = {"+": "subtract", "-": "add", "*": "divide by", "/": "multiply by"}


def reverse(facts: Facts, hidden: str) -> Solution:
    start, now, rule, rounds = (facts[name] for name in ("start", "answer", "rule", "rounds"))
    lines = [f"The number at the end is {now}."]
    if hidden == "start":
        for i in range(rounds, 0, -1):
            lead = f"To undo round {i}, " if rounds > 1 else "To undo the last step, "
            for verb, n in reversed(rule):
                sign = _SIGNS[verb]
                then, now = now, _step(now, _BACK[sign], n)
                lines.append(f"{lead}{_UNDO[sign]} {n}: {then} {_BACK[sign]} {n} = {now}.")
                lead = "Before that, "
        program = f"{_program(facts['answer'], rule, rounds, True)}\nprint(n)"
        return Solution(now, "\n".join(lines), program)
    k = _meet(lines, facts) if rounds == 1 else _follow(lines, facts)
    # The direction without division: it is exact for every k that is tried.
    back = any(verb == "divide by" for verb, _ in rule)
    begin, goal = (now, start) if back else (start, now)
    body = _program(begin, hide(facts, hidden)["rule"], rounds, back).replace("\n", "\n    ")
    program = f"for k in range(1, 100):\n    {body}\n    if n == {goal}:\n        print(k)"
    return Solution(k, "\n".join(lines), program, {"k": k})


def _meet(lines: list[str], facts: Facts) -> int:
    """k from what stands before it, computed from the start, and after it, undone from the end."""
    rule, now, before = facts["rule"], facts["answer"], facts["start"]
    place = _place(rule)
    for verb, n in reversed(rule[place + 1 :]):
        sign = _SIGNS[verb]
        then, now = now, _step(now, _BACK[sign], n)
        lines.append(f"Undo what follows k, {_UNDO[sign]} {n}: {then} {_BACK[sign]} {n} = {now}.")
    for verb, n in rule[:place]:
        sign = _SIGNS[verb]
        then, before = before, _step(before, sign, n)
        lines.append(f"Before k, {verb} {n}, so {then} becomes {then} {sign} {n} = {before}.")
    more, less = (now, before) if rule[place][0] == "add" else (before, now)
    lines.append(f"From {before} to {now} it takes k = {more} - {less} = {more - less}.")
    return int(more - less)


def _follow(lines: list[str], facts: Facts) -> int:
    """k from an equation: the number after each step is a + bk."""
    start, end, rule, rounds = (facts[name] for name in ("start", "answer", "rule", "rounds"))
    steps = [
        (verb, _SIGNS[verb], "k" if i == _place(rule) else n) for i, (verb, n) in enumerate(rule)
    ]
    goal, a, b = end, start, 0
    if any(sign == "/" for _, sign, _ in steps):  # backwards there is no division
        steps = [(_UNDO[sign], _BACK[sign], n) for _, sign, n in reversed(steps)]
        goal, a = start, end
        lines.append(f"Go back from it to {start} with k unknown, undoing step by step.")
    else:
        lines.append(f"Follow {start} up to it with k unknown.")
    for verb, sign, n in steps * rounds:
        then = _linear(a, b)
        left = f"{then} {sign} {n}"
        if n == "k":
            b = b + 1 if sign == "+" else b - 1
        elif sign == "*":
            left = f"{n} * ({then})" if b else f"{n} * {then}"
            a, b = a * n, b * n
        else:
            a = _step(a, sign, n)
        now = _linear(a, b)
        lines.append(
            f"Then {verb} {n}: {left}." if left == now else f"Then {verb} {n}: {left} = {now}."
        )
    more, less, times = (goal, a, b) if b > 0 else (a, goal, -b)
    rest = f"{more} - {less}" if less >= 0 else f"{more} - ({less})"
    lines.append(f"This must be {goal}, so {times}k = {rest} = {more - less}.")
    k = (more - less) // times
    lines.append(f"Divide by {times}: k = {more - less} / {times} = {k}.")
    return int(k)


def _linear(a: int, b: int) -> str:
    return f"{a}" if not b else f"{a} {'+' if b > 0 else '-'} {'' if abs(b) == 1 else abs(b)}k"


def _end(facts: Facts, start: int, k: int) -> Fraction:
    """The machine run on exact fractions; `k` is taken where a number is unknown."""
    now = Fraction(start)
    for verb, n in facts["rule"] * facts["rounds"]:
        n = k if n is None else n
        sign = _SIGNS[verb]
        now = (
            now + n
            if sign == "+"
            else now - n
            if sign == "-"
            else now * n
            if sign == "*"
            else now / n
        )
    return now


def solve_forward(facts: Facts) -> list[int]:
    """Exact fractions: a division that leaves a rest gives no answer."""
    end = _end(facts, facts["start"], 0)
    return [int(end)] if end.denominator == 1 else []


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """The end is linear in the start and in k: two trials tell where it is the stated one."""
    trials = [
        _end(facts, value if hidden == "start" else facts["start"], value) for value in (0, 1)
    ]
    slope = trials[1] - trials[0]
    found = (facts["answer"] - trials[0]) / slope if slope else None
    return [int(found)] if found is not None and found.denominator == 1 else []
