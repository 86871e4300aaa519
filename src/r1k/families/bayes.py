"""From evidence back to its cause: faulty parts and their machines, tests and illnesses, mails.

    forward   Ravi reads a list: 200 people with flu, 90% of them tested positive; 700 people with
              no illness, 10% of them tested positive. How likely is Ravi to hit one of the
              people with flu, picking at random among the people tested positive?  answer 18/25
    reverse   The same with n people with no illness, and probability 18/25. What is n?
                                                                                    answer 700

Two or three causes with a count of cases or a rate in percent; from difficulty 4 on also shares of
a total in the place of sizes, or a second test of the positive ones. A reverse question hides the
rate (or count of cases) of the cause in question (hidden `rate`), or, of the first other cause,
its size (hidden `other`; where sizes are shares of a total or play no part, its rate or count).
"""

import re
from fractions import Fraction
from math import gcd
from typing import Any

from r1k.families.base import FRACTION, INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON, Thing

AREA = "probability"
SUMMARY = "probability of a cause given the evidence; reverse: a rate or the size of a group"
VERSION = 3
_ILLS = (
    "flu asthma malaria measles mumps anemia gout migraine bronchitis diabetes eczema arthritis "
    "pneumonia tonsillitis hepatitis rabies"
).split()
_KINDS = (
    "work family school club bank shop travel party sports music garden science business "
    "holiday charity hotel"
).split()
# What there are causes of: the things, one cause of them, the evidence, that of a second test, and
# how both together are called.
_WORLDS = (
    ("people", "people with {}", _ILLS, "tested positive", "retested positive", "positive twice"),
    ("mails", "{} mails", _KINDS, "with links", "with pictures", "with both features"),
    ("parts", "parts from {}'s machine", PEOPLE, "found faulty", "found bent", "with both faults"),
    ("trips", "trips with driver {}", PEOPLE, "running late", "running full", "with both problems"),
    ("apples", "apples from {}'s farm", PEOPLE, "with worms", "with bruises", "with both flaws"),
    ("pupils", "pupils in {}'s class", PEOPLE, "with glasses", "with bicycles", "with both items"),
    ("parcels", "parcels packed by {}", PEOPLE, "sent abroad", "sent insured", "with both labels"),
)
# The cause that a world always has.
_ALWAYS = {"people": Thing("people with no illness"), "mails": Thing("spam mails")}
_CAUSES = {
    things: tuple([Thing(label.format(name)) for name in names])
    for things, label, names, *_ in _WORLDS
}
_CASES = tuple(
    f"{things} {case}" for things, _, _, first, _, both in _WORLDS for case in (first, both)
)

# A cause: its size (a share of the total in percent where there is one), its name, and its rates
# in percent of one test or two (or a count of cases). None is the unknown, written n.
Cause = tuple[int | None, Thing, tuple[int | None, ...]]
# The total and what it counts, or (0, ""); "%" if the rates are in percent; evidence; causes.
Groups = tuple[tuple[int, str], str, tuple[str, ...], tuple[Cause, ...]]


def _show(groups: Groups) -> str:
    (total, things), unit, evidence, causes = groups
    texts = [f"{total} {things} in all"] if total else []
    are = "% are" if total else ""
    for size, label, rates in causes:
        rate = rates[0]
        text = f"{'n' if size is None else size}{are} {label}"
        text += f", {'n' if rate is None else rate}{unit} of them {evidence[0]}"
        if len(rates) > 1:
            text += f", {rates[1]}% of those {evidence[1]}"
        texts.append(text)
    return "; ".join(texts)


_TOTAL = re.compile(r"(\d+) ([a-z]+) in all; ")
_CAUSE = re.compile(
    r"(\d+|n)(?:% are)? ([A-Za-z' ]+), (\d+|n)(%?) of them ([a-z ]+?)"
    r"(?:, (\d+|n)% of those ([a-z ]+))?"
)


