"""Arithmetic and geometric sequences in rows, weeks or boxes: one number of them, or a sum.

    forward   Row number 1 has 12 shells, then 4 more each time. How many are in row number 9?
              answer 44
    reverse   Row number 1 has 12 shells, then k more each time, and row number 9 has 44.
              What is k?                                                            answer 4

The rule has one or two phases, each (kind, step, until): until is the number at which the next
phase begins, 0 for the last. What is asked for is (low, high): the sum of these numbers, or one
of them where both are equal. A reverse question hides the first number or the last step.
"""

import re
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings, without
from r1k.families.words import PEOPLE, PERSON, THING, THINGS

AREA = "sequences"
SUMMARY = "terms and sums of sequences; reverse: the first term, or the difference or ratio"
VERSION = 1
UNITS = (
    "row", "bag", "crate", "week", "month", "round", "layer", "basket", "tray", "drawer", "hour",
    "pile", "sack", "line", "case", "parcel",
)  # fmt: skip

Phase = tuple[str, Any, int]
_PHASE = re.compile(r"(\d+|k) (more|fewer|times as many) each time(?: up to number (\d+))?")


def _show(rule: tuple[Phase, ...]) -> str:
    return ", then ".join(
        f"{'k' if step is None else step} {kind} each time" + (f" up to number {u}" if u else "")
        for kind, step, u in rule
    )


def _read(text: str) -> tuple[Phase, ...]:
    return tuple(
        (kind, None if step == "k" else int(step), int(until or 0))
        for step, kind, until in _PHASE.findall(text)
    )


def _show_ask(ask: tuple[int, int]) -> str:
    return f"number {ask[1]}" if ask[0] == ask[1] else f"numbers {ask[0]} to {ask[1]} together"


def _read_ask(text: str) -> tuple[int, int]:
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    return numbers[0], numbers[-1]


_ONE = r"(?:\d+|k) (?:more|fewer|times as many) each time"
SLOTS = {
    "name": PERSON,
    "thing": THING,
    "unit": one_of(UNITS, cosmetic=True),
    "first": INT,
    "rule": Slot(rf"{_ONE}(?: up to number \d+, then {_ONE})?", _show, _read),
    "ask": Slot(r"number \d+|numbers \d+ to \d+ together", _show_ask, _read_ask),
    "answer": INT,
    "step": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} counts {thing}: {first} in {unit} number 1, then {rule}. "
    "How many {thing} does {name.he} count in {unit} {ask}?",
    "{name}'s plan sets {first} {thing} for {unit} number 1, then {rule}. "
    "How many {thing} are planned for {unit} {ask}?",
    "How many {thing} are there in {unit} {ask} if {unit} number 1 has {first} and {name} goes on "
    "with {rule}?",
    "In {unit} number 1 there are {first} {thing}, then {rule}. "
    "Help {name} to find how many there are in {unit} {ask}.",
    "{name} keeps a list of {thing}. It starts with {first} for {unit} number 1 and goes on with "
    "{rule}. What does the list give for {unit} {ask}?",
    "The number of {thing} is {first} in {unit} number 1, then {rule}. "
    "{name} wants to know the number for {unit} {ask}. What is it?",
    "Find the number of {thing} in {unit} {ask}: {name} begins with {first} in {unit} number 1 and "
    "continues with {rule}.",
    "Take {first} {thing} in {unit} number 1, then {rule}, as {name} does. "
    "How many {thing} does that make in {unit} {ask}?",
)
REVERSE = {
    "first": phrasings(
        SLOTS,
        "{name} counts {thing} in {unit} after {unit} and finds {rule}. There are {answer} in "
        "{unit} {ask}. How many are in {unit} number 1?",
        "With {rule}, {name} comes to {answer} {thing} in {unit} {ask}. "
        "How many {thing} did {name.he} have in {unit} number 1?",
        "{name}'s plan says: {rule}. For {unit} {ask} it gives {answer} {thing}. "
        "What does it give for {unit} number 1?",
        "How many {thing} does {name} need in {unit} number 1, so that {rule} makes {answer} in "
        "{unit} {ask}?",
        "In {unit} {ask} there are {answer} {thing}. {name} knows the rule from each {unit} to the "
        "next: {rule}. How many {thing} are in {unit} number 1?",
    ),
    "step": phrasings(
        SLOTS,
        "{name} counts {thing}: {first} in {unit} number 1, then {rule}. That makes {answer} in "
        "{unit} {ask}. What is k?",
        "{name}'s plan sets {first} {thing} for {unit} number 1, then {rule}, so that {answer} are "
        "planned for {unit} {ask}. Find the number k.",
        "Which number k gives {answer} {thing} in {unit} {ask}, if {unit} number 1 has {first} and "
        "{name} goes on with {rule}?",
        "With {first} {thing} in {unit} number 1, then {rule}, {name} reaches {answer} in "
        "{unit} {ask}. How large is k?",
        "{name} keeps a list of {thing}. It starts with {first} for {unit} number 1, goes on with "
        "{rule}, and gives {answer} for {unit} {ask}. Find k.",
    ),
}


