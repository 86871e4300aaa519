"""Lists of numbers that go through a chain of operations, each of which can be undone.

    forward   [4, 1, 3]: add 3 to each number, then reverse the order.     answer [6, 4, 7]
    reverse   Some list: add 3 to each number, then reverse the order. It becomes [6, 4, 7].
              Which list was it?                                           answer [4, 1, 3]

The steps are (kind, number) pairs; the number is 0 for a kind without one, and None, written k,
where a reverse question hides it (hidden `amount`: always of the first step).
"""

import re
from collections import deque
from collections.abc import Callable, Sequence
from itertools import accumulate

from r1k.families.base import INT, INTS, Draw, Facts, Slot, Solution, phrasings
from r1k.families.words import PEOPLE, PERSON

AREA = "list programs"
SUMMARY = "run a list through some operations; reverse: find the first list, or a number of a step"
VERSION = 2

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
# Beside each of these as the first step: the others, and one more that may change each number.
_BESIDE = {start: [*(kind for kind in _SCALAR if kind != start), "ladder"] for start in _SCALAR}
# At an end: to cross a number out tells it, and with it an amount that was used before.
_ENDS = {"amount": ("front", "end"), "input": ("front", "end", "cut front", "cut end")}
_PLAIN = ("sums", "reverse", "swap", "left", "right")
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
    "Take the numbers {input} from {name} and {steps}. Give the final list.",
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
        "Take some numbers that only {name} knows, and {steps}. The final list is {answer}. "
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
        "Take the numbers {input} from {name} and {steps}. With the right k the list is {answer}. "
        "Find this k.",
        "A program by {name} is given the numbers {input}. It is to {steps}. It prints "
        "{answer}. Work out the number k.",
    ),
}


# The list after a step.
_AFTER: dict[str, Callable[[list[int], int], list[int]]] = {
    "add": lambda x, n: [v + n for v in x],
    "take": lambda x, n: [v - n for v in x],
    "times": lambda x, n: [v * n for v in x],
    "from": lambda x, n: [n - v for v in x],
    "ladder": lambda x, n: [v + i for i, v in enumerate(x, n)],
    "front": lambda x, n: [n, *x],
    "end": lambda x, n: [*x, n],
    "cut front": lambda x, n: x[1:],
    "cut end": lambda x, n: x[:-1],
    "sums": lambda x, n: list(accumulate(x)),
    "reverse": lambda x, n: x[::-1],
    "swap": lambda x, n: [x[-1], *x[1:-1], x[0]],
    "left": lambda x, n: x[1:] + x[:1],
    "right": lambda x, n: x[-1:] + x[:-1],
}


def _kinds(d: Draw, difficulty: int, hidden: str) -> list[str]:
    """The kinds of the steps; those without a number stand apart from each other."""
    start, end = d.choice(_SCALAR), d.choice(_ENDS[hidden])
    if difficulty == 1:
        return [start if hidden == "amount" or d.below(3) else "ladder"]
    plain = ["sums", d.choice(("reverse", "swap")), d.choice(("left", "right"))]
    numbered = [start]
    if difficulty > 2:
        numbered += d.sample([*_BESIDE[start], end], 3 if difficulty == 5 else 1)
    plain = d.sample(plain, 1 if difficulty < 4 else 2)
    if hidden == "input" and difficulty in (2, 4) and d.below(2):
        numbered, plain = plain, numbered
    for i, kind in enumerate(plain):
        numbered.insert(2 * i + 1, kind)
    return numbered


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    kinds = _kinds(d, difficulty, hidden)
    most = 40 if difficulty > 1 else 30 if kinds[0] == "times" else 99
    size = 4 if d.below(3) == 0 or "cut front" in kinds or "cut end" in kinds else 3
    numbers = x = [d.between(2, most) for _ in range(size)]
    steps = []
    for kind in kinds:
        if kind in _PLAIN:
            n = 0
        elif kind == "times":
            n = d.between(2, 12 if difficulty == 1 else 5)
        elif kind == "from":
            n = d.between(most, 2 * most)
        elif kind == "ladder":
            n = d.between(3, 50)
        elif kind == "cut front" or kind == "cut end":
            n = x[0] if kind == "cut front" else x[-1]
            if n < 0:
                return None
        else:
            n = d.between(3, most)
        x = _AFTER[kind](x, n)
        if max(x) > 999 or min(x) < -500:
            return None
        steps.append((kind, n))
    if hidden == "amount":
        # What k stands for must not stand in the question.
        (_, k), *others = steps
        if k in numbers or k in x or k in [n for _, n in others]:
            return None
    return {"name": d.choice(PEOPLE), "input": tuple(numbers), "steps": tuple(steps)}


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "input":
        return {name: value for name, value in facts.items() if name != "input"}
    (kind, _), *rest = facts["steps"]
    return facts | {"steps": ((kind, None), *rest)}


def _states(facts: Facts) -> list[list[str]]:
    """The list at first and after each step, as texts."""
    x = list(facts["input"])
    states = [[str(v) for v in x]]
    for kind, n in facts["steps"]:
        x = _AFTER[kind](x, n)
        states.append([str(v) for v in x])
    return states


def _list(x: list[str]) -> str:
    return f"[{', '.join(x)}]"


def _b(number: str) -> str:
    return f"({number})" if number[0] == "-" else number


def _each(x: list[str], between: str, y: list[str]) -> list[str]:
    return [f"{a}{between}{y[i]}" for i, a in enumerate(x)]