def _read(text: str) -> Groups:
    evidence: tuple[str, ...]
    total = (0, "")
    if head := _TOTAL.match(text):
        total, text = (int(head[1]), head[2]), text[head.end() :]
    causes: list[Cause] = []
    unit, evidence = "", ("",)
    for part in text.split("; "):
        found = _CAUSE.fullmatch(part)
        if not found:
            raise ValueError(text)
        size, label, first, unit, one, second, two = found.groups()
        numbers = [None if n == "n" else int(n) for n in (size, first, second) if n]
        evidence = (one, two) if two else (one,)
        causes.append((numbers[0], Thing(label), tuple(numbers[1:])))
    return total, unit, evidence, tuple(causes)


SLOTS = {
    "name": PERSON,
    "groups": Slot("[A-Za-z0-9%,;' ]+", _show, _read),
    "cases": one_of(_CASES, cosmetic=True),
    "target": Slot("[A-Za-z' ]+"),
    "rate": INT,
    "other": INT,
    "answer": FRACTION,
}
FORWARD = phrasings(
    SLOTS,
    "{name} reads a list: {groups}. How likely is {name} to hit one of the {target}, picking at "
    "random among the {cases}?",
    "These are the numbers of {name}: {groups}. {name} asks what share the {target} have among "
    "the {cases}. What is it?",
    "How likely is one of the {target} for {name}, who draws blindly from the {cases}? "
    "The data: {groups}.",
    "A note by {name} says: {groups}. {name} gets one of the {target} from the {cases} at random "
    "with what probability?",
    "{name} has counted as follows: {groups}. Which fraction are {target}, if {name} looks only "
    "at the {cases}?",
    "Tell how likely one of the {target} turns up when {name} picks at random from the {cases}. "
    "Known: {groups}.",
    "Here is what {name} knows: {groups}. Looking for {target}, {name} picks at random from the "
    "{cases}. How likely is success?",
    "{name} writes down: {groups}. Work out what part the {target} are when {name} counts only "
    "the {cases}.",
)
_BACK = phrasings(
    SLOTS,
    "{name} reads a list: {groups}. {name} hits one of the {target} with probability {answer}, "
    "picking at random among the {cases}. What is n?",
    "These are the numbers of {name}: {groups}. {name} finds the {target} to have the share "
    "{answer} among the {cases}. Find n.",
    "One of the {target} has probability {answer} for {name}, who draws blindly from the {cases}. "
    "The data: {groups}. How large is n?",
    "A note by {name} says: {groups}. {name} gets one of the {target} from the {cases} at random "
    "with probability {answer}. Work out n.",
    "{name} has counted as follows: {groups}. A fraction of {answer} are {target}, if {name} looks "
    "only at the {cases}. Which number is n?",
    "One of the {target} turns up with probability {answer} when {name} picks at random from the "
    "{cases}. Known: {groups}. Determine n.",
    "Here is what {name} knows: {groups}. Looking for {target}, {name} picks at random from the "
    "{cases}. Success has the chance {answer}. What number is n?",
    "{name} writes down: {groups}. The {target} are {answer} of all when {name} counts only the "
    "{cases}. What does n stand for?",
)
REVERSE = {"rate": _BACK, "other": _BACK}