TIMES = "times as many"


def draw(d: Draw, difficulty: int, hidden: str) -> Facts:
    rule, fall, at = [], 0, 1
    start = d.between(3, 9) if difficulty == 4 else 1
    for _ in range(2 if difficulty in (2, 5) else 1):
        kind = d.choice(
            ("more", "more", "fewer", TIMES) if difficulty in (1, 3) else ("more", "fewer")
        )
        if kind == TIMES:
            step = d.between(2, 5 if difficulty == 1 else 4)
            changes = d.between(3, 5 if step == 2 else 4 if step == 3 else 3) + (difficulty == 3)
        else:
            step = d.between(2, 20 if difficulty < 3 else 15)
            changes = d.between(4, 18 if difficulty in (1, 3) else 10)
        at += changes
        rule.append((kind, step, at))
        if kind == "fewer":
            fall += step * (changes + start - 1)
    rule[-1] = (kind, step, 0)
    first = d.between(2, 30 if kind == TIMES else 80) + fall  # so all numbers are positive
    return {
        "name": d.choice(PEOPLE), "thing": d.choice(THINGS), "unit": d.choice(UNITS),
        "first": first, "rule": tuple(rule),
        "ask": (at, at) if difficulty < 3 else (start, at + start - 1),
    }  # fmt: skip


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "first":
        return without(facts, hidden)
    *before, (kind, _, _) = facts["rule"]
    return facts | {"rule": (*before, (kind, None, 0))}


def _sign(kind: str) -> str:
    return "+" if kind == "more" else "-"


def _climb(lines: list[str], unit: str, phase: Phase, p: int, now: int, q: int) -> int:
    """Adds the way from number p, which has `now`, to number q; returns what that has."""
    kind, step, _ = phase
    n = q - p
    if n == 1:
        then = now + step if kind == "more" else now - step
        lines.append(f"{unit.capitalize()} {q} has {now} {_sign(kind)} {step} = {then}.")
    else:
        then = now + n * step if kind == "more" else now - n * step
        lines.append(
            f"To {unit} {q} it takes {q} - {p} = {n} changes of {step}, from {now} by {n} * {step} "
            f"= {n * step} to {now} {_sign(kind)} {n * step} = {then}."
        )
    return int(then)


def _multiply(lines: list[str], unit: str, step: int, first: int, q: int) -> list[int]:
    """Adds the numbers of a geometric sequence up to number q."""
    found = [first]
    for i in range(2, q + 1):
        found.append(found[-1] * step)
        lines.append(f"{unit.capitalize()} {i} has {found[-2]} * {step} = {found[-1]}.")
    return found


def _wrap(number: int) -> str:
    return f"({number})" if number < 0 else str(number)


def forward(facts: Facts) -> Solution:
    first, rule, (low, high), unit = (facts[name] for name in ("first", "rule", "ask", "unit"))
    lines = [f"The start is {unit} 1 with {first} {facts['thing']}."]
    program = f"{_program(first, rule, low, high)}\nprint(sum(terms[{low - 1}:]))"
    if rule[0][0] == TIMES:
        found = _multiply(lines, unit, rule[0][1], first, high)
        answer = found[-1] if low == high else sum(found)
        if low < high:
            lines.append(f"Together these {high} {unit}s have {_sum(found)} {facts['thing']}.")
        return Solution(answer, "\n".join(lines), program)
    now, at, total = first, 1, 0
    if 1 < low < high:
        now, at = _climb(lines, unit, rule[0], 1, now, low), low
    for i, phase in enumerate(rule):
        end = phase[2] or high
        if i and low < high:  # number `at` was summed up with the phase before
            now, at = _climb(lines, unit, phase, at, now, at + 1), at + 1
        then, now = now, _climb(lines, unit, phase, at, now, end)
        if low < high:
            n, both = end - at + 1, then + now
            before, part = total, n * both // 2
            lines.append(f"{unit.capitalize()}s {at} and {end} make {then} + {now} = {both}.")
            lines.append(
                f"So these {n} {unit}s have half of {n} * {both} = {n * both}, or {n * both} / 2 "
                f"= {part}."
            )
            total += part
            if i:
                lines.append(f"All {high} {unit}s together have {before} + {part} = {total}.")
        at = end
    return Solution(now if low == high else total, "\n".join(lines), program)


