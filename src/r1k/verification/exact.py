"""Proof that a pair of a family is right, from its texts alone.

Both questions are read back by the family's phrasings and solved by its solvers, which know
nothing of how the pair was made; the trace is recomputed step by step.
"""

import re
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeVar

from r1k.families import FAMILIES, Made, Twins
from r1k.families.base import Facts, Family, Phrasing, Solution, stated
from r1k.inversion.blocks import Block
from r1k.schema import Check, Outcome
from r1k.verification.steps import relations

T = TypeVar("T")

VERSION = 3
# Stars, underscores and comparisons are layout, unless they are mathematics: 3 * 4, 1011_2, 2 < 3.
_MATH = re.compile(r" [*<>] |\b[0-9A-Z]+_\d+\b")
_MARKS = re.compile(r"[$#*`|\\<>_]")
IDS = (
    "forward_exact",
    "reverse_exact",
    "inverse_exact",
    "answers_hidden",
    "steps_true",
    "own_trace",
    "plain_layout",
)


def read(question: str, phrasings: tuple[Phrasing, ...]) -> Facts | None:
    """The facts that a question states, by the first phrasing that it fits; None: by none."""
    for phrasing in phrasings:
        if (facts := phrasing.read(question)) is not None:
            return facts
    return None


def prove(pair: Twins) -> dict[str, str]:
    """For each check of `IDS` what is wrong, in words; "" where nothing is.

    - forward_exact, reverse_exact: the question can be read back, and the independent solver finds
      the stated answer and no other.
    - inverse_exact: the reverse question states the forward answer and all givens but the hidden.
    - answers_hidden: neither question states its own answer.
    - steps_true: every relation in both traces is true.
    - own_trace: the reverse trace repeats no line of the forward trace.
    - plain_layout: both traces are plain sentences, one a line, and open with the same word, so
      that nothing but the content tells the directions apart.
    """
    family, hidden = FAMILIES[pair.family], pair.hidden
    asked = read(pair.forward.question, family.FORWARD)
    back = read(pair.reverse.question, family.REVERSE[hidden])
    found = dict.fromkeys(IDS, "")
    if asked is None:
        found["forward_exact"] = "the question cannot be read back"
    else:
        show = family.SLOTS["answer"].text
        answers = _tried(lambda: [show(answer) for answer in family.solve_forward(asked)]) or []
        if answers != [pair.forward.answer]:
            found["forward_exact"] = f"solved as {answers[:5]}, not {pair.forward.answer!r}"
    if back is None:
        found["reverse_exact"] = "the question cannot be read back"
    else:
        show = family.SLOTS[hidden].text
        answers = (
            _tried(lambda: [show(answer) for answer in family.solve_reverse(back, hidden)]) or []
        )
        if answers != [pair.reverse.answer]:
            found["reverse_exact"] = f"solved as {answers[:5]}, not {pair.reverse.answer!r}"
    if asked is None or back is None:
        found["inverse_exact"] = "a question cannot be read back"
    else:
        whole = asked | {"answer": pair.facts["answer"]}
        expected = family.hide(whole, hidden)
        if back != expected and not _another(whole, expected, back):
            found["inverse_exact"] = f"states {back}, not {expected}"
    sides = (("forward", pair.forward), ("reverse", pair.reverse))
    told = [name for name, side in sides if stated(side.answer, side.question)]
    found["answers_hidden"] = f"stated in the question: {', '.join(told)}" if told else ""
    lines = set(pair.forward.solution.trace.split("\n"))
    quoted = [line for line in pair.reverse.solution.trace.split("\n") if line in lines]
    found["own_trace"] = f"quoted from the forward trace: {quoted[0]!r}" if quoted else ""
    first, other = ((side.solution.trace.split(maxsplit=1) or [""])[0] for _, side in sides)
    if first != other:
        found["plain_layout"] = (
            f"the forward trace opens with {first!r}, the reverse trace with {other!r}: the first"
            " word must be the same in both, or it tells them apart; "
        )
    for _, side in sides:
        _, faults = relations(side.solution.trace, side.solution.values)
        found["steps_true"] += "; ".join(faults)
        found["plain_layout"] += _layout(side.solution.trace)
    return found


