r"""The inverter `mask`: hide one given, state the forward answer, ask for the hidden given.

No model is needed, and the reverse answer is known by construction. That the hidden number is
*uniquely* determined is not: a solver has to show it (check `round_trip`).

Worked example, forward answer 60:

    Ana walks 12 km in 2 hours ...           Ana walks X km in 2 hours ...
                                      ->     The answer to the question above is 60. Find X.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from r1k.schema import Problem, canonical, sha256
from r1k.source.givens import Number, count_values, numbers, parse_plain, stem

VERSION = 1

# Each states the forward answer {a} and asks for the unknown {x}. The forward question, with the
# number replaced, stands above it.
PHRASINGS = (
    "The number {x} above is unknown, but the answer to the question is known: it is {a}. "
    "What is {x}?",
    "If the answer to this question is {a}, what is the value of {x}?",
    "Suppose we already know that the answer is {a}. Find the unknown number {x}.",
    "A number of this problem has been replaced by {x}. The correct answer to the problem is "
    "{a}. Determine {x}.",
    "Working it out correctly gives {a}. Which number does {x} stand for?",
    "Here {x} stands for a number that was left out. Given that the answer comes to {a}, "
    "calculate {x}.",
    "The result asked for is {a}. Work backwards to find {x}.",
    "Knowing that the question above has the answer {a}, recover the value of {x}.",
)
_UNKNOWNS = "XYZWKQUVPNT"
_VAGUE = re.compile(
    r"(?:true|false|yes|no|correct|incorrect|none|undefined|infinite|infinity)\W*", re.IGNORECASE
)
# "(a) ... (b) ...": three searches, one behind the other, for as one pattern they would take time
# quadratic in the length of a hostile question.
_PARTS = (
    re.compile(r"(?:^|\s)\(?(?:a|i|1)[).]\s"),
    re.compile(r"\s\(?(?:b|ii|2)[).]\s"),
    re.compile(r"[?.]"),
)
_MAX_ANSWER = 200
# Answers that many values of a given lead to. Inverting these takes a model and a solver.
_MANY_TO_ONE = (
    (
        r"\b(?:find|what|determine|compute|give)\b[^.?!]{0,40}\bremainders?\b|\bremainder when\b"
        r"|\bmodulo\b|\\p?mod\b|\\bmod\b"
        r"|\blast (?:\w+ )?digits?\b|\b(?:units|rightmost) digits?\b",
        "a remainder",
    ),
    (
        r"\\[lr]?floor|\\[lr]?ceil|\bgreatest integer (?:less|not)"
        r"|\bround(?:ed)? (?:up|down)\b|⌊|⌈",
        "a whole part",
    ),
    (
        r"\b(?:least|smallest|largest|greatest|minimum|maximum|fewest|most)\s+"
        r"(?:(?:possible|positive|odd|even|prime|natural|real|whole)\s+)*"
        r"(?:integer|number of|natural|prime|factor|n\b|\$n\$|possible n\b|\$?k\$?\b)",
        "an extreme whole number",
    ),
    (
        r"\blist[- ](?:i|1|a)\b|\bmatch (?:the|each)\b|\bwhich of the following\b"
        r"|\bis this (?:true|correct)\b|\btrue or false\b|\boptimal\b",
        "a choice",
    ),
)
_MANY = tuple((re.compile(pattern, re.IGNORECASE), what) for pattern, what in _MANY_TO_ONE)


class NoInverse(Exception):
    """This problem cannot be inverted; the text says why, for the row's `reasons`."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A reverse question: its text, the hidden given as it stood, and its value as an answer."""

    question: str
    given: str
    answer: str


def mask(problem: Problem, seed: int) -> Masked:
    """Invert one problem; equal problem and seed give equal text on any machine.

    Raises:
        NoInverse: there is no answer to state, or no given to hide.
    """
    answer = stated_answer(problem)
    question = stem(problem.question)
    for pattern, what in _MANY:
        if pattern.search(question):
            raise NoInverse(f"the question asks for {what}, which many givens would lead to")
    found = numbers(question)
    chosen = _choose(found, answer, seed, problem.question)
    unknown = _unknown(question + " " + answer)
    before, after = question[: chosen.start], question[chosen.end :]
    text = before + _symbol(unknown, before, after) + after
    digest = int(sha256(canonical([seed, "phrasing", problem.question])), 16)
    ask = PHRASINGS[digest % len(PHRASINGS)]
    return Masked(
        question=f"{text.rstrip()}\n\n{ask.format(x=unknown, a=_as_text(answer))}",
        given=chosen.text,
        answer=_value_text(chosen),
    )


