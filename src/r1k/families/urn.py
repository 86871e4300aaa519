"""Draws from a bag of coloured things: the probability of what comes out.

    forward   Ravi draws one at random from a bag with 12 red and 9 blue glass beads. What is the
              probability that it is red?                                            answer 4/7
    reverse   Ravi draws one at random from a bag with n red and 9 blue glass beads. The
              probability that it is red is 4/7. What is n?                          answer 12

One to three draws, with or without replacement, from two to four colours. The draws come out all
of one colour, none of it, at least one of it, or of given colours. A reverse question hides how
many there are of the first colour in the event (hidden `named`), or of the first colour of the bag
that is not in the event (hidden `unnamed`).
"""

import re
from fractions import Fraction
from itertools import product
from math import gcd, perm
from typing import Any

from r1k.families.base import FRACTION, INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON

AREA = "probability"
SUMMARY = "probability of drawing colours from a bag; reverse: how many there are of one colour"
VERSION = 4
COLOURS = tuple(
    "red blue green white black yellow brown pink purple grey golden silver violet beige".split()
)
ITEMS = tuple(
    f"{stuff} {thing}"
    for stuff in "glass wooden plastic paper clay metal rubber painted tiny large old new".split()
    for thing in (
        "beads marbles balls buttons counters tokens pebbles cubes chips tickets cards badges "
        "ribbons stamps shells pens".split()
    )
)
VESSELS = tuple("bag box jar drawer hat bucket basket tin sack purse bowl case".split())

Bag = tuple[tuple[int | None, str], ...]  # how many of each colour; None is unknown, written n
Event = tuple[str, tuple[str, ...]]  # its kind and the colours that it names
_WORDS = {1: "one", 2: "two", 3: "three"}
_REPLACED = {True: " with replacement", False: " without replacement"}
_DRAWS = {
    f"{_WORDS[k]} at random{_REPLACED[back] if k > 1 else ''}": (k, back)
    for k, back in ((1, False), (2, True), (2, False), (3, True), (3, False))
}
_TEXTS = {draws: text for text, draws in _DRAWS.items()}
_EVENTS = {
    "is": "it is {}",
    "not": "it is not {}",
    "either": "it is {} or {}",
    "all2": "both are {}",
    "none2": "neither is {}",
    "none3": "none is {}",
    "some": "at least one is {}",
    "mix2": "one is {} and the other is {}",
    "seq2": "the first is {} and the second is {}",
    "mix3": "two are {} and one is {}",
}
# "not" stands before "is", which would read "it is not" as the colour "not".
_FORMS = tuple(
    (kind, re.compile(text.replace("{}", f"({'|'.join(COLOURS)})")))
    for kind, text in _EVENTS.items()
)


def _show_bag(bag: Bag) -> str:
    parts = [f"{'n' if count is None else count} {colour}" for count, colour in bag]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _read_bag(text: str) -> Bag:
    return tuple(
        (None if count == "n" else int(count), colour)
        for count, colour in re.findall(r"(\d+|n) ([a-z]+)", text)
    )


def _show_event(event: Event) -> str:
    return _EVENTS[event[0]].format(*event[1])


def _read_event(text: str) -> Event:
    for kind, form in _FORMS:
        if match := form.fullmatch(text):
            return kind, match.groups()
    raise ValueError(text)


