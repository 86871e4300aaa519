"""What every family is built from: random draws, phrasings that can be read back, solutions.

A family is a module with the names of `Family`. Its *facts* are a mapping from slot names to
values; a *phrasing* is a template over slots. One slot means the same thing in both directions:
the forward question states all givens and asks for `answer`; the reverse question states
`answer` and all givens but one, the hidden one, and asks for that. So a question, from whatever
pen, can be read back into facts, and compared with the facts that it should state.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, TypeVar

T = TypeVar("T")
Facts = dict[str, Any]
_LOW = 1 << 128  # below it a draw of n would be uneven by more than n / 2**128


class Draw:
    """Random draws from a key: the same on every machine and for every version of Python.

    The bits are BLAKE2b of the key, read as one number from which each draw takes a remainder.
    Making one costs a fifth of seeding `random.Random`, and a draw half of `randrange`; what calls
    would cost is why four methods say the same.
    """

    __slots__ = ("_key", "_pool", "_round")

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._round = 1
        self._pool = int.from_bytes(blake2b(self._key).digest(), "little")

    def below(self, n: int) -> int:
        """A number from 0 to n - 1."""
        if self._pool < _LOW:
            self._refill()
        self._pool, drawn = divmod(self._pool, n)
        return drawn

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        if self._pool < _LOW:
            self._refill()
        self._pool, drawn = divmod(self._pool, high - low + 1)
        return low + drawn

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""
        if self._pool < _LOW:
            self._refill()
        self._pool, drawn = divmod(self._pool, len(options))
        return options[drawn]

    def _refill(self) -> None:
        salt = self._round.to_bytes(16, "little")
        digest = blake2b(self._key, salt=salt).digest()
        self._pool = (self._pool << 512) + int.from_bytes(digest, "little")
        self._round += 1

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different ones of the options, in random order."""
        left = list(options)
        drawn = []
        for _ in range(count):
            if self._pool < _LOW:
                self._refill()
            self._pool, i = divmod(self._pool, len(left))
            drawn.append(left.pop(i))
        return drawn

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All options in random order."""
        return self.sample(options, len(options))


@dataclass(frozen=True, slots=True)
class Slot:
    """How a value stands in a text.

    `pattern` is a regex (without capturing groups) of all that `show` can write; `read` is the
    inverse of `show`. A `cosmetic` slot (a name, an item) does not change the problem: pairs that
    differ in nothing else have the same parameters.
    """

    pattern: str
    show: Callable[[Any], str] | None = None
    read: Callable[[str], Any] = str
    cosmetic: bool = False

    def text(self, value: Any) -> str:
        """The value as it stands in a question."""
        return self.show(value) if self.show else str(value)


def decimal(value: Fraction | int) -> str:
    """A number with a finite decimal expansion, exactly: 12.5."""
    value = Fraction(value)
    if value.denominator == 1:
        return str(value.numerator)
    places = next((n for n in range(1, 31) if 10**n % value.denominator == 0), None)
    if places is None:
        raise ValueError(f"{value} has no finite decimal expansion")
    digits = str(abs(value.numerator) * (10**places // value.denominator)).rjust(places + 1, "0")
    return f"{'-' * (value < 0)}{digits[:-places]}.{digits[-places:]}"


def one_of(options: Sequence[str], cosmetic: bool = False) -> Slot:
    """A slot for one of a few texts; the longest are tried first."""
    ordered = sorted(options, key=len, reverse=True)
    return Slot("|".join(re.escape(option) for option in ordered), cosmetic=cosmetic)


def plus(number: int) -> str:
    """A number as the next term of a sum: " + 5", " - 5", and nothing for 0."""
    return f" + {number}" if number > 0 else f" - {-number}" if number else ""


def times(factor: int, what: str) -> str:
    """A multiple of a letter or a bracket: "3x", "-x", "x"."""
    return what if factor == 1 else f"-{what}" if factor == -1 else f"{factor}{what}"


INT = Slot(r"-?\d+", read=int)
# 12.5, exactly; the value is a Fraction or an int.
DECIMAL = Slot(r"-?\d+(?:\.\d+)?", decimal, Fraction)
# 3/4, or 2 where the denominator is 1.
FRACTION = Slot(r"-?\d+(?:/\d+)?", str, Fraction)
WORD = Slot(r"[a-z]+")
# [4, 1, 3]: a tuple of whole numbers.
INTS = Slot(
    r"\[(?:-?\d+(?:, -?\d+)*)?\]",
    lambda values: "[" + ", ".join(map(str, values)) + "]",
    lambda text: tuple(int(part) for part in re.findall(r"-?\d+", text)),
)


class Phrasing:
    """One way to ask: a template such as "{name} has {n} {item}." over the slots of a family.

    `{name.he}` is an attribute of the value, which must be a `str` with that attribute (see
    r1k.families.words). A template may name a slot several times.
    """

    __slots__ = ("_format", "_parts", "_regex", "_slots", "names", "template")

    def __init__(self, template: str, slots: Mapping[str, Slot]) -> None:
        self.template = " ".join(template.split())
        self._slots = slots
        # For `fill`: the text with %s for each part, and which slot it is, written in which way.
        self._format = ""
        self._parts: list[tuple[str, Callable[[Any], str] | None]] = []
        pattern, names = "", []
        for piece in re.split(r"(\{[A-Za-z_0-9.]+\})", self.template):
            if not piece.startswith("{"):
                pattern += re.escape(piece)
                self._format += piece.replace("%", "%%")
                continue
            name, _, attribute = piece[1:-1].partition(".")
            self._format += "%s"
            self._parts.append((name, attrgetter(attribute) if attribute else slots[name].show))
            if attribute:
                pattern += "[A-Za-z']+"  # what it must be is seen when it is filled in again
            elif name in names:
                pattern += f"(?P={name})"
            else:
                names.append(name)
                pattern += f"(?P<{name}>{slots[name].pattern})"
        self.names = frozenset(names)
        self._regex = re.compile(pattern)

    def fill(self, facts: Facts) -> str:
        """The question; facts that it does not name may be missing."""
        return self._format % tuple(
            [write(facts[name]) if write else facts[name] for name, write in self._parts]
        )

    def read(self, text: str) -> Facts | None:
        """The facts that a question states, or None where it is not a question of this phrasing."""
        match = self._regex.fullmatch(text)
        if not match:
            return None
        try:
            facts = {
                name: self._slots[name].read(value) for name, value in match.groupdict().items()
            }
            return facts if self.fill(facts) == text else None
        except (ValueError, KeyError, ArithmeticError, AttributeError):
            return None


def without(facts: Facts, hidden: str) -> Facts:
    """The facts but for the hidden one: `hide` of most families."""
    return {name: value for name, value in facts.items() if name != hidden}


def phrasings(slots: Mapping[str, Slot], *templates: str) -> tuple[Phrasing, ...]:
    """The phrasings of a question."""
    return tuple(Phrasing(template, slots) for template in templates)


class Solution(NamedTuple):
    """An answer, the trace that leads to it, and a program that prints it.

    `answer` is the value of the slot asked for. `trace` has one step a line. Every relation
    (`=`, `<`, ...) in it is a claim about numbers: `values` gives the letters in it a value each
    (a number, or a function of numbers).
    """

    answer: Any
    trace: str
    program: str
    values: Mapping[str, Any] = {}


class Family(Protocol):
    """What a family module defines; r1k.families.linear_equation is one to read first.

    Attributes:
        AREA: the field it belongs to. SUMMARY: one line, for `r1k families`.
        VERSION: raised whenever the pairs of a seed change.
        SLOTS: all slots, `answer` and what may be hidden among them.
        FORWARD: at least eight phrasings. REVERSE: phrasings for each slot that may be hidden, at
            least four each and eight in all.
    """

    AREA: str
    SUMMARY: str
    VERSION: int
    SLOTS: dict[str, Slot]
    FORWARD: tuple[Phrasing, ...]
    REVERSE: dict[str, tuple[Phrasing, ...]]

    def draw(self, d: Draw, difficulty: int, hidden: str) -> Facts | None:
        """Facts of a new problem (all slots but `answer`), or None: draw again.

        `difficulty` is 1 to 5; the reverse problem that hides `hidden` must have one solution.
        """

    def hide(self, facts: Facts, hidden: str) -> Facts:
        """The facts that the reverse question states, from all facts and `answer`: mostly
        `without`; another where the hidden given is a part of a slot."""

    def forward(self, facts: Facts) -> Solution:
        """The forward solution."""

    def reverse(self, facts: Facts, hidden: str) -> Solution:
        """The reverse solution: from all facts, `answer` among them, but it reasons from those
        that are stated."""

    def solve_forward(self, facts: Facts) -> list[Any]:
        """All answers to a forward question with these facts, found in another way than
        `forward` finds them."""

    def solve_reverse(self, facts: Facts, hidden: str) -> list[Any]:
        """All values of `hidden` that fit what `hide` leaves, by search or algebra."""


def stated(answer: str, question: str) -> bool:
    """Whether an answer stands in a question: as a number or a word of its own, without sign.

    >>> stated("5", "15 and 2.5"), stated("-5", "a 5, and"), stated("cab", "The Cab")
    (False, True, True)
    """
    answer, question = answer.removeprefix("-").lower(), question.lower()
    at = question.find(answer)
    while at >= 0:
        end = at + len(answer)
        before, after = question[:at][-2:], question[end : end + 2]
        inside = (
            before[-1:].isalnum()
            or (before[-1:] in ".,:/" and before[:1].isdigit())
            or after[:1].isalnum()
            or (after[:1] in ".,:/" and after[1:].isdigit())
        )
        if not inside:
            return True
        at = question.find(answer, at + 1)
    return False