def _program(first: Any, rule: tuple[Phase, ...], low: int, high: int, indent: str = "") -> str:
    lines, at = [f"terms = [{first}]"], 1
    for kind, step, until in rule:
        sign = "*" if kind == TIMES else _sign(kind)
        lines.append(f"for _ in range({(until or high) - at}):")
        lines.append(f"    terms.append(terms[-1] {sign} {'k' if step is None else step})")
        at = until
    return "\n".join(indent + line for line in lines)


def reverse(facts: Facts, hidden: str) -> Solution:
    rule, (low, high), answer = facts["rule"], facts["ask"], facts["answer"]
    lines: list[str] = []
    if low == high:
        found = _walk_back(lines, facts) if hidden == "first" else _compare(lines, facts)
    elif rule[0][0] == TIMES:
        found = _geometric(lines, facts, hidden)
    else:
        found = _level(lines, facts) if hidden == "first" else _spread(lines, facts)
    start: Any = "k"
    if hidden == "step":
        start, rule = facts["first"], hide(facts, hidden)["rule"]
    program = (
        f"def asked(k):\n{_program(start, rule, low, high, '    ')}\n"
        f"    return sum(terms[{low - 1}:])\n"
        f"print(next(k for k in range(1, 1000) if asked(k) == {answer}))"
    )
    return Solution(found, "\n".join(lines), program, {"k": found})


def _walk_back(lines: list[str], facts: Facts) -> int:
    """From a number of the sequence to the first."""
    rule, at, now, unit = facts["rule"], facts["ask"][1], facts["answer"], facts["unit"]
    lines.append(f"The end is {unit} {at} with {now} {facts['thing']}.")
    for i in reversed(range(len(rule))):
        kind, step, _ = rule[i]
        p = rule[i - 1][2] if i else 1
        if kind == TIMES:
            for j in range(at - 1, 0, -1):
                now, then = now // step, now
                lines.append(f"One back, {unit} {j} has {then} / {step} = {now}.")
            break
        n, move, then = at - p, (at - p) * step, now
        now, undo = (now - move, "-") if kind == "more" else (now + move, "+")
        lines.append(
            f"Back to {unit} {p}, undo {at} - {p} = {n} changes of {step}, from {then} by {n} * "
            f"{step} = {move} to {then} {undo} {move} = {now}."
        )
        at = p
    return int(now)


def _compare(lines: list[str], facts: Facts) -> int:
    """The last step, from the numbers at both ends of its phase."""
    *before, (kind, step, _) = facts["rule"]
    now, unit, (_, high), end = (facts[name] for name in ("first", "unit", "ask", "answer"))
    at = 1
    lines.append(f"The end is {unit} {high} with {end} {facts['thing']}.")
    for phase in before:
        at, now = phase[2], _known(lines, unit, phase, now)
    n = high - at
    if kind == TIMES:
        lines.append(f"From {now} to {end} it becomes {end} / {now} = {end // now} times as large.")
        lines.append(
            f"These are {high} - {at} = {n} equal factors, and {step}^{n} = {end // now}, "
            f"so k = {step}."
        )
    else:
        more, less = max(now, end), min(now, end)
        lines.append(
            f"From {now} it changed by {more} - {less} = {more - less}, in {high} - {at} = {n} "
            f"equal steps, so k = {more - less} / {n} = {step}."
        )
    return int(step)


def _known(lines: list[str], unit: str, phase: Phase, first: int) -> int:
    """Adds the number at the end of a first phase that is known."""
    kind, step, until = phase
    n = until - 1
    now = first + n * step if kind == "more" else first - n * step
    lines.append(
        f"Before k is used, {first} changes {n} times by {step}, {n} * {step} = {n * step}, so "
        f"{unit} {until} has {first} {_sign(kind)} {n * step} = {now}."
    )
    return int(now)


def _geometric(lines: list[str], facts: Facts, hidden: str) -> int:
    """All numbers of a geometric sequence as multiples of the first."""
    first, ((_, step, _),), (_, n), total, unit = (
        facts[name] for name in ("first", "rule", "ask", "answer", "unit")
    )
    powers = [step**i for i in range(n)]
    share = total // first
    if hidden == "first":
        lines.append(f"The sum {total} is a multiple of the number of {unit} 1.")
        lines.append(
            f"Each {unit} has {step} times the one before, so {total} counts {unit} 1 in all "
            f"{_sum(powers)} times."
        )
        lines.append(f"So {unit} 1 must have {total} / {share} = {first}.")
        return int(first)
    lines.append(f"The sum {total} is {total} / {first} = {share} times the number of {unit} 1.")
    lines.append(f"So 1 and the first {n - 1} powers of k make {share}.")
    if step > 2:
        less = [(step - 1) ** i for i in range(n)]
        lines.append(f"Trying {step - 1} for k gives {_sum(less)}, and {sum(less)} < {share}.")
    lines.append(f"Trying {step} gives {_sum(powers)}, so k = {step}.")
    return int(step)