SLOTS = {
    "name": PERSON,
    "vessel": one_of(VESSELS, cosmetic=True),
    "item": one_of(ITEMS, cosmetic=True),
    "bag": Slot(
        r"(?:\d+|n) [a-z]+(?:, (?:\d+|n) [a-z]+)* and (?:\d+|n) [a-z]+", _show_bag, _read_bag
    ),
    "draws": Slot("|".join(sorted(_DRAWS, key=len, reverse=True)), _TEXTS.__getitem__,
                  _DRAWS.__getitem__),
    "event": Slot("[a-z ]+", _show_event, _read_event),
    "named": INT,
    "unnamed": INT,
    "answer": FRACTION,
}  # fmt: skip
FORWARD = phrasings(
    SLOTS,
    "{name} draws {draws} from a {vessel} with {bag} {item}. What is the probability that {event}?",
    "A {vessel} holds {bag} {item}. In drawing {draws}, {name} may find that {event}. "
    "How likely is this?",
    "Without looking, {name} takes {draws} out of a {vessel} of {bag} {item}. "
    "Find the chance that {event}.",
    "{name} wins a prize if {event} when picking {draws} out of {bag} {item} in a {vessel}. "
    "What is {name.his} chance to win it?",
    "{name} pulls {draws} from a {vessel} with {bag} {item}. "
    "How likely, as a fraction, is it that {event}?",
    "{name} owns a {vessel} of {bag} {item}. How probable is it that {event} when {name} draws "
    "{draws}?",
    "How likely is it that {event} if {name} picks {draws} from {bag} {item} in a {vessel}?",
    "{name} fills a {vessel} with {bag} {item}. Before a friend draws {draws}, {name} bets that "
    "{event}. How likely is {name} to win?",
)
_BACK = phrasings(
    SLOTS,
    "{name} draws {draws} from a {vessel} with {bag} {item}. The probability that {event} "
    "is {answer}. What is n?",
    "A {vessel} holds {bag} {item}. In drawing {draws}, {name} finds that {event} with "
    "probability {answer}. Find n.",
    "Without looking, {name} takes {draws} out of a {vessel} of {bag} {item}. "
    "There is a chance of {answer} that {event}. Work out n.",
    "{name} wins a prize if {event} when picking {draws} out of {bag} {item} in a {vessel}. "
    "{name.His} chance to win it is {answer}. What number is n?",
    "{name} pulls {draws} from a {vessel} with {bag} {item}. "
    "If the probability that {event} is {answer}, how large is n?",
    "{name} owns a {vessel} of {bag} {item}. With probability {answer}, {event} when {name} "
    "draws {draws}. Determine n.",
    "For which n is {answer} the probability that {event} if {name} picks {draws} from {bag} "
    "{item} in a {vessel}?",
    "{name} fills a {vessel} with {bag} {item}. Before a friend draws {draws}, {name} bets that "
    "{event}. {name}'s chance to win is {answer}. What does n stand for?",
)
REVERSE = {"named": _BACK, "unnamed": _BACK}

# For each difficulty and hidden count: how many draws, whether they go back, the kind of event.
_KINDS: dict[tuple[int, str], tuple[tuple[int, bool, str], ...]] = {
    (1, "named"): ((1, False, "is"), (1, False, "not")),
    (1, "unnamed"): ((1, False, "is"), (1, False, "not")),
    (2, "named"): ((1, False, "either"), (1, False, "not"), (2, True, "all2")),
    (2, "unnamed"): ((1, False, "either"), (1, False, "not"), (2, True, "all2")),
    (3, "named"): ((2, False, "none2"), (2, True, "none2")),
    (3, "unnamed"): ((2, False, "all2"), (2, False, "seq2"), (2, True, "seq2")),
    (4, "named"): ((2, False, "some"), (2, True, "some")),
    (4, "unnamed"): ((2, False, "mix2"), (2, True, "mix2"), (2, True, "some")),
    (5, "named"): ((3, False, "some"), (3, False, "some"), (3, True, "some")),
    (5, "unnamed"): ((3, False, "mix3"), (3, False, "mix3"), (3, True, "some")),
}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    k, back, kind = d.choice(_KINDS[difficulty, hidden])
    few = 2 if difficulty == 1 else 3
    colours = d.sample(COLOURS, few if difficulty < 4 or (back and k == 3) else few + d.below(2))
    most = 60 if difficulty == 1 else 30 if k == 1 else 12 if k == 2 else 4 if back else 6
    counts = [d.between(2, most) for _ in colours]
    named = colours[: 2 if kind in ("either", "mix2", "mix3", "seq2") else 1]
    at = 0 if hidden == "named" else len(named)
    for _ in range(4):
        if counts.count(counts[at]) == 1:
            break
        counts[at] = d.between(2, most)
    else:
        return None
    if k == 3 and sum(counts) > (10 if back else 17):
        return None
    return {
        "name": d.choice(PEOPLE),
        "vessel": d.choice(VESSELS),
        "item": d.choice(ITEMS),
        # Where several colours are not named, any may come first, and be the hidden one.
        "bag": _mixed(d, tuple(zip(counts, colours, strict=True)), len(named)),
        "draws": (k, back),
        "event": (kind, tuple(named)),
    }


