"""Reading a question as givens and content words: what the checks compare."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from r1k.source.givens import Number, count_values, numbers, stem
from r1k.verification.equal import normalise, plain_number

_TOKEN = re.compile(r"[^\W_]+", re.UNICODE)
_MATH = re.compile(
    r"\$\$(.{1,600}?)\$\$|\$(.{1,600}?)\$|\\\((.{1,600}?)\\\)|\\\[(.{1,600}?)\\\]", re.DOTALL
)
_MAX_FORMULAS = 8
# ℏ, ℓ, ª, superscripts: symbols of formulas, by the first word of their Unicode names.
_SYMBOLS = """
PLANCK SCRIPT DOUBLE-STRUCK BLACK-LETTER FEMININE MASCULINE ANGSTROM SUPERSCRIPT SUBSCRIPT MODIFIER
MICRO OHM
"""
# Bounds and constants are poor givens to hide, but a problem is another one without them.
_STATED = ("given", "word", "bound", "constant", "ratio")
_STOP_WORDS = """
the and for are was were has have had his her its their this that these those with from into what
which who how many much does did doe than then each every all any if not but can will would one two
there they them you your our out per more less value answer question above find number unknown known
suppose given problem result left right frac text mathrm sqrt cdot times quad let determine
calculate compute asked correct stand stands replaced work working backwards total variable know
after before when where while been being also between same such only
"""
_STOP = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True)
class Question:
    """A question, read once for all checks: its numbers, words and formulas."""

    text: str

    @cached_property
    def numbers(self) -> list[Number]:
        """All numbers of the question."""
        return numbers(self.text)

    @cached_property
    def counts(self) -> Counter[Fraction]:
        """How often each value stands in it."""
        return count_values(self.numbers)

    @cached_property
    def givens(self) -> Counter[Fraction]:
        """The value of each given, counted once for each thing that it counts.

        "5 apples ... those 5 apples" is one given; "5 apples and 5 pears" are two.
        """
        stated = [n for n in self.numbers if n.role in _STATED]
        things = dict.fromkeys((n.value, _next_word(self.text, n.end)) for n in stated)
        return Counter(value for value, _ in things)

    @cached_property
    def mentions(self) -> Counter[Fraction]:
        """The value of each given, and of words such as "twice", as often as it is mentioned."""
        return Counter(n.value for n in self.numbers if n.role in (*_STATED, "implied"))

    @cached_property
    def tokens(self) -> list[str]:
        """Words and numbers in order, without case; LaTeX commands count as words."""
        return [t.casefold() for t in _TOKEN.findall(stem(self.text))]

    @cached_property
    def content(self) -> set[str]:
        """The words that say what the problem is about."""
        words = {t for t in self.tokens if len(t) > 2 and not t.isdigit()}
        return {t.removesuffix("s") for t in words - _STOP}

    @cached_property
    def squeezed(self) -> str:
        """The text without the differences of typesetting."""
        return normalise(self.text)

    @cached_property
    def formulas(self) -> list[str]:
        """Its first formulas, and what stands to the right of their equals signs."""
        found = ["".join(m.groups(default="")).strip() for m in _MATH.finditer(self.text)]
        found += [f.rpartition("=")[2].strip() for f in found if "=" in f]
        return [f for f in dict.fromkeys(found) if f][:_MAX_FORMULAS]

    def count(self, answer: str, equal: Callable[[str, str], bool] | None = None) -> int:
        """How often an answer stands in the question: as a number, as words, or as a formula.

        Formulas that are written differently are compared by `equal`, where one is passed.
        """
        number = plain_number(answer)
        if number is not None:
            # "half as many" may have become "x% as many", with the answer 50.
            percent = sum(100 * n.value == number[0] for n in self.numbers if n.role == "implied")
            return self.counts[abs(number[0])] + percent
        words = _TOKEN.findall(answer)
        if words and re.fullmatch(r"[\w\s'’,.;:()-]+", answer) and not re.search(r"\d", answer):
            # "Co", "CO", "ACD": case matters.
            exact = len(answer.strip()) <= 2 or (
                len(answer.strip()) == 3 and not answer.strip()[1:].islower()
            )
            have = _TOKEN.findall(self.text) if exact else self.tokens
            want = words if exact else [w.casefold() for w in words]
            return sum(have[i : i + len(want)] == want for i in range(len(have) - len(want) + 1))
        squeezed = normalise(answer)
        if len(squeezed) > 1 and squeezed in self.squeezed:
            return self.squeezed.count(squeezed)
        if equal and any(equal(formula, answer) for formula in self.formulas):
            return 1
        return 0


def overlap(a: set[str], b: set[str]) -> float:
    """Shared words as a share of the smaller set; 1 where one of the two has none to compare."""
    return len(a & b) / min(len(a), len(b)) if a and b else 1.0


def jaccard(a: list[str], b: list[str]) -> float:
    """Shared tokens as a share of all, counted with repetition."""
    x, y = Counter(a), Counter(b)
    union = (x | y).total()
    return (x & y).total() / union if union else 1.0


def contained(a: list[str], b: list[str]) -> float:
    """The share of the tokens `a` that are among the tokens `b`, counted with repetition."""
    return (Counter(a) & Counter(b)).total() / len(a) if a else 0.0


def foreign_share(text: str, reference: str) -> float:
    """The share of the letters of `text` in scripts that `reference` does not use.

    A model that slips into another script (as reasoning models do) is found whatever the language;
    two languages in the same script are not told apart. Greek always belongs to formulas.
    """
    if text.isascii():
        return 0.0
    allowed = {_script(c) for c in set(reference) if c.isalpha()}
    allowed |= {"LATIN", "GREEK", "MATHEMATICAL"}
    letters = Counter(c for c in text if c.isalpha())
    foreign = sum(n for c, n in letters.items() if _script(c) not in allowed)
    return foreign / max(1, letters.total())


def _script(letter: str) -> str:
    first = unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0]
    return "LATIN" if first in _SYMBOLS.split() else first


def _next_word(text: str, at: int) -> str:
    found = re.compile(r"[A-Za-z]{2,}").search(text, at, at + 25)
    return found.group().casefold().removesuffix("s") if found else ""
