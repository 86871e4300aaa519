"""People in a line and clues about their places: where somebody is, or a number of a clue.

    forward   In a line of 20 people, Ben is in place 5 from the front. Mia is 4 places behind Ben.
              What is Mia's place from the back?                                      answer 12
    reverse   In a line of 20 people, Ben is in place 5 from the front. Mia is k places behind Ben.
              Mia's place from the back is 12. What is k?                             answer 4

A clue is (kind, person, other person or "", number); the number is 0 where the kind has none, and
None, written k, where a reverse question hides it: the number of the only clue that counts from an
end (hidden `place`), or of the clue that ties somebody to the person of that one (hidden `step`).
"""

import re
from collections.abc import Iterator, Sequence

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings
from r1k.families.words import PEOPLE

AREA = "logic"
SUMMARY = "somebody's place in a line from clues; reverse: a number in a clue"
VERSION = 1

Clue = tuple[str, str, str, int | None]

_TEXTS = {
    "front": "{0} is in place {2} from the front.",
    "back": "{0} is in place {2} from the back.",
    "behind": "{0} is {2} places behind {1}.",
    "ahead": "{0} is {2} places ahead of {1}.",
    "between": "There are {2} people between {0} and {1}.",
    "mirror": "{0} is as far from the front as {1} is from the back.",
}
_ASKED = {
    "front": "{0}'s place from the front",
    "back": "{0}'s place from the back",
    "ahead": "the number of people ahead of {0}",
    "behind": "the number of people behind {0}",
    "gap": "the number of places that {0} is behind {1}",
}
_NAME = "[A-Z][a-z]+"
_KNOWN = {str(person): person for person in PEOPLE}


def _patterns(texts: dict[str, str]) -> dict[str, str]:
    return {
        kind: re.escape(text)
        .replace(r"\{0\}", f"({_NAME})")
        .replace(r"\{1\}", f"({_NAME})")
        .replace(r"\{2\}", r"(\d+|k)")
        for kind, text in texts.items()
    }


_CLUE = {kind: re.compile(pattern) for kind, pattern in _patterns(_TEXTS).items()}
_ASK = {kind: re.compile(pattern) for kind, pattern in _patterns(_ASKED).items()}
_ANY_CLUE = "|".join(pattern.pattern.replace("(", "(?:") for pattern in _CLUE.values())
_ANY_ASK = "|".join(pattern.pattern.replace("(", "(?:") for pattern in _ASK.values())


def _show(clues: Sequence[Clue]) -> str:
    return " ".join([_TEXTS[kind].format(x, y, "k" if n is None else n) for kind, x, y, n in clues])


def _read(text: str) -> tuple[Clue, ...]:
    clues: list[Clue] = []
    for sentence in re.findall(r"[^.]+\.", text):
        kind, match = next(
            (kind, match)
            for kind, pattern in _CLUE.items()
            if (match := pattern.fullmatch(sentence.strip()))
        )
        names = [_KNOWN[group] for group in match.groups() if group in _KNOWN]
        number = next((group for group in match.groups() if group not in _KNOWN), "0")
        n = None if number == "k" else int(number)
        clues.append((kind, names[0], names[1] if len(names) > 1 else "", n))
    return tuple(clues)


def _show_asked(asked: tuple[str, str, str]) -> str:
    return _ASKED[asked[0]].format(*asked[1:])


def _read_asked(text: str) -> tuple[str, str, str]:
    for kind, pattern in _ASK.items():
        if match := pattern.fullmatch(text):
            return kind, _KNOWN[match[1]], _KNOWN[match[2]] if kind == "gap" else ""
    raise ValueError(text)