def _mixed(d: Draw, bag: Bag, named: int) -> Bag:
    """The bag in another order, but the colours that are not named keep theirs."""
    order = list(bag[named:])
    for entry in bag[:named]:
        order.insert(d.below(len(order) + 1), entry)
    return tuple(order)


def _place(facts: Facts, hidden: str) -> int:
    """The colour whose count is hidden."""
    named = facts["event"][1]
    return next(
        i
        for i, (_, colour) in enumerate(facts["bag"])
        if (colour == named[0] if hidden == "named" else colour not in named)
    )


def hide(facts: Facts, hidden: str) -> Facts:
    at = _place(facts, hidden)
    bag = list(facts["bag"])
    bag[at] = (None, bag[at][1])
    return {name: value for name, value in facts.items() if name != hidden} | {"bag": tuple(bag)}


def _fits(facts: Facts) -> tuple[tuple[str, ...], ...]:
    """For each draw the colours that fit; for "some" those that do not make it happen."""
    kind: str = facts["event"][0]
    named: tuple[str, ...] = facts["event"][1]
    k: int = facts["draws"][0]
    if _avoids(kind):
        return (tuple(colour for _, colour in facts["bag"] if colour != named[0]),) * k
    if kind == "either":
        return (named,)
    if kind == "mix3":
        return ((named[0],), (named[0],), (named[1],))
    if len(named) > 1:
        return tuple((colour,) for colour in named)
    return ((named[0],),) * k


def _tops(fits: Any, counts: dict[str, int], back: bool) -> list[int]:
    """How many things fit at each draw, when all draws before did."""
    return [
        sum(counts[colour] for colour in fit) - (0 if back else fits[:i].count(fit))
        for i, fit in enumerate(fits)
    ]


def _avoids(kind: str) -> bool:
    """Whether the draws that are counted are those without the named colour."""
    return kind in ("not", "none2", "none3", "some")


def _called(fit: tuple[str, ...], facts: Facts) -> str:
    kind, named = facts["event"]
    return f"not {named[0]}" if _avoids(kind) else " or ".join(fit)


def forward(facts: Facts) -> Solution:
    (k, back), (kind, named), item = facts["draws"], facts["event"], facts["item"]
    counts = {colour: count for count, colour in facts["bag"]}
    total = sum(counts.values())
    fits = _fits(facts)
    tops = _tops(fits, counts, back)
    bottoms = [total - (0 if back else i) for i in range(k)]
    what = [_called(fit, facts) for fit in fits]
    shares = [f"{over}/{under}" for over, under in zip(tops, bottoms, strict=True)]
    program = " * ".join(f"F({over}, {under})" for over, under in zip(tops, bottoms, strict=True))
    lines = [f"The {facts['vessel']} holds {_add(counts.values())} = {total} {item}."]
    if len(fits[0]) > 1:
        number = f"{_add(counts[c] for c in fits[0])} = {tops[0]}"
        lines.append(f"Of these, the {_listed(fits[0])} are {what[0]}, {number} in number.")
    elif k == 1:
        lines.append(f"Of these, the {_listed(fits[0])} are {what[0]}, {tops[0]} in number.")
    top, bottom = tops[0], total
    if k == 1:
        lines.append(f"So one of the {item} is {what[0]} with a chance of {shares[0]}.")
    elif back and what == what[:1] * k:
        top, bottom = _reduced(top, bottom)
        reduced = f" = {top}/{bottom}" if bottom < total else ""
        lines.append(
            f"All {item} go back, so each draw is {what[0]} with chance {shares[0]}{reduced}."
        )
        shares = [f"{top}/{bottom}"] * k
        top, bottom = top**k, bottom**k
        lines.append(f"For {k} {item} this makes {' * '.join(shares)} = {top}/{bottom}.")
    else:
        then = "with all back" if back else "with that gone"
        lines.append(f"The first of the {item} is {what[0]} with chance {shares[0]}.")
        lines.append(f"The second, {then}, is {what[1]} with chance {shares[1]}.")
        if k == 3:
            lines.append(f"A third one is {what[2]} with chance {shares[2]}.")
        for over, under in zip(tops[1:], bottoms[1:], strict=True):
            top, bottom = top * over, bottom * under
        lines.append(f"For {k} {item} this makes {' * '.join(shares)} = {top}/{bottom}.")
    over, under = _reduced(top, bottom)
    if under < bottom:
        less = f"{top}/{bottom} = {_fraction(over, under)}"
        lines.append(f"For these {item} divide by {top // over} to get {less}.")
    if kind in ("mix2", "mix3"):
        times, before = k, _fraction(over, under)
        over, under = _reduced(times * over, under)
        lines.append(
            f"There are {times} orders of {what[0]} and {what[-1]}: {times} * {before} = "
            f"{_fraction(over, under)}."
        )
        program = f"{times} * {program}"
    elif kind == "some":
        lines.append(
            f"Otherwise {named[0]} {item} are among them: "
            f"1 - {_fraction(over, under)} = {_fraction(under - over, under)}."
        )
        over, program = under - over, f"1 - {program}"
    return Solution(Fraction(over, under), "\n".join(lines), f"{_IMPORT}print({program})")


