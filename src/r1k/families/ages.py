"""Ages: a chain of people, each link of which tells the age of one from the age of another.

    forward   Ravi is 12. In 6 years, Mina will be 3 times as old as Ravi. How old is Mina?
                                                                                      answer 48
    reverse   Ravi is 12 and Mina is 48. In x years, Mina will be 3 times as old as Ravi.
              What is x?                                                              answer 6

One to three links lead from the first person to the last, of whom the forward question asks. A
reverse question hides the age at the start, or the number of years in the first link.
"""

import re
from collections.abc import Sequence
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings
from r1k.families.words import PEOPLE, PERSON, Person

AREA = "story arithmetic"
SUMMARY = "ages along a chain of people; reverse: the first age, or a number of years"
VERSION = 2
OLDEST = 95

# (kind, subject, other, when, years, number): "In 6 years, Mina will be 3 times as old as Ravi" is
# ("times", Mina, Ravi, "in", 6, 3). `when` is "in", "ago" or "" (now; the years are 0). None is x.
Link = tuple[str, Person, Person, str, Any, Any]

_BE = {"": "is", "in": "will be", "ago": "was"}
_ADD = {"": "add", "in": "will add", "ago": "added"}


def _sentence(link: Link) -> str:
    kind, s, o, when, n, k = link
    n, k = "x" if n is None else n, "x" if k is None else k
    opening = f"In {n} years, " if when == "in" else f"Exactly {n} years ago, " if when else ""
    if kind == "sum":
        the = "the" if opening else "The"
        return f"{opening}{the} ages of {s} and {o} {_ADD[when]} up to {k}."
    how = "times as old as" if kind == "times" else f"years {kind} than"
    return f"{opening}{s} {_BE[when]} {k} {how} {o}."


def _show(links: tuple[Link, ...]) -> str:
    return " ".join(map(_sentence, links))


_READ = re.compile(
    r"(?:(In|Exactly) (\d+|x) years(?: ago)?, )?"
    r"(?:(\w+) (?:is|was|will be) (\d+|x) (?:years )?(older|younger|times)[a-z ]* ([A-Z]\w+)"
    r"|[Tt]he ages of (\w+) and (\w+) [a-z ]+ (\d+))\."
)


def _number(text: str) -> int | None:
    return None if text == "x" else int(text)


def _read(text: str) -> tuple[Link, ...]:
    links: list[Link] = []
    for opening, n, s, k, kind, o, one, two, total in _READ.findall(text):
        when = {"In": "in", "Exactly": "ago"}.get(opening, "")
        years = _number(n) if when else 0
        links.append(
            (kind or "sum", Person(s or one), Person(o or two), when, years, _number(k or total))
        )
    return tuple(links)


SLOTS = {
    "name": PERSON,
    "last": PERSON,
    "start": INT,
    "links": Slot(r"[A-Z][A-Za-z0-9, ]{9,90}\.(?: [A-Z][A-Za-z0-9, ]{9,90}\.){0,2}", _show, _read),
    "years": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} is {start} years old. {links} How old is {last} now?",
    "{links} {name} is {start} today. What age is {last}?",
    "It is {name}'s birthday, and {name.he} turns {start}. {links} Find the present age of {last}.",
    "How old is {last}, if {name} is {start}? {links}",
    "{links} How many years old is {last}, now that {name} is {start}?",
    "The cake of {name} has {start} candles, one for each year. {links} How many years old is "
    "{last}?",
    "A form asks for the age of {last}. {links} What should be put down, if {name} is {start}?",
    "{name} tells a doctor that {name.he} is {start}. {links} Work out how old {last} is.",
)
REVERSE = {
    "start": phrasings(
        SLOTS,
        "{last} is {answer} years old. {links} How old is {name} now?",
        "{links} {last} is {answer} today. What age is {name}?",
        "It is {last}'s birthday, and {last.he} turns {answer}. {links} Find the present age of "
        "{name}.",
        "How old must {name} be, if {last} is {answer}? {links}",
        "{links} How many years old is {name}, now that {last} is {answer}?",
        "A form asks for the age of {name}. {links} What should be put down, if {last} is "
        "{answer}?",
    ),
    "years": phrasings(
        SLOTS,
        "Let {name} be {start} years old and {last} {answer}. {links} What is x?",
        "{links} Find the number x, if {name} is {start} and {last} is {answer} today.",
        "Today {name} turns {start} and {last} turns {answer}. {links} Which number is x?",
        "How many years is x, if {last} is {answer} and {name} is {start}? {links}",
        "{last} has {answer} candles on the cake and {name} has {start}, one for each year. "
        "{links} Work out x.",
    ),
}