def _sum(numbers: list[int]) -> str:
    return f"{' + '.join(map(str, numbers))} = {sum(numbers)}"


def _level(lines: list[str], facts: Facts) -> int:
    """The first number of a sum: takes out by how much the others differ from it."""
    rule, (low, high), left, unit = (facts[name] for name in ("rule", "ask", "answer", "unit"))
    count = high - low + 1
    lines.append(f"The sum {left} is {count} times {unit} 1 plus all differences.")
    at, differs = 1, 0
    for kind, step, until in rule:
        size = step if kind == "more" else -step
        both = 0
        for q in (low if at == 1 else at + 1, until or high):
            begin = at
            if q > at:
                how = f"{q - at} * {_wrap(size)}" if q > at + 1 else _wrap(size)
                how = f"{differs} + {how}" if differs else how
                differs += (q - at) * size
                lines.append(f"{unit.capitalize()} {q} differs by {how} = {differs}.")
            both, at = both + differs, q
        n = at - begin + 1
        if both != differs:
            lines.append(f"Both differences make {both - differs} + {_wrap(differs)} = {both}.")
        extra = n * both // 2
        lines.append(
            f"From {left} take the differences of {n} {unit}s, half of {n} * {_wrap(both)} = "
            f"{2 * extra}, so {2 * extra} / 2 = {extra}, and {left} - {_wrap(extra)} = "
            f"{left - extra} stay."
        )
        left -= extra
    lines.append(f"This is {count} times {unit} 1, which has {left} / {count} = {left // count}.")
    return int(left // count)


def _spread(lines: list[str], facts: Facts) -> int:
    """The last step from a sum: from the sum to its ends, from the ends to the step."""
    *before, (_, step, _) = facts["rule"]
    now, (low, high), left, unit = (facts[name] for name in ("first", "ask", "answer", "unit"))
    lines.append(f"The sum {left} of {unit}s {low} to {high} is known.")
    a, b = low - 1, high - 1
    for phase in before:
        u, then = phase[2], now
        now = _known(lines, unit, phase, now)
        both, part = then + now, u * (then + now) // 2
        lines.append(
            f"With its ends {then} + {now} = {both}, this part makes {u} * {both} / 2 = {part}."
        )
        lines.append(f"The rest of the sum is {left} - {part} = {left - part}.")
        left -= part
        a, b = 1, high - u
    n = b - a + 1
    ends = 2 * left // n
    lines.append(
        f"Twice {left} is 2 * {left} = {2 * left}, which is {n} times both ends of these {unit}s, "
        f"so the two ends make {2 * left} / {n} = {ends}."
    )
    more, less = max(ends, 2 * now), min(ends, 2 * now)
    lines.append(
        f"Without k they would make 2 * {now} = {2 * now}, so k brings {more} - {less} = "
        f"{more - less}."
    )
    uses = f"{a} + {b} = {a + b}" if a else f"{b}"
    lines.append(f"It is used {uses} times: k = {more - less} / {a + b} = {step}.")
    return int(step)


def _numbers(facts: Facts, first: int, step: int) -> int:
    """What the question asks for, number by number; `step` is taken where one is unknown."""
    low, high = facts["ask"]
    now, at, total = first, 1, 0
    for kind, size, until in facts["rule"]:
        size = step if size is None else size
        while at < (until or high):
            total += now if at >= low else 0
            now = now * size if kind == TIMES else now + size if kind == "more" else now - size
            at += 1
    return total + now


def solve_forward(facts: Facts) -> list[int]:
    """Writes down the whole sequence and adds up."""
    return [_numbers(facts, facts["first"], 0)]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """The result is linear in the first number: two trials; for a step every value is tried."""
    answer = facts["answer"]
    if hidden == "step":
        return [k for k in range(1, 60) if _numbers(facts, facts["first"], k) == answer]
    at_0, at_1 = _numbers(facts, 0, 0), _numbers(facts, 1, 0)
    slope = at_1 - at_0
    return [(answer - at_0) // slope] if slope and (answer - at_0) % slope == 0 else []
