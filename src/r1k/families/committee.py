"""Counting choices: one of many, groups, offices, orders, codes, and several of these together.

    forward   Ravi has to choose a group of 2 from 7 singers, and one of 5 different hats.
              In how many ways can he do so?                                            answer 105
    reverse   Ravi has to choose a group of 2 from n singers, and one of 5 different hats.
              He can do so in 105 ways. What is n?                                        answer 7

One to four choices that do not depend on each other, some with a condition: two people who refuse
to be together, a pair that must not be of one trade. A reverse question has n in the place of the
number of people (hidden `people`) or of things or digits (hidden `things`) of one choice.
"""

import re
from math import comb, factorial, perm
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON, THINGS, Thing

AREA = "combinatorics"
SUMMARY = "count the ways to choose; reverse: how many there are to choose from"
VERSION = 2
OCCASIONS = (
    "a school play", "a street party", "the spring fair", "a boat trip", "the town meeting",
    "a cooking show", "the harvest feast", "a charity run", "the film club", "a chess evening",
    "the museum night", "a garden party", "the science week", "a mountain hike", "a radio show",
    "the jazz festival", "a book fair", "the summer camp", "a dance contest", "the winter market",
    "a wedding", "the opening night", "a quiz evening", "the city marathon",
)  # fmt: skip
# By their first words.
TRADES = tuple(
    tuple(
        Thing(f"{manner} {trade}")
        for trade in "singers dancers pupils nurses pilots cooks painters actors guides drivers "
        "farmers tailors bakers judges poets runners lawyers doctors editors sailors gardeners "
        "plumbers teachers weavers miners potters barbers porters grocers jugglers fiddlers "
        "drummers hikers rowers coaches clowns".split()
    )
    for manner in "young local retired famous shy cheerful foreign skilled tall careful polite "
    "clever quiet lively honest brave calm kind busy gentle patient proud eager friendly".split()
)
GOODS = tuple(
    tuple(Thing(f"{look} {thing}") for thing in THINGS)
    for look in "red blue green white black brown pink purple grey golden striped spotted painted "
    "shiny tiny large plain cheap pretty rare".split()
)

# The kind of a choice; the number n to choose from (None is the unknown, written n); how many are
# taken (for "mixed", how many there are of the other trade); of what; the other trade.
Choice = tuple[str, int | None, int, str, str]
_OF_PEOPLE = ("one", "group", "pick", "apart", "mixed")
_NOBODY = Thing("")
_OFFICES = {2: "a leader and deputy", 3: "a leader, deputy and clerk"}


def _text(choice: Choice) -> str:
    kind, size, k, noun, other = choice
    n = "n" if size is None else size
    if kind == "one":
        return f"one of {n} {noun}"
    if kind == "any":
        return f"one of {n} different {noun}"
    if kind == "group":
        return f"a group of {k} from {n} {noun}"
    if kind == "set":
        return f"a set of {k} from {n} different {noun}"
    if kind == "pick":
        return f"{_OFFICES[k]} from {n} {noun}"
    if kind == "order":
        return f"an order for {n} different {noun}"
    if kind == "apart":
        return f"a group of {k} from {n} {noun} that keeps {noun} {other} apart"
    if kind == "mixed":
        return f"a pair from {k} {other} and {n} {noun} but not two {noun}"
    rule = "repeats allowed" if kind == "code" else "all different"
    return f"a code of {k} digits for the {noun} (1 to {n}, {rule})"


def _show(choices: tuple[Choice, ...]) -> str:
    texts = [_text(choice) for choice in choices]
    return f"{', '.join(texts[:-1])}, and {texts[-1]}" if len(texts) > 1 else texts[0]


# Longer forms stand before those that they begin with.
_FORMS = tuple(
    (kind, re.compile(form.replace("N", r"(?P<n>\d+|n)").replace("X", "(?P<noun>[a-z]+ [a-z]+)")))
    for kind, form in (
        ("any", "one of N different X"),
        ("one", "one of N X"),
        (
            "apart",
            r"a group of (?P<k>\d+) from N X that keeps (?P=noun)"
            r" (?P<other>[A-Z][a-z]+ and [A-Z][a-z]+) apart",
        ),
        ("group", r"a group of (?P<k>\d+) from N X"),
        ("set", r"a set of (?P<k>\d+) from N different X"),
        ("pick", "(?P<k>a leader and deputy|a leader, deputy and clerk) from N X"),
        ("order", "an order for N different X"),
        ("mixed", r"a pair from (?P<k>\d+) (?P<other>[a-z]+ [a-z]+) and N X but not two (?P=noun)"),
        ("code", r"a code of (?P<k>\d+) digits for the X \(1 to N, repeats allowed\)"),
        ("digits", r"a code of (?P<k>\d+) digits for the X \(1 to N, all different\)"),
    )
)
_NEXT = re.compile(r"(?:,(?: and)? |$)")