def _reduced(top: int, bottom: int) -> tuple[int, int]:
    part = gcd(top, bottom)
    return top // part, bottom // part


_IMPORT = "from fractions import Fraction as F\n"


def _fraction(top: int, bottom: int) -> str:
    return f"{top}/{bottom}" if bottom > 1 else str(top)


def _listed(colours: tuple[str, ...]) -> str:
    return f"{', '.join(colours[:-1])} and {colours[-1]}" if len(colours) > 1 else colours[0]


def _add(numbers: Any) -> str:
    return " + ".join(map(str, numbers))


def reverse(facts: Facts, hidden: str) -> Solution:
    (k, back), (kind, named), item = facts["draws"], facts["event"], facts["item"]
    counts = {colour: count for count, colour in facts["bag"]}
    total = sum(counts.values())
    n, asked = facts["bag"][_place(facts, hidden)]
    fits = _fits(facts)
    what = _called(fits[0], facts)
    top, bottom = facts["answer"].numerator, facts["answer"].denominator
    lines = []
    if kind == "some":
        chance = f"1 - {top}/{bottom} = {bottom - top}/{bottom}"
        lines.append(f"The chance of {item} without {named[0]} is {chance}.")
        top = bottom - top
    if k > 1 and (not back or fits[0] != fits[-1]):
        lines += _from_ways(facts, counts, top, bottom)
    else:
        if k > 1:
            root = (round(top ** (1 / k)), round(bottom ** (1 / k)))
            share = f"{root[0]}/{root[1]}"
            lines.append(
                f"The {k} draws of {item} are alike: ({share})^{k} = {top}/{bottom}, so each is "
                f"{what} with chance {share}."
            )
            top, bottom = root
        known = tuple(c for c in counts if (c in fits[0]) != (asked in fits[0]))
        whole = sum(counts[colour] for colour in known)
        these = f"{whole} {known[0]}"
        if len(known) > 1:
            these = f"{_listed(known)}, {_add(counts[c] for c in known)} = {whole}"
        left = tuple(c for c in counts if c not in fits[0])
        share = f"{top}/{bottom}"
        lines.append(
            f"The {_listed(fits[0])} have the share {share}, the {_listed(left)} "
            f"1 - {share} = {bottom - top}/{bottom}."
        )
        if asked in fits[0]:
            top = bottom - top
        lines.append(f"Known are the {these}, with {top}/{bottom}.")
        lines.append(f"So the {facts['vessel']} holds {whole} / {top} * {bottom} = {total} {item}.")
    less = "".join(f" - {count}" for colour, count in counts.items() if colour != asked)
    # The longest traces name the things once more, or runs of their words meet in other problems.
    others = f"other {item}" if k == 3 else "others"
    lines.append(f"Without the {others} n = {total}{less} = {n} are {asked}.")
    return Solution(n, "\n".join(lines), _program(facts, hidden), {"n": n})