# The kinds of links at each difficulty. A "gap" is older or younger; "then" is not today.
_NOW, _THEN = ("gap", "times", "sum"), ("then times", "then times", "then sum")
_SHAPES = {
    1: ((_NOW,),),
    2: ((_NOW, _NOW),),
    3: ((_THEN, _NOW), (_NOW, _THEN)),
    4: ((_THEN, _NOW, _NOW), (_NOW, _THEN, _NOW), (_NOW, _NOW, _THEN)),
    5: ((_THEN, _NOW, _THEN), (_NOW, _THEN, _THEN), (_THEN, _THEN, _NOW)),
}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    shape = d.choice(_SHAPES[difficulty])
    people = d.sample(PEOPLE, len(shape) + 1)
    start = age = d.between(4, 85 if difficulty == 1 else 50)
    links = []
    for i, kinds in enumerate(shape):
        options = ("gap",) if hidden == "years" and i == 0 and kinds is _NOW else kinds
        for _ in range(4):
            if found := _link(d, d.choice(options), people[i], people[i + 1], age):
                break
        else:
            return None
        link, age = found
        links.append(link)
    return {"name": people[0], "last": people[-1], "start": start, "links": tuple(links)}


def _link(d: Draw, kind: str, a: Person, b: Person, age: int) -> tuple[Link, int] | None:
    """A link from a, who is `age` years old, to b, and the age of b."""
    when, shift = "", 0
    if kind.startswith("then "):
        kind, shift = kind[5:], d.between(-14, 13)
        shift += 2 if shift >= 0 else -1
        when = "in" if shift > 0 else "ago"
    then = age + shift
    if kind == "times":
        drawn = d.below(10)
        k = 2 + drawn % 5
        s, o, other = (a, b, then // k) if drawn < 5 and then % k == 0 else (b, a, then * k)
    else:
        drawn = d.below(158)
        other = 2 + drawn // 2
        s, o = (a, b) if drawn % 2 else (b, a)
        k = then + other if kind == "sum" else abs(then - other)
        if kind == "gap":
            kind = "older" if (s is b) == (other > then) else "younger"
    now = other - shift
    if then < 1 or other < 1 or not 2 <= now <= OLDEST or now == age or k < 2:
        return None
    return (kind, s, o, when, abs(shift), k), now


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "start":
        return {name: value for name, value in facts.items() if name != "start"}
    (kind, s, o, when, n, k), *rest = facts["links"]
    first = (kind, s, o, when, None, k) if when else (kind, s, o, when, n, None)
    return facts | {"links": (first, *rest)}


def _step(link: Link, a: str, b: str, age: int, know: str) -> tuple[str, str, int]:
    """From the age of a to that of b, both at the time of the link: a reason with its sum, the
    formula in which `know` stands for the age of a, and the age of b."""
    kind, s, _, when, _, k = link
    if kind == "sum":
        return f": the rest of the sum is {k} - {age} = {k - age}.", f"{k} - {know}", k - age
    if kind == "times":
        then = "then " if when else ""
        if s != a:
            new = k * age
            return f", {then}{k} times as old as {a}: {k} * {age} = {new}.", f"{k} * {know}", new
        new = age // k
        return f": {a} is {then}{k} times as old, so {age} / {k} = {new}.", f"{know} // {k}", new
    if (kind == "older") == (s != a):
        new = age + k
        return f", {k} years older than {a}: {age} + {k} = {new}.", f"{know} + {k}", new
    new = age - k
    return f", {k} years younger than {a}: {age} - {k} = {new}.", f"{know} - {k}", new


def _walk(
    links: Sequence[Link], a: str, age: int, back: bool
) -> tuple[str, int, list[str], list[str]]:
    """Goes along links: the person at the end, the age, lines of the trace and of a program."""
    way = "Back to" if back else "On to"
    lines, known = [f"Start from {a}, who is {age}."], a.lower()
    program = [f"{known} = {age}"]
    for link in links:
        _, s, o, when, n, _ = link
        b = o if s == a else s
        if not when:
            reason, formula, age = _step(link, a, b, age, known)
            lines.append(f"{way} {b}{reason}")
        else:
            # There and again: to the time of the link, and from it to today.
            there, again, then = ("+", "-", age + n) if when == "in" else ("-", "+", age - n)
            move = f"{a} {_BE[when]} {age} {there} {n} = {then}."
            if not back:
                lines.append(f"Go {'on' if when == 'in' else 'back'} {n} years: {move}")
            else:
                lines.append(
                    f"So in {n} years {move}" if when == "in" else f"So {n} years ago {move}"
                )
            reason, formula, age = _step(link, a, b, then, f"({known} {there} {n})")
            now = age - n if when == "in" else age + n
            move = f"{b} is {age} {again} {n} = {now}"
            lines += (f"{way} {b}{reason}", f"So {move} today." if back else f"Today {move}.")
            age, formula = now, f"{formula} {again} {n}"
        a, known = b, b.lower()
        program.append(f"{known} = {formula}")
    return a, age, lines, program


def forward(facts: Facts) -> Solution:
    links = facts["links"]
    last, age, lines, program = _walk(links, facts["name"], facts["start"], False)
    if not links[-1][3]:
        lines.append(f"So {last} is {age} years old now.")
    program.append(f"print({last.lower()})")
    return Solution(age, "\n".join(lines), "\n".join(program))


def reverse(facts: Facts, hidden: str) -> Solution:
    links, name = facts["links"], facts["name"]
    back = links[::-1] if hidden == "start" else links[:0:-1]
    a, x, lines, program = _walk(back, facts["last"], facts["answer"], True)
    printed = name.lower()
    if hidden == "years":
        start = facts["start"]
        program.insert(0, f"{printed} = {start}")
        x, more, printed = _years(links[0], name, start, a, x)
        lines += more
    elif not links[0][3]:
        lines.append(f"So {name} is {x} years old now.")
    program.append(f"print({printed})")
    return Solution(x, "\n".join(lines), "\n".join(program), {"x": x})


def _years(link: Link, a: str, start: int, b: str, age: int) -> tuple[int, list[str], str]:
    """The years x in a link between a and b, whose ages today are known; lines; a formula."""
    kind, s, o, when, _, k = link
    high, low = max(start, age), min(start, age)
    gap = high - low
    if not when:
        lines = [f"As {a} is {start}, the gap between {a} and {b} is x = {high} - {low} = {gap}."]
        return gap, lines, f"abs({a.lower()} - {b.lower()})"
    if kind == "sum":
        now = start + age
        more, less = (k, now) if when == "in" else (now, k)
        twice = more - less
        lines = [
            f"Today the ages of {a} and {b} add up to {start} + {age} = {now}.",
            f"Both {a} and {b} change by x years, so 2 * x = {more} - {less} = {twice}.",
            f"Half of this is x = {twice} / 2 = {twice // 2}.",
        ]
        return twice // 2, lines, f"abs({k} - ({a.lower()} + {b.lower()})) // 2"
    then = gap // (k - 1)
    more, less = (then, low) if when == "in" else (low, then)
    times = f"{k} - 1 = {k - 1} times the age of {o}, who is then {gap} / {k - 1} = {then}"
    lines = [
        f"At any time {s} is {high} - {low} = {gap} years older than {o}.",
        f"With {s} {k} times as old as {o}, this gap is "
        + (f"{times}." if k > 2 else f"just the age of {o}, who is then {gap}."),
        f"Today {o} is {low}, so x = {more} - {less} = {more - less}.",
    ]
    return more - less, lines, f"abs(({s.lower()} - {o.lower()}) // ({k} - 1) - {o.lower()})"


def _fits(link: Link, s: int, o: int) -> bool:
    """Whether a link is true for these ages of its subject and of the other, today."""
    kind, _, _, when, n, k = link
    shift = n if when == "in" else -n
    s, o = s + shift, o + shift
    if kind == "sum":
        return bool(s + o == k)
    return bool(s == (k * o if kind == "times" else o + k if kind == "older" else o - k))


def _search(links: Sequence[Link], a: Person, age: int) -> list[tuple[Person, int]]:
    """The person at the end of links, with each age from 1 to 120 that fits all of them."""
    ends = [(a, age)]
    for link in links:
        ends = [
            (link[2] if a == link[1] else link[1], other)
            for a, age in ends
            for other in range(1, 121)
            if (_fits(link, age, other) if a == link[1] else _fits(link, other, age))
        ]
    return ends


def solve_forward(facts: Facts) -> list[int]:
    """Tries every age for everybody."""
    return [age for _, age in _search(facts["links"], facts["name"], facts["start"])]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """The same from the other end; then every number of years in the first link."""
    first, *rest = facts["links"]
    ends = _search(rest[::-1], facts["last"], facts["answer"])
    if hidden == "start":
        return [age for a, b in ends for _, age in _search([first], a, b)]
    start, found = facts["start"], []
    for x in range(1, 121):
        link = (*first[:4], x, first[5]) if first[3] else (*first[:5], x)
        for a, age in ends:
            if _fits(link, age, start) if a == first[1] else _fits(link, start, age):
                found.append(x)
    return found