def _read(text: str) -> tuple[Choice, ...]:
    found: list[Choice] = []
    at = 0
    while at < len(text):
        for kind, form in _FORMS:
            if match := form.match(text, at):
                part: dict[str, Any] = match.groupdict()
                k = part.get("k", "1")
                taken = int(k) if k.isdigit() else 3 if "clerk" in k else 2
                size = None if part["n"] == "n" else int(part["n"])
                found.append((kind, size, taken, part.get("noun", ""), part.get("other", "")))
                between = _NEXT.match(text, match.end())
                at = between.end() if between else match.end()
                break
        else:
            raise ValueError(text)
    return tuple(found)


SLOTS = {
    "name": PERSON,
    "occasion": one_of(OCCASIONS, cosmetic=True),
    "choices": Slot(r"[A-Za-z0-9,() ]+", _show, _read),
    "people": INT,
    "things": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "For {occasion}, {name} has to choose {choices}. In how many ways can {name.he} do so?",
    "{name} prepares {occasion} and must pick {choices}. How many outcomes are possible?",
    "A plan for {occasion} names {choices}. How many different plans can {name} make?",
    "Before {occasion} begins, {name} settles on {choices}. Count the possible decisions.",
    "In how many ways can {name} select {choices} for {occasion}?",
    "The form for {occasion} asks {name} to put down {choices}. "
    "In how many ways can it be filled in?",
    "{name} needs {choices} for {occasion}. How many ways to choose are open to {name.him}?",
    "To get {occasion} ready, {name} selects {choices}. "
    "What is the number of different selections?",
)
_BACK = phrasings(
    SLOTS,
    "For {occasion}, {name} has to choose {choices}. {name.He} can do so in {answer} ways. "
    "What is n?",
    "{name} prepares {occasion} and must pick {choices}. If {answer} outcomes are possible, "
    "how large is n?",
    "A plan for {occasion} names {choices}. There are {answer} different plans for {name} to make. "
    "Find n.",
    "Before {occasion} begins, {name} settles on {choices}. "
    "Knowing that {answer} decisions are possible, work out n.",
    "For which n can {name} select {choices} for {occasion} in exactly {answer} ways?",
    "The form for {occasion} asks {name} to put down {choices}. "
    "There are {answer} ways to fill it in. What number does n stand for?",
    "{name} needs {choices} for {occasion}, and {answer} ways to choose are open to {name.him}. "
    "Which number is n?",
    "To get {occasion} ready, {name} selects {choices}. "
    "The number of different selections is {answer}. Determine n.",
)
REVERSE = {"people": _BACK, "things": _BACK}


def _drawn(d: Draw, kind: str, hidden: bool, small: bool) -> tuple[int, int]:
    """The numbers n and k of a choice; the ways are few where it is `small`."""
    if kind in ("one", "any"):
        return d.between(3, 7 if small else 25), 1
    if kind in ("group", "set"):
        k = 2 if small else d.between(2, 3)
        return d.between(k + 2, 7 if small else 11 if k == 3 else 20), k
    if kind == "pick":
        k = 2 if small else d.between(2, 3)
        return d.between(k + 1, 5 if small else 15 if k == 2 else 9), k
    if kind == "apart":
        k = 2 if hidden else d.between(2, 3)
        return d.between(k + 2, 8 if small else 13 - k), k
    if kind == "mixed":
        return d.between(2, 7 if small else 15), d.between(3, 5 if small else 9)
    if kind == "order":
        return d.between(3, 4 if small else 5), 1
    k = 2 if small else d.between(2, 3)
    return d.between(k + 1, 9), k