def _from_ways(facts: Facts, counts: dict[str, int], top: int, bottom: int) -> list[str]:
    """From the chance top/bottom to how many there are in all, by the number of ways to draw."""
    (k, back), kind, item = facts["draws"], facts["event"][0], facts["item"]
    total = sum(counts.values())
    fits = _fits(facts)
    tops = _tops(fits, counts, back)
    good, ways = 1, " * ".join(map(str, tops))
    for number in tops:
        good *= number
    lines = []
    if len(fits[0]) > 1:
        lines.append(f"The {item} that are {_called(fits[0], facts)} number "
                     f"{_add(counts[c] for c in fits[0])} = {tops[0]}.")  # fmt: skip
    if kind in ("mix2", "mix3"):
        good, ways = k * good, f"{k} * {ways}"
        lines.append(f"The {fits[0][0]} and {fits[-1][0]} {item} can come in {k} orders.")
    every = total**k if back else perm(total, k)
    lines.append(
        f"The fitting draws of {k} {item} have {ways} = {good} ways, {top}/{bottom} of all."
    )
    lines.append(f"So {k} {item} can be drawn in {good} / {top} * {bottom} = {every} ways.")
    chain, less = (
        " * ".join(str(number - (0 if back else i)) for i in range(k))
        for number in (total, total - 1)
    )
    if k == 3:
        fewer = (total - 1) ** k if back else perm(total - 1, k)
        lines.append(f"With {total - 1} {item} {less} = {fewer} is too few.")
    lines.append(f"With {total} {item} {chain} = {every} fits.")
    return lines


def _program(facts: Facts, hidden: str) -> str:
    (k, back), kind = facts["draws"], facts["event"][0]
    asked = facts["bag"][_place(facts, hidden)][1]
    counts = {colour: count for count, colour in facts["bag"] if colour != asked}

    def number(colours: Any, less: int) -> str:
        known = sum(counts.get(colour, 0) for colour in colours) - less
        if asked not in colours:
            return str(known)
        return "n" if not known else f"n + {known}" if known > 0 else f"n - {-known}"

    fits = _fits(facts)
    factors = [
        f"F({number(fit, 0 if back else fits[:i].count(fit))}, "
        f"{number([*counts, asked], 0 if back else i)})"
        for i, fit in enumerate(fits)
    ]
    formula = " * ".join(factors)
    if kind in ("some", "mix2", "mix3"):
        formula = f"1 - {formula}" if kind == "some" else f"{k} * {formula}"
    chance = facts["answer"]
    goal = f"F({chance.numerator}, {chance.denominator})"
    return f"{_IMPORT}n = 1\nwhile {formula} != {goal}:\n    n += 1\nprint(n)"


def _happens(event: Event, drawn: tuple[str, ...]) -> bool:
    kind, named = event
    if kind == "either":
        return drawn[0] in named
    if kind.startswith("mix"):
        return sorted(drawn) == sorted(named if kind == "mix2" else (named[0], *named))
    if kind == "seq2":
        return drawn == named
    hits = drawn.count(named[0])
    if kind in ("not", "none2", "none3"):
        return hits == 0
    return hits > 0 if kind == "some" else hits == len(drawn)


def _odds(facts: Facts, sizes: dict[str, int]) -> tuple[int, int]:
    """The number of ways to draw so that the event happens, and of all ways."""
    (k, back), event = facts["draws"], facts["event"]
    good = every = 0
    for drawn in product(sizes, repeat=k):
        ways = 1
        for i, colour in enumerate(drawn):
            ways *= sizes[colour] - (0 if back else drawn[:i].count(colour))
        every += ways
        if _happens(event, drawn):
            good += ways
    return good, every


def solve_forward(facts: Facts) -> list[Any]:
    """Counts the ways of every sequence of colours."""
    good, every = _odds(facts, {colour: count for count, colour in facts["bag"]})
    return [Fraction(good, every)]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Tries every count; all colours that the event does not name are one."""
    named, chance = facts["event"][1], facts["answer"]
    sizes = {"": 0} | dict.fromkeys(named, 0)
    for count, colour in facts["bag"]:
        if count is None:
            asked = colour if colour in named else ""
        else:
            sizes[colour if colour in named else ""] += count
    known, found = sizes[asked], []
    for n in range(1, {1: 150, 2: 50, 3: 25}[facts["draws"][0]]):
        sizes[asked] = known + n
        good, every = _odds(facts, sizes)
        if good * chance.denominator == every * chance.numerator:
            found.append(n)
    return found