SLOTS = {
    "total": INT,
    "clues": Slot(rf"(?:{_ANY_CLUE})(?: (?:{_ANY_CLUE}))*", _show, _read),
    "asked": Slot(_ANY_ASK, _show_asked, _read_asked),
    "place": INT,
    "step": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "A line has {total} people in it. {clues} What is {asked}?",
    "Of a queue of {total} people we know a little. {clues} Find {asked}.",
    "At some moment of a race {total} runners follow each other. {clues} Work out {asked}.",
    "{clues} All of them are in one line of {total} people. What number is {asked}?",
    "About a parade of {total} people this is known. {clues} Say what {asked} is.",
    "{total} pilgrims walk along a narrow path. {clues} Determine {asked}.",
    "A photo shows {total} people who wait in a row for a bus. {clues} From this, give {asked}.",
    "{total} cyclists ride one behind the other. {clues} Which number is {asked}?",
)
_BACK = phrasings(
    SLOTS,
    "A line has {total} people in it. {clues} If {asked} is {answer}, what is k?",
    "Of a queue of {total} people we know a little. {clues} Also, {asked} is {answer}. Find k.",
    "At some moment of a race {total} runners follow each other. {clues} "
    "A camera shows that {asked} is {answer}. Work out k.",
    "{clues} All of them are in one line of {total} people, and {asked} is {answer}. "
    "What number is k?",
    "About a parade of {total} people this is known. {clues} It turns out that {asked} is "
    "{answer}. Say what k is.",
    "{total} pilgrims walk along a narrow path. {clues} They find that {asked} is {answer}. "
    "Determine k.",
    "A photo shows {total} people who wait in a row for a bus. {clues} One can see that {asked} "
    "is {answer}. From this, give k.",
    "{total} cyclists ride one behind the other. {clues} "
    "For which k does {answer} come out as {asked}?",
)
REVERSE = {"place": _BACK, "step": _BACK}
_TURNED = {"behind": "ahead", "ahead": "behind", "between": "between", "mirror": "mirror"}