def stated_answer(problem: Problem) -> str:
    """The forward answer in words that stand without the list of options.

    Raises:
        NoInverse: no answer, an answer that is only a letter, true/false, or a long text.
    """
    answer = (problem.option or problem.answer or "").strip()
    if not answer:
        raise NoInverse("the forward problem has no answer to state")
    if len(answer) > _MAX_ANSWER:
        raise NoInverse(f"the forward answer is longer than {_MAX_ANSWER} characters")
    letters = re.fullmatch(r"[A-Z]|[A-E](?:\s*,?\s*[A-E])+", answer)
    if not problem.option and letters and answer not in problem.question.split():
        raise NoInverse("the forward answer is the letter of an option whose text was not found")
    if _VAGUE.fullmatch(answer):
        raise NoInverse(f"the forward answer {answer!r} determines no given")
    if "\n\n" in answer:
        raise NoInverse("the forward answer has several paragraphs")
    return answer


def _choose(found: list[Number], answer: str, seed: int, key: str) -> Number:
    """The number to hide: digits before words, the story before the asking sentence."""
    if _has_parts(key):
        raise NoInverse("the question has several parts; it is not known which one is answered")
    counts = count_values(found)
    givens = [n for n in found if n.role in ("given", "word")]
    if not givens:
        why = "no number of the question is a given" if found else "no number in the question"
        raise NoInverse(why)
    once = [n for n in givens if counts[n.value] == 1]
    if not once:
        raise NoInverse("every given stands in the question more than once")
    shown = {n.value for n in numbers(answer)} | {parse_plain(answer) if _digits(answer) else None}
    hidden = [n for n in once if n.value not in shown]
    if not hidden:
        raise NoInverse("every given equals a number of the forward answer")
    best = min(_rank(n) for n in hidden)
    candidates = [n for n in hidden if _rank(n) == best]
    return candidates[int(sha256(canonical([seed, "given", key])), 16) % len(candidates)]


def _has_parts(question: str) -> bool:
    at = 0
    for pattern in _PARTS:
        found = pattern.search(question, at)
        if not found:
            return False
        at = found.end()
    return True


def _digits(answer: str) -> bool:
    return bool(re.fullmatch(r"\d{1,300}(?:\.\d{1,300})?", answer))


def _rank(number: Number) -> int:
    """0 is hidden first. Whole words ("three sides") often say what the number says once more."""
    return 2 * (number.role == "word") + number.asked


def _unknown(text: str) -> str:
    for letter in _UNKNOWNS:
        # Free unless it stands for something already; the first letter of a word does not.
        if not re.search(rf"{letter}(?![a-z])|[A-Za-z]{letter}|_\{{?{letter}", text):
            return letter
    raise NoInverse("every letter for the unknown is taken")


def _symbol(unknown: str, before: str, after: str) -> str:
    """The unknown, set off so that `2x` becomes `X x` and not the product name `Xx`."""
    if re.search(r"\\[A-Za-z]+$", before):
        unknown = " " + unknown
    if re.match(r"\\?[A-Za-z]", after):
        return unknown + " "
    return unknown


def _as_text(answer: str) -> str:
    """The answer as it is put into a sentence: formulas need their dollars."""
    answer = answer.rstrip(".")
    bare = "\\" in answer or re.search(r"[\^_{}]", answer)
    return f"${answer}$" if bare and not re.search(r"\$|\\\(|\\\[", answer) else answer


def _value_text(number: Number) -> str:
    """The hidden value as an answer: digits for words and grouped digits, else as it stood."""
    if number.role == "word" or re.search(r"\d\D+\d{3}(?!\d)", number.text):
        value = number.value
        if value.denominator == 1:
            return str(value)
        return re.sub(r"[^\d.]", "", number.text)
    return number.text


def phrasings() -> Iterable[str]:
    """The sentences that ask, for the manifest."""
    return PHRASINGS