def prove_texts(forward: Block, reverse: Block) -> dict[str, str] | None:
    """As `prove`, for a pair from whatever pen; None where no family asks the forward question.

    Any given may be hidden, in any of the family's phrasings, and of several that are alike (the
    numbers of a list) any one; all else must be as it was.
    """
    asked = ((name, read(forward.question, family.FORWARD)) for name, family in FAMILIES.items())
    name, facts = next(((name, facts) for name, facts in asked if facts is not None), ("", {}))
    if not name:
        return None
    family = FAMILIES[name]
    first = family.forward(facts)
    facts["answer"] = first.answer
    # Two givens may be asked for in the same words: which one is hidden, the facts must tell.
    fits = {h: _fit(family, facts, h, reverse.question) for h in family.REVERSE}
    solved = {h: _tried(partial(family.reverse, facts, h)) for h in fits}
    hidden = max(fits, key=lambda h: (fits[h], solved[h] is not None))
    # A question that asks for no given gives the letters in its trace no values.
    right = solved[hidden] if fits[hidden] else None
    values = right.values if right else {}
    if fits[hidden] == 2:
        expected = family.hide(facts, hidden)
        usual = _missing({name: facts.get(name) for name in expected}, expected)
        back = read(reverse.question, family.REVERSE[hidden]) or {}
        (instead,) = _another(facts, expected, back)
        values = {x: instead if value in usual else value for x, value in values.items()}
    sides = [
        Made(block.question, block.answer, Solution(None, block.trace, "", known))
        for block, known in ((forward, first.values), (reverse, values))
    ]
    return prove(Twins(name, 0, 0, hidden, facts, *sides))


def _tried(solve: Callable[[], T]) -> T | None:
    """What a family finds; None where it was made for no such question: two givens hidden at once,
    say, which a family never asks and a model may."""
    try:
        return solve()
    except (
        ArithmeticError,
        AssertionError,
        LookupError,
        StopIteration,
        TypeError,
        ValueError,
    ):
        return None


def _another(whole: Facts, expected: Facts, back: Facts) -> list[Any]:
    """The value that `back` hides, where it hides another than the one that the family would, of
    several that are alike (a number of a list, a road of a map); empty where it does not."""
    if set(back) != set(expected):
        return []
    missing = _missing({name: whole.get(name) for name in expected}, back)
    return missing if len(missing) == 1 and missing != [_OTHER] else []


_OTHER = object()


def _missing(whole: Any, back: Any) -> list[Any]:
    """The values that are None in `back` alone; `_OTHER` for one that differs."""
    if back == whole:
        return []
    if isinstance(whole, dict):
        return [value for name in whole for value in _missing(whole[name], back[name])]
    if isinstance(whole, tuple) and isinstance(back, tuple) and len(whole) == len(back):
        return [value for pair in zip(whole, back, strict=True) for value in _missing(*pair)]
    return [whole if back is None else _OTHER]


def _fit(family: Family, facts: Facts, hidden: str, question: str) -> int:
    """How well a reverse question asks for `hidden`: 3 is right, 2 is for another given of its
    like, 1 is with other facts."""
    stated = read(question, family.REVERSE[hidden])
    if stated is None:
        return 0
    expected = _tried(lambda: family.hide(facts, hidden))
    if expected is None:  # this problem has no such given
        return 0
    if stated == expected:
        return 3
    return 2 if _another(facts, expected, stated) else 1


def as_checks(
    found: dict[str, str] | None, why: str = "", required: Collection[str] = IDS
) -> list[Check]:
    """What was found as the checks of a pair; `why` nothing was, where that is known."""
    if found is None:
        why = why or "no problem family asks the forward question"
        found = dict.fromkeys(IDS, why)
    outcomes: dict[bool, Outcome] = {True: "fail", False: "pass"}
    return [
        Check(
            id=check_id,
            version=VERSION,
            outcome="not_run" if why else outcomes[bool(wrong)],
            required=check_id in required,
            evidence=wrong,
        )
        for check_id, wrong in found.items()
    ]


def _layout(trace: str) -> str:
    for line in trace.split("\n"):
        if not line[:1].isupper() or not line.endswith(".") or line.endswith((" .", "..")):
            return f"not a sentence with a capital and a full stop: {line!r}; "
        if "  " in line or _MARKS.search(_MATH.sub("", line)):
            return f"layout in: {line!r}; "
    return ""