def _other(d: Draw, kind: str, x: int, total: int) -> int:
    """A place that a clue of this kind can tie to place x; outside the line where none can."""
    if kind == "mirror":
        return total + 1 - x
    if kind == "between":
        # So far away that the other direction leads out of the line, seen from both places.
        low = min(x, total + 1 - x)
        if 2 * low > total:
            return 0  # in the middle
        y = d.between(max(2 * low, (total + low + 2) // 2), total)
        return y if x == low else total + 1 - y
    n = d.between(2, 15)
    up = x + n <= total and (kind == "behind" or x - n < 1)
    return x + n if up else x - n


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    people: list[str] = [*d.sample(PEOPLE, (2, 2, 3, 4, 6)[difficulty - 1])]
    total = d.between(6 * len(people), 60)
    end, x = d.choice(("front", "back")), d.between(2, total - 1)
    places = [x]
    clues: list[Clue] = [(end, people[0], "", x if end == "front" else total + 1 - x)]
    # Sometimes two arms that begin at the first person; asked for is the gap of their ends.
    arms = hidden == "step" and difficulty >= 4 and d.below(2) == 1
    split = len(people) // 2 + 1 if arms else len(people)
    left = ["behind", "ahead", "behind", "ahead", "between", "mirror"]
    for i in range(1, len(people)):
        before = 0 if i == split else i - 1
        # A number that may be hidden stands next to the first person; no kind comes too often.
        some = left[:2] if difficulty < 3 else left
        kind = d.choice(some if before else [kind for kind in some if kind != "mirror"])
        if before or kind == "between":
            left.remove(kind)
        x = places[before]
        y = _other(d, kind, x, total)
        if not 1 <= y <= total or y in places:
            return None
        places.append(y)
        if kind in ("behind", "ahead"):
            kind = "behind" if y > x else "ahead"
        n = 0 if kind == "mirror" else abs(x - y) - (kind == "between")
        turned = d.below(2)
        clues.append(
            (_TURNED[kind], people[before], people[i], n)
            if turned
            else (kind, people[i], people[before], n)
        )
    last = len(people) - 1
    if arms:
        a, b = (split - 1, last) if places[split - 1] > places[last] else (last, split - 1)
        if places[a] - places[b] == 1:
            return None
        asked = ("gap", people[a], people[b])
    elif difficulty == 1:
        asked = (end, people[last], "")
    else:
        far = "back" if end == "front" else "front"
        asked = (d.choice((far, "ahead", "behind")), people[last], "")
    if difficulty > 2:
        clues = d.shuffled(clues)
    return {"total": total, "clues": tuple(clues), "asked": asked}


def _hidden_clue(clues: Sequence[Clue], hidden: str) -> int:
    """The place of the clue with the hidden number."""
    fixed, person = next((i, c[1]) for i, c in enumerate(clues) if c[0] in ("front", "back"))
    if hidden == "place":
        return fixed
    return next(i for i, c in enumerate(clues) if i != fixed and person in c[1:3])


def hide(facts: Facts, hidden: str) -> Facts:
    clues = facts["clues"]
    at = _hidden_clue(clues, hidden)
    return facts | {"clues": (*clues[:at], (*clues[at][:3], None), *clues[at + 1 :])}


class _Walk:
    """Places that follow from others, counted from one end, with the lines of the trace."""

    def __init__(self, total: int, end: str) -> None:
        self.total = total
        self.sign = 1 if end == "front" else -1  # of the way to the back
        self.places: dict[str, int] = {}
        self.lines: list[str] = []
        self.code: list[str] = []

    def go(self, clues: Sequence[Clue], back: bool) -> None:
        """Use each clue that ties somebody to a known person; `back` has other words."""
        left = [clue for clue in clues if clue[2]]
        while left:
            tied = [c for c in left if (c[1] in self.places) != (c[2] in self.places)]
            if not tied:
                return  # what is left is not tied to what is known, or is used up
            clue = tied[0]
            left.remove(clue)
            kind, x, y, n = clue
            assert n is not None
            # The place of x follows from that of y.
            if x in self.places:
                kind, x, y = _TURNED[kind], y, x
            self.step(kind, x, y, n, back)

    def step(self, kind: str, x: str, y: str, n: int, back: bool) -> None:
        p, total = self.places[y], self.total
        if kind == "mirror":
            q = total + 1 - p
            how = f"{total} + 1 - {p} = {q}"
            self.code.append(f"{x.lower()} = {total} + 1 - {y.lower()}")
            self.lines.append(
                f"Mirrored from {y}, {x} must be in place {how}."
                if back
                else f"{x} has the place of {y} from the other end, {how}."
            )
        elif kind == "between":
            far = n + 1
            inside, outside = ("+", "-") if p + far <= total else ("-", "+")
            q, r = (p + far, p - far) if inside == "+" else (p - far, p + far)
            self.code.append(f"{x.lower()} = {y.lower()} {inside} {far}")
            tests = f"{p} {inside} {far} = {q} is in the line, {p} {outside} {far} = {r} is not"
            self.lines.append(
                f"From {y} it is {n} + 1 = {far} places to {x}, and {tests}."
                if back
                else f"{x} is {n} + 1 = {far} places from {y}, and {tests}."
            )
        else:
            sign = "+" if (kind == "behind") == (self.sign > 0) else "-"
            q = p + n if sign == "+" else p - n
            how = f"{p} {sign} {n} = {q}"
            of = "behind" if kind == "behind" else "ahead of"
            self.code.append(f"{x.lower()} = {y.lower()} {sign} {n}")
            self.lines.append(
                f"Seen from {y}, {x} is {n} {of.split()[0]}, so in place {how}."
                if back
                else f"{x} is {n} places {of} {y}, which is place {how}."
            )
        self.places[x] = q

    def fix(self, person: str, place: int) -> None:
        self.places[person] = place
        self.code.append(f"{person.lower()} = {place}")

    def solution(self, answer: int, code: str, **values: int) -> Solution:
        program = "\n".join([*self.code, f"print({code})"])
        return Solution(answer, "\n".join(self.lines), program, values)


def forward(facts: Facts) -> Solution:
    total, clues, (kind, x, y) = facts["total"], facts["clues"], facts["asked"]
    end, first, _, n = clues[_hidden_clue(clues, "place")]
    walk = _Walk(total, end)
    walk.fix(first, n)
    walk.lines.append(f"The fixed place is that of {first}, {n} from the {end}.")
    walk.go(clues, False)
    q, name = walk.places[x], x.lower()
    if kind == "gap":
        a, b = (x, y) if walk.sign > 0 else (y, x)
        p, q = walk.places[a], walk.places[b]
        walk.lines.append(f"So {x} is {p} - {q} = {p - q} places behind {y}.")
        return walk.solution(p - q, f"{a.lower()} - {b.lower()}")
    if kind == end:
        return walk.solution(q, name)
    if kind in ("front", "back"):
        how, code, answer = f"{total} + 1 - {q}", f"{total} + 1 - {name}", total + 1 - q
        walk.lines.append(f"From the {kind} that is place {how} = {answer}.")
        return walk.solution(answer, code)
    if (kind == "ahead") == (end == "front"):
        how, code, answer = f"{q} - 1", f"{name} - 1", q - 1
    else:
        how, code, answer = f"{total} - {q}", f"{total} - {name}", total - q
    of = "ahead of" if kind == "ahead" else "behind"
    walk.lines.append(f"The number of people {of} {x} is {how} = {answer}.")
    return walk.solution(answer, code)


def reverse(facts: Facts, hidden: str) -> Solution:
    total, clues, (kind, x, y) = facts["total"], facts["clues"], facts["asked"]
    answer = facts["answer"]
    end, first, _, n = clues[_hidden_clue(clues, "place")]
    hidden_clue = clues[_hidden_clue(clues, hidden)]
    known = [clue for clue in clues if clue is not hidden_clue]
    walk = _Walk(total, end)
    if kind == "gap":
        # One arm is known from its fixed place on; the gap leads to the end of the other.
        walk.fix(first, n)
        walk.lines.append(f"The place {n} from the {end} belongs to {first}.")
        walk.go(known, True)
        walk.go([*known, ("behind", x, y, answer)], True)
    else:
        if kind == end:
            q, how = answer, str(answer)
            walk.lines.append(f"The place of {x} is {q} from the {end}.")
        elif kind in ("front", "back"):
            q, how = total + 1 - answer, f"{total} + 1 - {answer}"
            told = f"The place {answer} from the {kind} means {how} = {q}"
            walk.lines.append(f"{told} from the {end} for {x}.")
        else:
            near = (kind == "ahead") == (end == "front")
            q = answer + 1 if near else total - answer
            how = f"{answer} + 1" if near else f"{total} - {answer}"
            told = f"The number of people {kind}, {answer}, puts {x} in place {how} = {q}"
            walk.lines.append(f"{told} from the {end}.")
        walk.places[x] = q
        walk.code.append(f"{x.lower()} = {how}")
        walk.go(known, True)
    kind, x, y, k = hidden_clue
    if hidden == "place":
        walk.lines.append(f"That is the place of {x} from the {end}, so k = {k}.")
        return walk.solution(k, x.lower(), k=k)
    if first not in walk.places:
        walk.fix(first, n)
    a, b = (x, y) if walk.places[x] > walk.places[y] else (y, x)
    p, q = walk.places[a], walk.places[b]
    less = " - 1" if kind == "between" else ""
    walk.lines.append(f"As {b} has place {q} and {a} {p}, k = {p} - {q}{less} = {k}.")
    return walk.solution(k, f"{a.lower()} - {b.lower()}{less}", k=k)


def _fits(clue: Clue, place: dict[str, int], total: int) -> bool:
    """Whether places, counted from the front, agree with a clue."""
    kind, x, y, n = clue
    p = place[x]
    if kind == "front":
        return p == n
    if kind == "back":
        return total - p + 1 == n
    q = place[y]
    if kind == "mirror":
        return p - 1 == total - q
    return n == (p - q if kind == "behind" else q - p if kind == "ahead" else abs(p - q) - 1)


def _placings(clues: Sequence[Clue], total: int) -> Iterator[dict[str, int]]:
    """All ways to put the people of the clues into different places."""
    people: list[str] = []
    left = sorted(clues, key=lambda clue: clue[2] != "")
    checks: list[list[Clue]] = []
    while left:
        # Somebody whom a clue alone, or with one who is placed, ties down; else anybody.
        clue = next((c for c in left if c[2] == "" or c[1] in people or c[2] in people), left[0])
        new = clue[1] if clue[1] not in people else clue[2]
        people.append(new)
        done = [c for c in left if c[1] in people and (c[2] == "" or c[2] in people)]
        left = [c for c in left if c not in done]
        checks.append(done)
    place: dict[str, int] = {}

    def put(i: int) -> Iterator[dict[str, int]]:
        if i == len(people):
            yield dict(place)
            return
        for p in range(1, total + 1):
            if p in place.values():
                continue
            place[people[i]] = p
            if all(_fits(clue, place, total) for clue in checks[i]):
                yield from put(i + 1)
            del place[people[i]]

    return put(0)


def solve_forward(facts: Facts) -> list[int]:
    """Tries every place for everybody."""
    total, (kind, x, y) = facts["total"], facts["asked"]
    answers = set()
    for place in _placings(facts["clues"], total):
        p = place[x]
        answers.add(
            p - place[y]
            if kind == "gap"
            else {"front": p, "back": total - p + 1, "ahead": p - 1, "behind": total - p}[kind]
        )
    return sorted(answers)


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """The same with the answer as a clue, and every number for k."""
    total, (kind, x, y), answer = facts["total"], facts["asked"], facts["answer"]
    unknown = next(clue for clue in facts["clues"] if clue[3] is None)
    told: Clue = {
        "front": ("front", x, "", answer),
        "back": ("back", x, "", answer),
        "ahead": ("front", x, "", answer + 1),
        "behind": ("back", x, "", answer + 1),
        "gap": ("behind", x, y, answer),
    }[kind]
    known = [*[clue for clue in facts["clues"] if clue is not unknown], told]
    return sorted(
        {
            k
            for place in _placings(known, total)
            for k in range(1, total + 1)
            if _fits((*unknown[:3], k), place, total)
        }
    )