def _numbers(d: Draw, number: int, form: str) -> tuple[int, list[int], list[int]]:
    """The total (or 0), sizes and rates; all counts that follow from them are whole."""
    causes = range(number)
    if form == "counts":
        sizes = [10 * d.between(2, 40) for _ in causes]
        return 0, sizes, [d.between(2, size - 1 if size < 100 else 99) for size in sizes]
    if form == "rates":
        sizes = [20 * d.between(2, 40) for _ in causes]
        return 0, sizes, [5 * d.between(1, 19) for _ in causes]
    if form == "twice":
        sizes = [100 * d.between(1, 9) for _ in causes]
        return 0, sizes, [10 * d.between(1, 9) for _ in range(2 * number)]
    cuts = [0, *sorted(d.sample(range(1, 10), number - 1)), 10]
    shares = [10 * (cuts[i + 1] - cuts[i]) for i in causes]
    return 200 * d.between(2, 5), shares, [5 * d.between(1, 19) for _ in causes]


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    form = ("counts", "rates", "rates", "", "")[difficulty - 1] or d.choice(("twice", "shares"))
    twice = form == "twice"
    number = (2, 2, 3, 2, 3)[difficulty - 1]
    total, sizes, rates = _numbers(d, number, form)
    things, _, _, first, second, both = d.choice(_WORLDS)
    labels = d.sample(_CAUSES[things], number)
    if things in _ALWAYS:
        labels[d.below(number)] = _ALWAYS[things]
    each = list(zip(rates[::2], rates[1::2], strict=True)) if twice else [(r,) for r in rates]
    name, target = d.choice(PEOPLE), d.choice(labels)
    facts = {
        "name": name,
        "groups": (
            (total, things if total else ""),
            "" if form == "counts" else "%",
            (first, second) if twice else (first,),
            tuple(zip(sizes, labels, each, strict=True)),
        ),
        "cases": f"{things} {both if twice else first}",
        "target": target,
    }
    at, part = _place(facts, hidden)
    asked = each[at][0] if part else sizes[at]
    if sizes.count(asked) + rates.count(asked) > 1 or name in " ".join(labels):
        return None
    return facts


def _place(facts: Facts, hidden: str) -> tuple[int, int]:
    """Which cause has the hidden number, and whether it is its size (0) or its first rate (1)."""
    (total, _), unit, _, causes = facts["groups"]
    mine = [label for _, label, _ in causes].index(facts["target"])
    if hidden == "rate":
        return mine, 1
    return 0 if mine else 1, 1 if total or not unit else 0


def hide(facts: Facts, hidden: str) -> Facts:
    total, unit, evidence, causes = facts["groups"]
    at, part = _place(facts, hidden)
    size, label, rates = causes[at]
    unknown = (size, label, (None, *rates[1:])) if part else (None, label, rates)
    return facts | {"groups": (total, unit, evidence, (*causes[:at], unknown, *causes[at + 1 :]))}


def forward(facts: Facts) -> Solution:
    (total, _), unit, evidence, causes = facts["groups"]
    target = facts["target"]
    lines: list[str] = []
    terms: list[str] = []
    ends: list[int] = []
    at = 0
    for share, label, rates in causes:
        rate = end = rates[0]
        term = f"{share} * {rate}" if unit else f"{rate}"
        if unit:
            size = share
            if total:
                size = total * share // 100
                lines.append(f"The {label} number {total} * {share} / 100 = {size}.")
            end = size * rate // 100
            lines.append(f"The {size} {label} give {size} * {rate} / 100 = {end} {evidence[0]}.")
        if len(rates) > 1:
            before, rate = end, rates[1]
            end = before * rate // 100
            lines.append(f"The {label} {evidence[1]} are {before} * {rate} / 100 = {end}.")
            term += f" * {rate}"
        if label == target:
            at = len(ends)
        ends.append(end)
        terms.append(term)
    mine, every = ends[at], sum(ends)
    remark = "" if unit else ", whatever the sizes of the groups"
    lines.append(f"The {facts['cases']} are {' + '.join(map(str, ends))} = {every} in all{remark}.")
    part = gcd(mine, every)
    lines.append(f"Among them {mine} are {target}, a share of {mine}/{every}.")
    if part > 1:
        lines.append(f"Divided by {part} that is {mine}/{every} = {mine // part}/{every // part}.")
    program = f"every = {' + '.join(terms)}\nprint(Fraction({terms[at]}, every))"
    program = f"from fractions import Fraction\n{program}"
    return Solution(Fraction(mine, every), "\n".join(lines), program)