def _kinds(d: Draw, difficulty: int, hidden: str) -> list[str]:
    """The kinds of the choices, the one that hides its number first."""
    of_people = hidden == "people"
    simple = ("pick", "group") if of_people else ("digits", "set", "order", "code")
    if difficulty == 1:
        return ["one", "any"] if of_people else ["any", "one"]
    if difficulty == 2:
        return [d.choice(simple), d.choice(("one", "any"))]
    plain, bound = ("pick", "group"), ("apart", "mixed")
    things = d.choice(("digits", "set", "order", "code"))
    if difficulty == 3:
        both = [d.choice(plain), things]
    elif difficulty == 4:
        both = [d.choice(bound), things]
        both.append(d.choice(("one", "any")))
    else:
        both = [d.choice(bound), things, d.choice(plain), d.choice(("one", "any"))]
    if not of_people:
        both[0], both[1] = both[1], both[0]
    return both


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    if difficulty == 1:
        single = hidden == "people" and d.below(5) == 0
        kinds = ["pick"] if single else _kinds(d, difficulty, hidden)
        rest = [] if single else [(d.between(3, 40), 1)]
    else:
        kinds = _kinds(d, difficulty, hidden)
        rest = [_drawn(d, kind, False, difficulty > 2) for kind in kinds[1:]]
    # The number that will be hidden must not stand in the question as another.
    taken = [number for pair in rest for number in pair]
    for _ in range(6):
        n, k = (
            (d.between(4, 99), 3 - len(kinds))
            if difficulty == 1
            else _drawn(d, kinds[0], True, difficulty > 3)
        )
        if n != k and n not in taken:
            break
    else:
        return None
    # The hidden choice stays the first of its sort.
    same = [i for i, kind in enumerate(kinds) if (kind in _OF_PEOPLE) == (hidden == "people")]
    at = d.below(len(kinds) if len(same) == 1 else same[1])
    drawn = [(kind, *sizes) for kind, sizes in zip(kinds[1:], rest, strict=True)]
    drawn.insert(at, (kinds[0], n, k))
    so_far = 1
    for choice in drawn:
        more = _ways(*choice)
        low, high = (so_far, more) if so_far < more else (more, so_far)
        if high > 999 and (low > 9 or high > 9999):
            return None
        so_far *= more
    name = d.choice(PEOPLE)
    choices = []
    nouns: list[Thing] = []
    for kind, n, k in drawn:
        other = _NOBODY
        noun = d.choice(d.choice(TRADES if kind in _OF_PEOPLE else GOODS))
        if kind == "mixed":
            other = d.choice(d.choice(TRADES))
        elif kind == "apart":
            other = Thing(" and ".join(d.sample(PEOPLE, 2)))
        nouns += (noun, other) if other else (noun,)
        choices.append((kind, n, k, noun, other))
    if len(set(nouns)) < len(nouns) or name in " ".join(nouns):
        return None
    return {"name": name, "occasion": d.choice(OCCASIONS), "choices": tuple(choices)}


def _place(choices: tuple[Choice, ...], hidden: str) -> int:
    """Which choice hides its number: the first of people, or of things."""
    return [choice[0] in _OF_PEOPLE for choice in choices].index(hidden == "people")


def hide(facts: Facts, hidden: str) -> Facts:
    choices = facts["choices"]
    at = _place(choices, hidden)
    kind, _, k, noun, other = choices[at]
    return facts | {"choices": (*choices[:at], (kind, None, k, noun, other), *choices[at + 1 :])}


def _falling(n: int, k: int) -> str:
    """8 * 7 * 6"""
    return f"{n} * {n - 1}" if k == 2 else " * ".join([str(n - i) for i in range(k)])


def _ways(kind: str, n: int, k: int) -> int:
    if kind in ("one", "any"):
        return n
    if kind in ("group", "set"):
        return n * (n - 1) // 2 if k == 2 else n * (n - 1) * (n - 2) // 6
    if kind in ("pick", "digits"):
        return n * (n - 1) if k == 2 else n * (n - 1) * (n - 2)
    if kind == "apart":
        return n * (n - 1) // 2 - 1 if k == 2 else n * (n - 1) * (n - 2) // 6 - (n - 2)
    if kind == "mixed":
        return k * n + k * (k - 1) // 2
    return factorial(n) if kind == "order" else n**k


def _sum(kind: str, n: int, k: int) -> str:
    """The ways of a choice in one calculation."""
    if kind in ("group", "set"):
        return f"{_falling(n, k)} / {k * (k - 1)}"
    if kind in ("pick", "digits"):
        return _falling(n, k)
    if kind == "apart":
        return f"{_falling(n, k)} / {k * (k - 1)} - {1 if k == 2 else n - 2}"
    if kind == "mixed":
        return f"{k} * {n} + {k} * {k - 1} / 2"
    return _falling(n, n - 1) if kind == "order" else " * ".join([str(n)] * k)


