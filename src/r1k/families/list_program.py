"""Lists of numbers that go through a chain of operations, each of which can be undone.

    forward   [4, 1, 3]: add 3 to each number, then reverse the order.     answer [6, 4, 7]
    reverse   Some list: add 3 to each number, then reverse the order. It becomes [6, 4, 7].
              Which list was it?                                           answer [4, 1, 3]

The steps are (kind, number) pairs; the number is 0 for a kind without one, and None, written k,
where a reverse question hides it (hidden `amount`: always of the first step).
"""

import re
from collections import deque
from collections.abc import Sequence
from itertools import accumulate

from r1k.families.base import INT, INTS, Draw, Facts, Slot, Solution, phrasings
from r1k.families.words import PEOPLE, PERSON

AREA = "list programs"
SUMMARY = "run a list through some operations; reverse: find the first list, or a number of a step"
VERSION = 1

Step = tuple[str, int | None]

# Of each kind: how it is asked for, the Python that does it, and the Python that undoes it. Few
# words, and # for a number, so that no long run of words stands in many questions.
_KINDS = {
    "add": ("add # to each", "n = [x + # for x in n]", "n = [x - # for x in n]"),
    "take": ("subtract # from each", "n = [x - # for x in n]", "n = [x + # for x in n]"),
    "times": ("multiply each by #", "n = [x * # for x in n]", "n = [x // # for x in n]"),
    "from": ("subtract each from #", "n = [# - x for x in n]", "n = [# - x for x in n]"),
    "ladder": (
        "add #, ##, ### and so on in turn",
        "n = [x + i for i, x in enumerate(n, #)]",
        "n = [x - i for i, x in enumerate(n, #)]",
    ),
    "front": ("write # in front", "n.insert(0, #)", "n.pop(0)"),
    "end": ("write # at the end", "n.append(#)", "n.pop()"),
    "cut front": ("cross out the # in front", "n.pop(0)", "n.insert(0, #)"),
    "cut end": ("cross out the # at the end", "n.pop()", "n.append(#)"),
    "sums": (
        "form running sums",
        "n = [sum(n[: i + 1]) for i in range(len(n))]",
        "n = n[:1] + [y - x for x, y in zip(n, n[1:])]",
    ),
    "reverse": ("reverse the order", "n.reverse()", "n.reverse()"),
    "swap": (
        "swap both ends",
        "n[0], n[-1] = n[-1], n[0]",
        "n[0], n[-1] = n[-1], n[0]",
    ),
    "left": ("put the first last", "n.append(n.pop(0))", "n.insert(0, n.pop())"),
    "right": ("put the last first", "n.insert(0, n.pop())", "n.append(n.pop(0))"),
}
_SCALAR = ("add", "take", "times", "from")
_KIND = {text: kind for kind, (text, _, _) in _KINDS.items()}
_NUMBER = re.compile(r"\d+|\bk\b")
_PATTERN = "|".join(re.sub("#+", r"(?:\\d+|k)", text) for text in _KIND)


def _show(steps: Sequence[Step]) -> str:
    parts = []
    for kind, n in steps:
        if kind == "ladder" and n is not None:
            parts.append(f"add {n}, {n + 1}, {n + 2} and so on in turn")
        else:
            parts.append(_KINDS[kind][0].replace("#", "k" if n is None else str(n)))
    return ", then ".join(parts)