def reverse(facts: Facts, hidden: str) -> Solution:
    (total, _), unit, evidence, causes = facts["groups"]
    at, part = _place(facts, hidden)
    target, cases, chance = facts["target"], facts["cases"], facts["answer"]
    top, bottom = chance.numerator, chance.denominator
    lines: list[str] = []
    terms: list[str] = []
    known: list[int] = []
    mine, given = "", 0
    things = cases.split(maxsplit=1)[0]
    for i, (share, label, rates) in enumerate(causes):
        size, rate = share, rates[0]
        if i == at:
            size, rate = (size, "n") if part else ("n", rate)
        term = f"{size} * {rate}" if unit else f"{rate}"
        if len(rates) > 1:
            term += f" * {rates[1]}"
        terms.append(term)
        if label == target:
            mine = term
        if i == at:
            continue
        end = rate
        if total:
            size = total * share // 100
            lines.append(f"The {label} are {total} * {share} / 100 = {size}.")
        if unit:
            start, end = "Then the" if total else "The", size * rate // 100
            lines.append(f"{start} {label} bring {size} * {rate} / 100 = {end} {evidence[0]}.")
        if len(rates) > 1:
            before, rate = end, rates[1]
            end = before * rate // 100
            found = f"{before} * {rate} / 100 = {end}"
            lines.append(f"Of these, {found} are {things} {evidence[1]}.")
        if label == target:
            given = end
        known.append(end)
    program = f"n = 1\nwhile {mine} * {bottom} != ({' + '.join(terms)}) * {top}:"
    others = sum(known)
    if hidden == "rate":
        given, less, top = others, f"{others}", bottom - top
        lines.append(f"The others have the share 1 - {bottom - top}/{bottom} = {top}/{bottom}.")
        sum_ = f"{' + '.join(map(str, known))} = " if len(known) > 1 else ""
        start = f"They are {sum_}{others}"
    else:
        less = " - ".join(map(str, known))
        start = f"The {target} have the share {top}/{bottom}"
    every = given * bottom // top
    left = every - others
    share, label, rates = causes[at]
    n = rates[0] if part else share
    lines.append(f"{start}, so there are {given} / {top} * {bottom} = {every} {cases}.")
    lines.append(f"For the {label} this leaves {'' if unit else 'n = '}{every} - {less} = {left}.")
    if len(rates) > 1:
        after, left = left, left * 100 // rates[1]
        found = f"{after} * 100 / {rates[1]} = {left}"
        lines.append(f"They are {rates[1]}% of those {evidence[0]}, which are {found}.")
    if unit and not part:
        lines.append(
            f"Those are {rates[0]}% of the {label}, so n = {left} * 100 / {rates[0]} = {n}."
        )
    elif unit:
        size = share
        if total:
            size = total * share // 100
            lines.append(f"Of {total} in all, {total} * {share} / 100 = {size} are {label}.")
        lines.append(f"The {left} come out of {size} {label}, so n = {left} * 100 / {size} = {n}.")
    return Solution(n, "\n".join(lines), f"{program}\n    n += 1\nprint(n)", {"n": n})


def _weights(facts: Facts) -> list[tuple[int, int]]:
    """Of each cause its weight, without a factor common to all, and that of it for each n."""
    _, unit, _, causes = facts["groups"]
    found = []
    for size, _, rates in causes:
        weight, unknown = 1, False
        for number in (size, *rates) if unit else rates:
            unknown = unknown or number is None
            weight *= 1 if number is None else number
        found.append((0, weight) if unknown else (weight, 0))
    return found


def solve_forward(facts: Facts) -> list[Any]:
    """Weighs the causes by size times rates, with no count of cases."""
    labels = [label for _, label, _ in facts["groups"][3]]
    weights = [weight for weight, _ in _weights(facts)]
    return [Fraction(weights[labels.index(facts["target"])], sum(weights))]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Tries every number up to 1,000, every rate up to 100%, every count up to the size."""
    _, unit, _, causes = facts["groups"]
    labels = [label for _, label, _ in causes]
    weights = _weights(facts)
    mine, slope = weights[labels.index(facts["target"])]
    every = sum(weight for weight, _ in weights)
    change = sum(more for _, more in weights)
    chance = facts["answer"]
    most = next(
        (100 if unit else size or 0) if size is not None else 1000
        for size, _, rates in causes
        if size is None or None in rates
    )
    return [
        n
        for n in range(1, most + 1)
        if (mine + n * slope) * chance.denominator == (every + n * change) * chance.numerator
    ]