def _count(choice: Choice, ways: int) -> list[str]:
    """The lines that count the ways of a choice that is more than one of n."""
    kind, n, k, noun, other = choice
    assert n is not None
    if kind in ("group", "set", "apart"):
        ordered, same = perm(n, k), k * (k - 1)
        lines = [
            f"The ordered picks of {k} {noun} number {_falling(n, k)} = {ordered}.",
            f"Each choice of {noun} comes {same} times: {ordered} / {same} = {ordered // same}.",
        ]
        if kind == "apart" and k == 2:
            lines.append(f"The pair of {other} is ruled out: {ways + 1} - 1 = {ways}.")
        elif kind == "apart":
            step = f"Leave out {other} with any of {n - 2} other {noun}"
            lines.append(f"{step}: {ways + n - 2} - {n - 2} = {ways}.")
        return lines
    if kind == "pick":
        step = (
            f"The leader and deputy come from {n}, then {n - 1} {noun}"
            if k == 2
            else f"The leader, deputy and clerk come from {n}, {n - 1} and {n - 2} {noun}"
        )
        return [f"{step}: {_falling(n, k)} = {ways}."]
    if kind == "mixed":
        return [
            f"The {other} and {noun} form {k} * {n} = {k * n} pairs of one each.",
            f"Two {other} form {k} * {k - 1} / 2 = {ways - k * n} pairs.",
            f"Without two {noun} that makes {k * n} + {ways - k * n} = {ways} pairs.",
        ]
    if kind == "order":
        return [f"The orders of {n} {noun} number {_sum(kind, n, k)} = {ways}."]
    digits = f"any of {n} digits" if kind == "code" else f"{n} digits, then one fewer"
    return [f"The places for the {noun} take {digits}: {_sum(kind, n, k)} = {ways}."]


def forward(facts: Facts) -> Solution:
    choices = facts["choices"]
    lines = []
    so_far = 0
    for choice in choices:
        kind, n, k, noun, _ = choice
        ways = _ways(kind, n, k)
        if kind not in ("one", "any"):
            lines += _count(choice, ways)
            if so_far:
                lines.append(f"With the {noun} that is {so_far} * {ways} = {so_far * ways} ways.")
        elif so_far:
            lines.append(f"Any of {n} {noun} goes with each: {so_far} * {n} = {so_far * n}.")
        else:
            lines.append(f"The {noun} alone can be chosen in {n} ways.")
        so_far = so_far * ways or ways
    lines.append(f"In all, {facts['name']} has {so_far} ways.")
    return Solution(so_far, "\n".join(lines), _program(f"print({_formula(choices)})"))


def _formula(choices: tuple[Choice, ...], asked: Choice | None = None) -> str:
    """The ways of all choices, with the n of the choice that is asked for."""
    parts = []
    for choice in choices:
        kind, number, k, _, _ = choice
        n = "n" if choice is asked else f"{number}"
        if kind in ("one", "any"):
            part = n
        elif kind in ("group", "set"):
            part = f"comb({n}, {k})"
        elif kind in ("pick", "digits"):
            part = f"perm({n}, {k})"
        elif kind in ("apart", "mixed"):
            part = (
                f"comb({n}, {k}) - comb({n} - 2, {k - 2})"
                if kind == "apart"
                else f"comb({k} + {n}, 2) - comb({n}, 2)"
            )
            if len(choices) > 1:
                part = f"({part})"
        else:
            part = f"perm({n})" if kind == "order" else f"{n} ** {k}"
        parts.append(part)
    return " * ".join(parts)


def _program(body: str) -> str:
    used = [name for name in ("comb", "perm") if name in body]
    return f"from math import {', '.join(used)}\n{body}" if used else body


