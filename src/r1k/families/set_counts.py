"""How many belong to both, to neither or to just one of two or three overlapping groups.

    forward   Ravi asks the guests: 60 were asked; 23 like tea; 31 like coffee; 12 like both tea
              and coffee. How many of the guests like neither tea nor coffee?        answer 18
    reverse   The same with n in the place of 60, and 18 like neither tea nor coffee. What is n?
                                                                                     answer 60

The questions come with some counts that determine another. A reverse question hides how many were
asked (hidden `total`), or the first other count (hidden `part`). At low difficulty groups may also
be listed by the numbers on the badges of their members.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from itertools import product
from operator import itemgetter
from typing import Any, NamedTuple

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON, Thing

AREA = "sets"
SUMMARY = "count who is in both, neither or one of several groups; reverse: one of the counts"
VERSION = 3
_TOPICS = {
    "like": "tea coffee cocoa juice milk soup rice pasta cheese fish honey garlic ginger mango "
    "papaya melons olives mushrooms spinach pumpkin yogurt nuts",
    "play": "chess tennis football hockey golf cards darts squash rugby cricket volleyball "
    "handball badminton bridge poker bingo dominoes snooker baseball softball",
    "speak": "French Spanish German Arabic Hindi Swahili Turkish Polish Greek Korean Japanese "
    "Italian Portuguese Dutch Danish Finnish Bengali Urdu Thai Zulu",
    "study": "physics biology history music art law logic chemistry geography medicine economics "
    "drama philosophy statistics botany geology poetry algebra",
    "collect": "stamps coins shells stones dolls posters badges maps keys postcards masks feathers "
    "fossils marbles buttons comics records clocks",
}
_WORDS = {verb: tuple(map(Thing, words.split())) for verb, words in _TOPICS.items()}
GROUPS = tuple(
    f"{manner} {who}"
    for manner in "new young local foreign retired loyal early late".split()
    for who in "guests pupils members visitors students neighbours players campers".split()
)

# What is true of a person: a kind, a verb, and the things that it is about.
Trait = tuple[str, str, tuple[Thing, ...]]
# A count (None is the unknown, written n), or the badges of all members; and of what.
Counted = tuple[int | tuple[int, ...] | None, Trait]


def _all(words: Sequence[object]) -> str:
    texts = [str(word) for word in words]
    return f"{', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else texts[0]


# V is a verb, X a thing.
_FORMS_OF_TRAITS = (
    ("in", "V X"),
    ("not", "do not V X"),
    ("but", "V X but not X"),
    ("both", "V both X and X"),
    ("none", "V neither X nor X"),
    ("some", "V at least one of X and X"),
    ("one", "V exactly one of X and X"),
    ("all", "V each of X, X and X"),
    ("none", "V none of X, X and X"),
    ("some", "V at least one of X, X and X"),
    ("one", "V exactly one of X, X and X"),
    ("two", "V exactly two of X, X and X"),
)
_WRITTEN = {
    (kind, form.count("X")): form.replace("V", "%s").replace("X", "%s")
    for kind, form in _FORMS_OF_TRAITS
}
_READ = tuple(
    (kind, re.compile(form.replace("V", r"([a-z]+)").replace("X", r"([A-Za-z]+)")))
    for kind, form in _FORMS_OF_TRAITS
)


def _trait(trait: Trait) -> str:
    kind, verb, things = trait
    return _WRITTEN[kind, len(things)] % (verb, *things) if things else "were asked"


def _read_trait(text: str) -> Trait:
    if text == "were asked":
        return "asked", "", ()
    for kind, form in _READ:
        if match := form.fullmatch(text):
            verb, *things = match.groups()
            return kind, verb, tuple(map(Thing, things))
    raise ValueError(text)


def _show(survey: Sequence[Counted]) -> str:
    texts = []
    for count, (kind, verb, things) in survey:
        number: object = count
        if count is None:
            number = "n"
        elif isinstance(count, tuple):
            number = f"exactly those with badges {_all(count)}"
        what = _WRITTEN[kind, len(things)] % (verb, *things) if things else "were asked"
        texts.append(f"{number} {what}")
    return "; ".join(texts)


_COUNTED = re.compile(r"(?:(\d+|n)|exactly those with badges ([\d, and]+)) ([A-Za-z, ]+)")


def _read(text: str) -> tuple[Counted, ...]:
    found: list[Counted] = []
    for part in text.split("; "):
        match = _COUNTED.fullmatch(part)
        if not match:
            raise ValueError(text)
        count: int | tuple[int, ...] | None = None
        if match[2]:
            count = tuple(map(int, re.findall(r"\d+", match[2])))
        elif match[1] != "n":
            count = int(match[1])
        found.append((count, _read_trait(match[3])))
    return tuple(found)


SLOTS = {
    "name": PERSON,
    "group": one_of(GROUPS, cosmetic=True),
    "survey": Slot("[A-Za-z0-9,; ]+", _show, _read),
    "ask": Slot("[A-Za-z, ]+", _trait, _read_trait),
    "total": INT,
    "part": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} notes about the {group}: {survey}. How many of them {ask}?",
    "In a survey by {name} among the {group} it was found: {survey}. How many {ask}?",
    "How many of the {group} {ask}, if {name} reports this: {survey}?",
    "{name} has a table on the {group}: {survey}. Find the number of those who {ask}.",
    "Of the {group}, as {name} tells us: {survey}. What is the number of people who {ask}?",
    "Work out how many of the {group} {ask}. The results of {name}: {survey}.",
    "This is what {name} learns about the {group}: {survey}. How many people in all {ask}?",
    "The {group} have answered the questions of {name}: {survey}. Count those who {ask}.",
)
_BACK = phrasings(
    SLOTS,
    "{name} notes about the {group}: {survey}. Of them, {answer} {ask}. What is n?",
    "In a survey by {name} among the {group} it was found: {survey}. Besides, {answer} {ask}. "
    "Find n.",
    "If {answer} of the {group} {ask}, and {name} reports this: {survey}, what number is n?",
    "{name} has a table on the {group}: {survey}. The number of those who {ask} is {answer}. "
    "How large is n?",
    "Of the {group}, as {name} tells us: {survey}. If the number of people who {ask} is "
    "{answer}, which number is n?",
    "Work out n, if {answer} of the {group} {ask}. The results of {name}: {survey}.",
    "This is what {name} learns about the {group}: {survey}. In all, {answer} people {ask}. "
    "What does n stand for?",
    "The {group} have answered the questions of {name}: {survey}. Exactly {answer} {ask}. "
    "Determine n.",
)
REVERSE = {"total": _BACK, "part": _BACK}

# The quantities of a form, as kinds of traits and letters for their things. "A-" is a list.
_QUANTITIES = {
    "T": ("asked", ""), "A": ("in", "x"), "B": ("in", "y"), "C": ("in", "z"), "nA": ("not", "x"),
    "oA": ("but", "xy"), "oB": ("but", "yx"), "AB": ("both", "xy"), "AC": ("both", "xz"),
    "BC": ("both", "yz"), "ABC": ("all", "xyz"), "U": ("some", "xy"), "N": ("none", "xy"),
    "E": ("one", "xy"), "V": ("some", "xyz"), "M": ("none", "xyz"), "F": ("one", "xyz"),
    "G": ("two", "xyz"), "A-": ("in", "x"), "B-": ("in", "y"),
}  # fmt: skip
_VARIABLES = {
    "T": "total", "A": "first", "B": "second", "C": "third", "nA": "others", "oA": "only_first",
    "oB": "only_second", "AB": "both", "AC": "ends", "BC": "last_two", "ABC": "all_three",
    "U": "some", "N": "none", "E": "one", "V": "some", "M": "none", "F": "one", "G": "two",
    "S": "singles", "P": "pairs",
}  # fmt: skip
# Equations: factors and quantities whose sum is 0, and why.
Equation = tuple[tuple[tuple[int, str], ...], str]
_EQUATIONS: dict[str, Equation] = {
    "nA": (((1, "nA"), (1, "A"), (-1, "T")), "as everybody does or does not {v} {x}"),
    "oA": (((1, "oA"), (1, "AB"), (-1, "A")), "as {x} can come with or without {y}"),
    "oB": (((1, "oB"), (1, "AB"), (-1, "B")), "as {y} can come with or without {x}"),
    "N": (((1, "N"), (1, "U"), (-1, "T")), "as everybody has some or none of {all}"),
    "U": (
        ((1, "U"), (1, "AB"), (-1, "A"), (-1, "B")),
        "as those with both {x} and {y} count twice",
    ),
    "U1": (((1, "U"), (-1, "A"), (-1, "oB")), "as these come with {x} or with {y} alone"),
    "U2": (((1, "U"), (-1, "E"), (-1, "AB")), "as {x} and {y} come alone or together"),
    "E": (((1, "E"), (-1, "oA"), (-1, "oB")), "as it is {x} alone or {y} alone"),
    "S": (((1, "S"), (-1, "A"), (-1, "B"), (-1, "C")), ""),
    "P": (((1, "P"), (-1, "AB"), (-1, "AC"), (-1, "BC")), ""),
    "V": (
        ((1, "V"), (1, "P"), (-1, "S"), (-1, "ABC")),
        "as the counts less the pairs plus those with {all} give everybody once",
    ),
    "M": (((1, "M"), (1, "V"), (-1, "T")), "as everybody has some or none of {all}"),
    "F": (
        ((1, "F"), (2, "P"), (-1, "S"), (-3, "ABC")),
        "as taking off the pairs leaves only {x}, only {y} and only {z}",
    ),
    "F2": (
        ((1, "F"), (1, "P"), (-1, "V"), (-2, "ABC")),
        "as taking off the pairs leaves only {x}, only {y} and only {z}",
    ),
    "G": (((1, "G"), (3, "ABC"), (-1, "P")), "as each pair holds those with {all}"),
    "G2": (((1, "V"), (1, "G"), (2, "ABC"), (-1, "S")), "as two count twice and three thrice"),
}
# What is given, what is asked, and the equations that lead there and back. Without the number of
# people asked the first count given is the one that a reverse question hides.
_FORMS = {
    (1, "total"): (("T A", "nA", "nA"), ("T U", "N", "N"), ("T N", "U", "N")),
    (1, "part"): (("A AB", "oA", "oA"), ("AB A", "oA", "oA"), ("oA AB", "A", "oA"),
                  ("A oB", "U", "U1"), ("U A", "oB", "U1"), ("E AB", "U", "U2")),
    (2, "total"): (("T A oB", "N", "U1 N"), ("T E AB", "N", "U2 N"), ("T N A", "oB", "N U1"),
                   ("T N AB", "E", "N U2"), ("T A- B-", "N", "U N"), ("T A B AB", "N", "U N"),
                   ("T A B N", "AB", "N U")),
    (2, "part"): (("A B AB", "E", "oA oB E"), ("oA B AB", "E", "oB E"), ("A oB AB", "E", "oA E"),
                  ("A B AB T", "N", "U N"), ("AB A B T", "N", "U N"), ("A B T N", "AB", "N U")),
    (3, "total"): (("T A B N", "oA", "N U oA"), ("T oA AB N", "oB", "N oA U1"),
                   ("T oA B AB", "N", "oA oB U1 N")),
    (3, "part"): (("AB oA T N", "oB", "N oA U1"), ("oA AB T N", "oB", "N oA U1"),
                  ("oA B AB T", "N", "oA oB U1 N")),
    (4, "total"): (("T A B C AB AC BC ABC", "M", "S P V M"),
                   ("T M A B C AB AC BC", "ABC", "M S P V")),
    (4, "part"): (("A B C AB AC BC ABC T", "M", "S P V M"),
                  ("ABC A B C AB AC BC T", "M", "S P V M"),
                  ("AB AC BC A B C ABC T", "M", "S P V M")),
    (5, "total"): (("T A B C AB AC BC M", "F", "M S P V F"),
                   ("T A B C AB AC BC M", "G", "M S P V G")),
    (5, "part"): (("A B C AB AC BC T M", "F", "M S P V F2"),
                  ("AB AC BC A B C T M", "G", "M S P V G G2"),
                  ("A B C AB AC BC T M", "G", "M S P V G")),
}  # fmt: skip


# Forms by the kinds of the traits given and asked for, which no two forms have in common.
_BY_KINDS = {
    tuple(_QUANTITIES[code][0] for code in (*form[0].split(), form[1])): form
    for forms in _FORMS.values()
    for form in forms
}
_VERBS = tuple(_WORDS)


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    given, asked, _ = d.choice(_FORMS[difficulty, hidden])
    verb = d.choice(_VERBS)
    things = d.sample(_WORDS[verb], 2 if difficulty < 4 else 3)
    most = (60, 40, 30, 15, 12)[difficulty - 1]
    lists: dict[str, Any] = {}
    if "A-" in given:
        badges = d.sample(range(2, 60), d.between(7, 11))
        both, cut = d.between(2, 3), d.between(4, 6)
        lists = {"A-": tuple(sorted(badges[:cut])), "B-": tuple(sorted(badges[cut - both :]))}
    counts = _counts([d.between(2, most) for _ in range(1 << len(things))])
    if lists:
        counts |= lists | {"T": d.between(60, 99)}
    codes = given.split()
    numbers = [counts[code] for code in codes]
    if numbers.count(numbers[0]) > 1:
        return None
    named = _named(things)
    return {
        "name": d.choice(PEOPLE),
        "group": d.choice(GROUPS),
        "survey": tuple([(counts[code], _called(code, verb, named)) for code in codes]),
        "ask": _called(asked, verb, named),
    }


def _counts(sizes: Sequence[int]) -> dict[str, Any]:
    """All quantities from the sizes of the parts that do not overlap, none of the groups last."""
    if len(sizes) == 4:
        one, two, both, none = sizes
        return {
            "T": sum(sizes), "A": one + both, "B": two + both, "nA": two + none, "oA": one,
            "oB": two, "AB": both, "U": one + two + both, "N": none, "E": one + two,
        }  # fmt: skip
    a, b, c, ab, ac, bc, abc, none = sizes
    return {
        "T": sum(sizes), "A": a + ab + ac + abc, "B": b + ab + bc + abc, "C": c + ac + bc + abc,
        "AB": ab + abc, "AC": ac + abc, "BC": bc + abc, "ABC": abc, "M": none, "F": a + b + c,
        "G": ab + ac + bc,
    }  # fmt: skip


def _named(things: Sequence[Thing]) -> dict[str, tuple[Thing, ...]]:
    """Two or three things by their letters."""
    x, y, *more = things
    named = {"": (), "x": (x,), "y": (y,), "xy": (x, y), "yx": (y, x)}
    for z in more:
        named |= {"z": (z,), "xz": (x, z), "yz": (y, z), "xyz": (x, y, z)}
    return named


def _called(code: str, verb: str, named: Mapping[str, tuple[Thing, ...]]) -> Trait:
    kind, letters = _QUANTITIES[code]
    return kind, verb if letters else "", named[letters]


def _place(survey: Sequence[Counted], hidden: str) -> int:
    """Which count is hidden."""
    kinds = [kind for _, (kind, _, _) in survey]
    return kinds.index("asked") if hidden == "total" else int(kinds[0] == "asked")


def hide(facts: Facts, hidden: str) -> Facts:
    survey = facts["survey"]
    at = _place(survey, hidden)
    return facts | {"survey": (*survey[:at], (None, survey[at][1]), *survey[at + 1 :])}


class _Text:
    """A template such as "{x} and {y}", from which many texts are made."""

    def __init__(self, template: str) -> None:
        self._names = itemgetter(*re.findall(r"\{([\w-]+)\}", template))
        self._form = re.sub(r"\{[\w-]+\}", "%s", template)

    def fill(self, values: Mapping[str, Any]) -> str:
        return str(self._form % self._names(values))


class _Plan(NamedTuple):
    """How to find a quantity: each step adds up terms to a new one, and divides it by a factor."""

    asked: str
    longest: int  # which trait names all things
    names: tuple[str, ...]  # of the counts of the survey, then of all else in the templates
    steps: tuple[tuple[str, int, tuple[tuple[int, str], ...]], ...]
    trace: _Text
    program: _Text


@cache
def _plan(kinds: tuple[str, ...], hidden: str) -> _Plan:
    """Solves the first equation with one unknown, again and again, until the sought one is known.

    `kinds` are those of the survey and the question; `hidden` is "" to go forward.
    """
    given, asked, equations = _BY_KINDS[kinds]
    codes = tuple(given.split())
    at = _place([(None, (kind, "", ())) for kind in kinds], hidden) if hidden else -1
    sought = (*codes, asked)[at]
    letters = [_QUANTITIES[code][1] for code in (*codes, asked)]
    every = "xyz"[: max(map(len, letters))]
    named = _named([Thing("{x}"), Thing("{y}"), Thing("{z}")])
    together = _all(named[every])
    known = {*codes, asked} - {sought}
    if "A-" in codes:
        known |= {"A", "B", "AB"}  # it is seen who is in both
    shown = {code: f"{{{code}}}" for code in known}
    left = [_EQUATIONS[name] for name in equations.split()]
    steps = []
    lines: list[str] = []
    program: list[str] = []
    formula = ""
    while sought not in known:
        equation = next(e for e in left if sum(code not in known for _, code in e[0]) == 1)
        left.remove(equation)
        sides, why = equation
        factor, new = next(term for term in sides if term[1] not in known)
        terms = [(-f if factor > 0 else f, code) for f, code in sides if code != new]
        terms.sort(key=lambda term: term[0] < 0)  # the plus terms first
        factor = abs(factor)
        steps.append((new, factor, tuple(terms)))
        calculation = formula = ""
        for f, code in terms:
            sign = ("- " if f < 0 else "+ ") + (f"{abs(f)} * " if abs(f) > 1 else "")
            calculation += f" {sign}{{{code}}}"
            formula += f" {sign}{shown[code]}"
        calculation, formula = calculation[3:], formula[3:]
        if factor > 1:
            calculation, formula = f"({calculation}) / {factor}", f"({formula}) // {factor}"
        if "A-" in codes and new == "U":
            why, formula = "as badges {badges} are on both lists", "len({A-} | {B-})"
        if new in ("S", "P"):
            what = "counts" if new == "S" else "counts of pairs"
            who = f"{'All' if lines else 'The'} {what} for {together} together"
        else:
            who = f"{'Those' if lines else 'The {group}'} who {_trait(_called(new, '{v}', named))}"
        who = f"{who} {'must be' if hidden else 'are'} {calculation} = {{{new}}}"
        lines.append(f"{who}, {why}." if why else f"{who}.")
        program.append(f"{_VARIABLES[new]} = {formula}")
        known.add(new)
        shown[new] = _VARIABLES[new]
    program[-1] = f"print({formula})"
    trace = "\n".join(lines).replace("{all}", together)
    names = (*codes, "v", "group", *every)
    texts = _Text(trace), _Text("\n".join(program))
    return _Plan(asked, letters.index(every), names, tuple(steps), *texts)


def _solved(facts: Facts, hidden: str) -> Solution:
    survey, ask = facts["survey"], facts["ask"]
    traits = [*[trait for _, trait in survey], ask]
    plan = _plan(tuple([kind for kind, _, _ in traits]), hidden)
    known = [count for count, _ in survey]
    known += (ask[1], facts["group"], *traits[plan.longest][2])
    values = dict(zip(plan.names, known, strict=True))
    if hidden:
        values[plan.asked] = facts["answer"]
    if "A-" in values:
        one, two = set(values["A-"]), set(values["B-"])
        both = sorted(one & two)
        values |= {"A": len(one), "B": len(two), "AB": len(both)}
        values |= {"A-": one, "B-": two, "badges": _all(both)}
    number = 0
    for new, factor, terms in plan.steps:
        number = 0
        for f, code in terms:
            number += f * values[code]
        values[new] = number = number // factor
    return Solution(number, plan.trace.fill(values), plan.program.fill(values))


def forward(facts: Facts) -> Solution:
    return _solved(facts, "")


def reverse(facts: Facts, hidden: str) -> Solution:
    return _solved(facts, hidden)


Vector = tuple[int, ...]


def _cells(trait: tuple[str, tuple[int, ...]], groups: int) -> Vector:
    """For each part of people, by the groups that they are in, whether a trait is true of them."""
    kind, places = trait
    found = []
    for member in product((0, 1), repeat=groups):
        bits = [member[place] for place in places]
        true = {
            "asked": True,
            "in": sum(bits) == 1,
            "not": sum(bits) == 0,
            "but": bits == [1, 0],
            "both": sum(bits) == 2,
            "all": sum(bits) == 3,
            "some": sum(bits) > 0,
            "none": sum(bits) == 0,
            "one": sum(bits) == 1,
            "two": sum(bits) == 2,
        }[kind]
        found.append(int(true))
    return tuple(found)


@lru_cache(maxsize=10_000)
def _combination(rows: tuple[Vector, ...], wanted: Vector) -> tuple[Fraction, ...] | None:
    """Factors with which the rows add up to the wanted vector; None where there are none."""
    # Gauss-Jordan on the columns of the system "factors times rows is wanted".
    table = [
        [Fraction(row[cell]) for row in rows] + [Fraction(wanted[cell])]
        for cell in range(len(wanted))
    ]
    pivots: list[int] = []
    for column in range(len(rows)):
        at = len(pivots)
        pivot = next((i for i in range(at, len(table)) if table[i][column]), None)
        if pivot is None:
            continue
        table[at], table[pivot] = table[pivot], table[at]
        table[at] = [value / table[at][column] for value in table[at]]
        for i, line in enumerate(table):
            if i != at and line[column]:
                table[i] = [a - line[column] * b for a, b in zip(line, table[at], strict=True)]
        pivots.append(column)
    if any(line[-1] for line in table[len(pivots) :]):
        return None
    factors = [Fraction(0)] * len(rows)
    for i, column in enumerate(pivots):
        factors[column] = table[i][-1]
    return tuple(factors)


def _determined(survey: Sequence[Counted], wanted: Trait) -> list[int]:
    """The one count that the others determine, or nothing."""
    lists = [(set(count), trait) for count, trait in survey if isinstance(count, tuple)]
    given = [(len(c) if isinstance(c, tuple) else c, trait) for c, trait in survey]
    if len(lists) == 2:
        (one, (_, verb, first)), (two, (_, _, second)) = lists
        given.append((len(one & two), ("both", verb, (*first, *second))))
    places: dict[Thing, int] = {}
    for _, (_, _, things) in [*given, (0, wanted)]:
        for thing in things:
            places.setdefault(thing, len(places))
    vectors = [
        _cells((kind, tuple(places[thing] for thing in things)), len(places))
        for kind, _, things in [*(trait for _, trait in given), wanted]
    ]
    factors = _combination(tuple(vectors[:-1]), vectors[-1])
    if factors is None:
        return []
    total = sum(factor * count for factor, (count, _) in zip(factors, given, strict=True) if count)
    return [int(total)] if total == int(total) and total >= 0 else []


def solve_forward(facts: Facts) -> list[int]:
    """Linear algebra over the parts that do not overlap."""
    return _determined(facts["survey"], facts["ask"])


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """The same with the answer among the given counts."""
    (wanted,) = (trait for count, trait in facts["survey"] if count is None)
    given = [entry for entry in facts["survey"] if entry[0] is not None]
    return _determined([*given, (facts["answer"], facts["ask"])], wanted)