def _read(text: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    for part in text.split(", then "):
        number = _NUMBER.search(part)
        if not number:
            steps.append((_KIND[part], 0))
        else:
            whole = part.endswith(" in turn")
            kind = "ladder" if whole else _KIND[_NUMBER.sub("#", part)]
            steps.append((kind, None if number[0] == "k" else int(number[0])))
    return tuple(steps)


SLOTS = {
    "name": PERSON,
    "input": INTS,
    "steps": Slot(rf"(?:{_PATTERN})(?:, then (?:{_PATTERN}))*", _show, _read),
    "amount": INT,
    "answer": INTS,
}
FORWARD = phrasings(
    SLOTS,
    "{name} writes down the numbers {input}. {name.He} has to {steps}. Which list results?",
    "The orders for {name} are to take the numbers {input} and {steps}. "
    "With which list does {name.he} end?",
    "What becomes of {name}'s numbers {input} if you {steps}?",
    "A machine that {name} built is fed with the numbers {input}. It is set to {steps}. "
    "What comes out?",
    "{name} has the numbers {input} and wants to {steps}. Which list does {name.he} get?",
    "Take the numbers {input} from {name}, {steps}. Give the final list.",
    "On {name}'s card stand the numbers {input}. Now {steps}. What list is there then?",
    "A program by {name} is given the numbers {input}. It is to {steps}. What should it print?",
    "Find the list that {name} makes out of the numbers {input} when {name.he} is told to {steps}.",
)
REVERSE = {
    "input": phrasings(
        SLOTS,
        "{name} wrote down some numbers. {name.He} had to {steps}. The list {answer} resulted. "
        "What was the list at first?",
        "The orders for {name} were to take some numbers and {steps}. {name.He} ended with "
        "{answer}. With which list did {name.he} begin?",
        "Which list of numbers of {name}'s becomes {answer} if you {steps}?",
        "A machine that {name} built is fed with numbers and set to {steps}. Out came {answer}. "
        "What list had been put in?",
        "Take some numbers that only {name} knows, {steps}. The final list is {answer}. "
        "Give the list that was taken.",
        "A program by {name} is given some numbers. It is to {steps}. "
        "For which list should it print {answer}?",
        "Find the list of numbers out of which {name} made {answer} when {name.he} was told to "
        "{steps}.",
    ),
    "amount": phrasings(
        SLOTS,
        "{name} writes down the numbers {input}. {name.He} has to {steps}. {answer} results. "
        "What is k?",
        "The orders for {name} are to take the numbers {input} and {steps}. {name.He} ends with "
        "{answer}. Which number is k?",
        "For which k do {name}'s numbers {input} become {answer} if you {steps}?",
        "A machine that {name} built turns the numbers {input} into {answer}. It is set to "
        "{steps}. Find k.",
        "Take the numbers {input} from {name}, {steps}. With the right k the list is {answer}. "
        "Find this k.",
        "A program by {name} is given the numbers {input}. It is to {steps}. It prints "
        "{answer}. Work out the number k.",
    ),
}


def _after(kind: str, n: int, x: list[int]) -> list[int]:
    """The list after one step."""
    match kind:
        case "add":
            return [v + n for v in x]
        case "take":
            return [v - n for v in x]
        case "times":
            return [v * n for v in x]
        case "from":
            return [n - v for v in x]
        case "ladder":
            return [v + i for i, v in enumerate(x, n)]
        case "sums":
            return list(accumulate(x))
        case "reverse":
            return x[::-1]
        case "left":
            return x[1:] + x[:1]
        case "right":
            return x[-1:] + x[:-1]
        case "swap":
            return [x[-1], *x[1:-1], x[0]]
        case "front":
            return [n, *x]
        case "end":
            return [*x, n]
        case "cut front":
            return x[1:]
    return x[:-1]


def _kinds(d: Draw, difficulty: int, hidden: str) -> list[str]:
    """The kinds of the steps; those without a number stand apart from each other."""
    start = d.choice(_SCALAR)
    others = [kind for kind in _SCALAR if kind != start]
    others += ["ladder", d.choice(("front", "end", "cut front", "cut end"))]
    if difficulty == 1:
        return [start if hidden == "amount" or d.below(3) else "ladder"]
    plain = ["sums", d.choice(("reverse", "swap")), d.choice(("left", "right"))]
    numbered = [start, *d.sample(others, (0, 0, 1, 1, 3)[difficulty - 1])]
    plain = d.sample(plain, 1 if difficulty < 4 else 2)
    if hidden == "input" and difficulty in (2, 4) and d.below(2):
        numbered, plain = plain, numbered
    mixed = [kind for pair in zip(numbered, plain, strict=False) for kind in pair]
    return mixed + numbered[len(plain) :]


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    kinds = _kinds(d, difficulty, hidden)
    most = 40 if difficulty > 1 else 30 if kinds[0] == "times" else 99
    size = 4 if d.below(3) == 0 or "cut front" in kinds or "cut end" in kinds else 3
    numbers = x = [d.between(2, most) for _ in range(size)]
    steps = []
    for kind in kinds:
        n = 0
        if kind == "times":
            n = d.between(2, 12 if difficulty == 1 else 5)
        elif kind == "from":
            n = d.between(most, 2 * most)
        elif kind == "ladder":
            n = d.between(3, 50)
        elif kind == "cut front" or kind == "cut end":
            n = x[0] if kind == "cut front" else x[-1]
            if n < 0:
                return None
        elif kind in _KINDS and "#" in _KINDS[kind][0]:
            n = d.between(3, most)
        x = _after(kind, n, x)
        if max(x) > 999 or min(x) < -500:
            return None
        steps.append((kind, n))
    return {"name": d.choice(PEOPLE), "input": tuple(numbers), "steps": tuple(steps)}


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "input":
        return {name: value for name, value in facts.items() if name != "input"}
    (kind, _), *rest = facts["steps"]
    return facts | {"steps": ((kind, None), *rest)}


def _b(number: int) -> str:
    return f"({number})" if number < 0 else str(number)


def _do(kind: str, n: int, x: list[int], y: list[int]) -> str:
    """The step from the list x to the list y."""
    match kind:
        case "add":
            how, parts = f"Add {n} to each", [f"{a} + {n} = {b}" for a, b in zip(x, y, strict=True)]
        case "take":
            how, parts = (
                f"Subtract {n} from each",
                [f"{a} - {n} = {b}" for a, b in zip(x, y, strict=True)],
            )
        case "times":
            how, parts = (
                f"Multiply each by {n}",
                [f"{a} * {n} = {b}" for a, b in zip(x, y, strict=True)],
            )
        case "from":
            how = f"Subtract each from {n}"
            parts = [f"{n} - {_b(a)} = {b}" for a, b in zip(x, y, strict=True)]
        case "ladder":
            how = f"Add {n}, {n + 1} and so on"
            parts = [f"{a} + {b - a} = {b}" for a, b in zip(x, y, strict=True)]
        case "sums":
            how = f"Keep {x[0]} and sum up"
            parts = [f"{a} + {_b(b)} = {c}" for a, b, c in zip(y, x[1:], y[1:], strict=False)]
        case "reverse":
            return f"In reverse order the list is {y}."
        case "left":
            return f"With {x[0]} moved from the front to the end it is {y}."
        case "right":
            return f"With {x[-1]} moved from the end to the front it is {y}."
        case "swap":
            return f"Swap {x[0]} and {x[-1]} at the ends, which makes {y}."
        case "front":
            return f"Write {n} in front, which makes {y}."
        case "end":
            return f"Write {n} at the end, which makes {y}."
        case "cut front":
            return f"Cross out {n} in front, which leaves {y}."
        case _:
            return f"Cross out {n} at the end, which leaves {y}."
    return f"{how}: {', '.join(parts)}, which gives {y}."


def _undo(kind: str, n: int, y: list[int], x: list[int]) -> str:
    """The step back from the list y to the list x."""
    match kind:
        case "add":
            how, parts = (
                f"Take the {n} off again",
                [f"{b} - {n} = {a}" for a, b in zip(x, y, strict=True)],
            )
        case "take":
            how, parts = (
                f"Give the {n} back",
                [f"{b} + {n} = {a}" for a, b in zip(x, y, strict=True)],
            )
        case "times":
            how, parts = (
                f"Divide each by {n}",
                [f"{b} / {n} = {a}" for a, b in zip(x, y, strict=True)],
            )
        case "from":
            how = f"Find what was taken from {n}"
            parts = [f"{n} - {_b(b)} = {a}" for a, b in zip(x, y, strict=True)]
        case "ladder":
            how = f"Take {n}, {n + 1} and so on off"
            parts = [f"{b} - {b - a} = {a}" for a, b in zip(x, y, strict=True)]
        case "sums":
            how = f"Keep {y[0]} and take differences"
            parts = [f"{c} - {_b(a)} = {b}" for a, b, c in zip(y, x[1:], y[1:], strict=False)]
        case "reverse":
            return f"Before the order was reversed it was {x}."
        case "left":
            return f"Bring {y[-1]} from the end back to the front: {x}."
        case "right":
            return f"Bring {y[0]} from the front back to the end: {x}."
        case "swap":
            return f"Change {y[0]} and {y[-1]} back, which makes {x}."
        case "front":
            return f"Before {n} came in front there was {x}."
        case "end":
            return f"Before {n} came to the end there was {x}."
        case "cut front":
            return f"Put the {n} back in front, which makes {x}."
        case _:
            return f"Put the {n} back at the end, which makes {x}."
    return f"{how}: {', '.join(parts)}, so it was {x}."


def _states(facts: Facts) -> list[list[int]]:
    """The list at first and after each step."""
    states = [list(facts["input"])]
    for kind, n in facts["steps"]:
        states.append(_after(kind, n, states[-1]))
    return states


def forward(facts: Facts) -> Solution:
    states = _states(facts)
    lines, code = [f"The list at the start is {states[0]}."], [f"n = {states[0]}"]
    for (kind, n), x, y in zip(facts["steps"], states, states[1:], strict=False):
        lines.append(_do(kind, n, x, y))
        code.append(_KINDS[kind][1].replace("#", str(n)))
    return Solution(tuple(states[-1]), "\n".join(lines), "\n".join([*code, "print(n)"]))


def reverse(facts: Facts, hidden: str) -> Solution:
    states, steps = _states(facts), facts["steps"]
    lines, code = [f"The list at the end is {states[-1]}."], [f"n = {states[-1]}"]
    for at in range(len(steps) - 1, 0 if hidden == "amount" else -1, -1):
        kind, n = steps[at]
        lines.append(_undo(kind, n, states[at + 1], states[at]))
        code.append(_KINDS[kind][2].replace("#", str(n)))
    if hidden == "input":
        return Solution(tuple(states[0]), "\n".join(lines), "\n".join([*code, "print(n)"]))
    (kind, k), x, y = steps[0], states[0], states[1]
    # Of add, subtract, times, from: k from a number before and after, and the test with another.
    how, test, back = {
        "add": (f"{y[0]} - {x[0]}", "{0} + {1}", "n[0] - {0}"),
        "take": (f"{x[0]} - {_b(y[0])}", "{0} - {1}", "{0} - n[0]"),
        "times": (f"{y[0]} / {x[0]}", "{0} * {1}", "n[0] // {0}"),
        "from": (f"{y[0]} + {x[0]}", "{1} - {0}", "n[0] + {0}"),
    }[kind]
    lines.append(f"The step with k made {y[0]} out of {x[0]}, so k = {how} = {k}.")
    tests = ", ".join([f"{test.format(a, k)} = {b}" for a, b in zip(x[1:], y[1:], strict=True)])
    lines.append(f"It fits: {tests}.")
    code.append(f"print({back.format(x[0])})")
    return Solution(k, "\n".join(lines), "\n".join(code), {"k": k})


def _run(steps: Sequence[Step], numbers: Sequence[int]) -> tuple[list[int], list[int]]:
    """The list at the end, and by how much each crossed-out number differs from the stated."""
    x, off = deque(numbers), []
    for kind, n in steps:
        assert n is not None
        if kind in _SCALAR or kind in ("ladder", "sums"):
            before = 0
            for place in range(len(x)):
                value = x.popleft()
                if kind in ("add", "take"):
                    value += n if kind == "add" else -n
                elif kind in ("times", "from"):
                    value = value * n if kind == "times" else n - value
                else:
                    value += n + place if kind == "ladder" else before
                before = value
                x.append(value)
        elif kind in ("left", "right"):
            x.rotate(-1 if kind == "left" else 1)
        elif kind == "reverse":
            x.reverse()
        elif kind == "swap":
            x[0], x[-1] = x[-1], x[0]
        elif kind in ("front", "end"):
            x.insert(0 if kind == "front" else len(x), n)
        else:
            off.append((x.popleft() if kind == "cut front" else x.pop()) - n)
    return list(x), off


def solve_forward(facts: Facts) -> list[tuple[int, ...]]:
    """Takes the numbers one by one through a queue."""
    end, off = _run(facts["steps"], facts["input"])
    return [] if any(off) else [tuple(end)]


def solve_reverse(facts: Facts, hidden: str) -> list[object]:
    """What comes out is linear in what is hidden: trials with 0 and 1 give the equations."""
    steps, goal = facts["steps"], facts["answer"]
    grown = sum(("front", "end").count(kind) - kind.startswith("cut") for kind, _ in steps)
    count = len(goal) - grown if hidden == "input" else 1

    def trial(unknown: Sequence[int]) -> list[int]:
        if hidden == "input":
            end, off = _run(steps, unknown)
        else:
            end, off = _run(((steps[0][0], unknown[0]), *steps[1:]), facts["input"])
        return end + off

    at_0 = trial([0] * count)
    columns = [trial([int(i == j) for i in range(count)]) for j in range(count)]
    wanted = [*goal, *[0] * (len(at_0) - len(goal))]
    rows = [
        [*[column[i] - at_0[i] for column in columns], wanted[i] - at_0[i]]
        for i in range(len(at_0))
    ]
    found = _linear(rows, count)
    return [tuple(x) for x in found] if hidden == "input" else [x[0] for x in found]


def _linear(rows: list[list[int]], count: int) -> list[list[int]]:
    """Whole solutions of linear equations; where there are many, at least two of them."""
    rows, whole = [*rows], rows
    for j in range(count):
        pivot = next((i for i in range(j, len(rows)) if rows[i][j]), None)
        if pivot is None:
            extra = [int(i == j) for i in range(count)]
            return [x for value in (0, 1) for x in _linear([*whole, [*extra, value]], count)]
        rows[j], rows[pivot] = rows[pivot], rows[j]
        top = rows[j]
        for i, row in enumerate(rows):
            if i != j and row[j]:
                rows[i] = [top[j] * a - row[j] * b for a, b in zip(row, top, strict=True)]
    if any(row[count] for row in rows[count:]):
        return []
    if any(rows[j][count] % rows[j][j] for j in range(count)):
        return []
    return [[rows[j][count] // rows[j][j] for j in range(count)]]