def _do(kind: str, n: int, x: list[str], y: list[str]) -> str:
    """The step from the list x to the list y."""
    match kind:
        case "add":
            how, parts = f"Add {n} to each", _each(x, f" + {n} = ", y)
        case "take":
            how, parts = f"Subtract {n} from each", _each(x, f" - {n} = ", y)
        case "times":
            how, parts = f"Multiply each by {n}", _each(x, f" * {n} = ", y)
        case "from":
            how = f"Subtract each from {n}"
            parts = [f"{n} - {_b(a)} = {y[i]}" for i, a in enumerate(x)]
        case "ladder":
            how = f"Add {n}, {n + 1} and so on"
            parts = [f"{a} + {n + i} = {y[i]}" for i, a in enumerate(x)]
        case "sums":
            how = f"Keep {x[0]} and sum up"
            parts = [f"{y[i]} + {_b(a)} = {y[i + 1]}" for i, a in enumerate(x[1:])]
        case "reverse":
            return f"In reverse order the list is {_list(y)}."
        case "left":
            return f"With {x[0]} moved from the front to the end it is {_list(y)}."
        case "right":
            return f"With {x[-1]} moved from the end to the front it is {_list(y)}."
        case "swap":
            return f"Swap {x[0]} and {x[-1]} at the ends, which makes {_list(y)}."
        case "front":
            return f"Write {n} in front, which makes {_list(y)}."
        case "end":
            return f"Write {n} at the end, which makes {_list(y)}."
        case "cut front":
            return f"Cross out {n} in front, which leaves {_list(y)}."
        case _:
            return f"Cross out {n} at the end, which leaves {_list(y)}."
    return f"{how}: {', '.join(parts)}, which gives {_list(y)}."


def _undo(kind: str, n: int, y: list[str], x: list[str]) -> str:
    """The step back from the list y to the list x."""
    match kind:
        case "add":
            how, parts = f"Take the {n} off again", _each(y, f" - {n} = ", x)
        case "take":
            how, parts = f"Give the {n} back", _each(y, f" + {n} = ", x)
        case "times":
            how, parts = f"Divide each by {n}", _each(y, f" / {n} = ", x)
        case "from":
            how = f"Find what was taken from {n}"
            parts = [f"{n} - {_b(b)} = {x[i]}" for i, b in enumerate(y)]
        case "ladder":
            how = f"Take {n}, {n + 1} and so on off"
            parts = [f"{b} - {n + i} = {x[i]}" for i, b in enumerate(y)]
        case "sums":
            how = f"Keep {y[0]} and take differences"
            parts = [f"{b} - {_b(y[i])} = {x[i + 1]}" for i, b in enumerate(y[1:])]
        case "reverse":
            return f"Before the order was reversed it was {_list(x)}."
        case "left":
            return f"Bring {y[-1]} from the end back to the front: {_list(x)}."
        case "right":
            return f"Bring {y[0]} from the front back to the end: {_list(x)}."
        case "swap":
            return f"Change {y[0]} and {y[-1]} back, which makes {_list(x)}."
        case "front":
            return f"Before {n} came in front there was {_list(x)}."
        case "end":
            return f"Before {n} came to the end there was {_list(x)}."
        case "cut front":
            return f"Put the {n} back in front, which makes {_list(x)}."
        case _:
            return f"Put the {n} back at the end, which makes {_list(x)}."
    return f"{how}: {', '.join(parts)}, so it was {_list(x)}."


def forward(facts: Facts) -> Solution:
    states = _states(facts)
    start = _list(states[0])
    lines, code = [f"The list at the start is {start}."], [f"n = {start}"]
    for i, (kind, n) in enumerate(facts["steps"]):
        lines.append(_do(kind, n, states[i], states[i + 1]))
        code.append(_KINDS[kind][1].replace("#", str(n)))
    code.append("print(n)")
    return Solution(tuple(map(int, states[-1])), "\n".join(lines), "\n".join(code))


def reverse(facts: Facts, hidden: str) -> Solution:
    states, steps = _states(facts), facts["steps"]
    end = _list(states[-1])
    lines, code = [f"The list at the end is {end}."], [f"n = {end}"]
    for at in range(len(steps) - 1, 0 if hidden == "amount" else -1, -1):
        kind, n = steps[at]
        lines.append(_undo(kind, n, states[at + 1], states[at]))
        code.append(_KINDS[kind][2].replace("#", str(n)))
    if hidden == "input":
        code.append("print(n)")
        return Solution(facts["input"], "\n".join(lines), "\n".join(code))
    (kind, k), (first, *x), (made, *y) = steps[0], states[0], states[1]
    # k from a number before and after, that in Python, and the test with the other numbers.
    match kind:
        case "add":
            how, back, tests = f"{made} - {first}", f"n[0] - {first}", _each(x, f" + {k} = ", y)
        case "take":
            how, back = f"{first} - {_b(made)}", f"{first} - n[0]"
            tests = _each(x, f" - {k} = ", y)
        case "times":
            how, back, tests = f"{made} / {first}", f"n[0] // {first}", _each(x, f" * {k} = ", y)
        case _:
            how, back = f"{made} + {first}", f"n[0] + {first}"
            tests = [f"{k} - {a} = {y[i]}" for i, a in enumerate(x)]
    lines += (
        f"The step with k made {made} out of {first}, so k = {how} = {k}.",
        f"It fits: {', '.join(tests)}.",
    )
    code.append(f"print({back})")
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