def reverse(facts: Facts, hidden: str) -> Solution:
    choices, total = facts["choices"], facts["answer"]
    asked = choices[_place(choices, hidden)]
    lines: list[str] = []
    every: list[int] = []
    left, long = total, True
    for choice in choices:
        kind, n, k, noun, other = choice
        ways = _ways(kind, n, k)
        every.append(ways)
        if kind in ("one", "any"):
            long = len(choices) > 2
        if choice is asked:
            continue
        those = "Those" if lines else f"The {left} ways"
        rest = left // ways
        if kind in ("one", "any"):
            step = f"{those} split evenly over {ways} {noun}"
            lines.append(f"{step}: {left} / {ways} = {rest} for each.")
        else:
            what = "codes for" if kind in ("code", "digits") else "choices of"
            nouns = f"{other} and {noun}" if kind == "mixed" else noun
            step = f"{those} hold {_sum(kind, n, k)} = {ways} {what} {nouns}"
            lines.append(f"{step}, and {left} / {ways} = {rest} go with each.")
        left = rest
    lines += _undo(asked, left, long)
    if len(choices) > 2:
        lines.append(f"Test: {' * '.join(map(str, every))} = {total}.")
    program = f"n = 2\nwhile {_formula(choices, asked)} != {total}:\n    n += 1\nprint(n)"
    return Solution(asked[1], "\n".join(lines), _program(program), {"n": asked[1]})


def _undo(asked: Choice, left: int, trial: bool) -> list[str]:
    """The lines that find the n of a choice from its ways, perhaps with a trial that fails."""
    kind, n, k, noun, other = asked
    assert n is not None
    if kind in ("one", "any"):
        return [f"This is the number of {noun}, so n = {left}."]
    if kind == "order":
        product = " * ".join([str(i) for i in range(1, n + 1)])
        return [
            f"The orders of the {noun} number 1 * 2 * 3 and on to n.",
            f"For {n} {noun} it fits: {product} = {left}, so n = {n}.",
        ]
    if kind == "mixed":
        two = k * (k - 1) // 2
        return [
            f"Without {noun} there are {k} * {k - 1} / 2 = {two} pairs of {other}.",
            f"The other {left} - {two} = {left - two} pairs have {noun} in them.",
            f"Each of the {k} {other} is in n = {left - two} / {k} = {n} of these.",
        ]
    lines = []
    if kind == "code":
        what, letters = f"digits for {noun}", f"n^{k}"
        lines.append(f"The codes for the {noun} with n digits number {letters} = {left}.")
        less, fits = " * ".join([str(n - 1)] * k), " * ".join([str(n)] * k)
        fewer = (n - 1) ** k
    else:
        what = f"digits for {noun}" if kind == "digits" else noun
        letters = "n * (n - 1)" + " * (n - 2)" * (k == 3)
        less, fits = _falling(n - 1, k), _falling(n, k)
        fewer = perm(n - 1, k)
    if kind == "apart":
        lines.append(f"Add the pair of {other} again: {left} + 1 = {left + 1}.")
        left += 1
    if kind in ("pick", "digits"):
        thing = "offices" if kind == "pick" else "places"
        lines.append(f"The {thing} for {noun} allow {letters} = {left} ways.")
    elif kind != "code":
        same = k * (k - 1)
        step = f"In {same} orders each, picks of {noun} number {letters}"
        lines.append(f"{step} = {left} * {same} = {left * same}.")
        left *= same
    if trial:
        lines.append(f"Try {n - 1} {what}: {less} = {fewer} is too few.")
    return [*lines, f"For {n} {what} it fits: {fits} = {left}, so n = {n}."]


def _number(choice: Choice) -> int:
    """The ways by other formulas than those of the trace: complements and cases."""
    kind, n, k, _, _ = choice
    assert n is not None
    if kind == "mixed":
        return comb(k + n, 2) - comb(n, 2)
    if kind == "apart":
        return comb(n - 2, k) + 2 * comb(n - 2, k - 1) if n > 1 else 0
    if kind in ("group", "set"):
        return comb(n, k)
    if kind == "code":
        return int(n**k)
    return perm(n, n if kind == "order" else k)


def solve_forward(facts: Facts) -> list[int]:
    product = 1
    for choice in facts["choices"]:
        product *= _number(choice)
    return [product]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Tries every n: codes have at most 9 digits to take, orders are tried up to 12."""
    known = 1
    (asked,) = [c for c in facts["choices"] if c[1] is None]
    for choice in facts["choices"]:
        if choice is not asked:
            known *= _number(choice)
    kind, _, k, noun, other = asked
    most = {"order": 12, "code": 9, "digits": 9}.get(kind, 150)
    need, rest = divmod(facts["answer"], known)
    return [
        n for n in range(2, most + 1) if not rest and _number((kind, n, k, noun, other)) == need
    ]
