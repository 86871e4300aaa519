r"""The checks of a pair. Each is a pure function of the pair, with an id and a version.

A check says `pass`, `fail` or `not_run` (its input is missing: no solver, say), and why. The ids,
in the order in which they are recorded, are those of `CHECKS`; `near_duplicate` needs all pairs and
is added by the curation stage. Problems of r1k's own families can be proven exactly: the checks of
r1k.verification.exact are made where one of them is required, and `uncontaminated` where there are
benchmarks to compare with; it is then required. Which checks are required is up to
the config: a pair is rejected if a required check fails, unverified if one could not be run, else
accepted.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from r1k.config import ChecksConfig
from r1k.errors import UserError
from r1k.inversion.blocks import Block
from r1k.inversion.llm import Attempt, Draft
from r1k.schema import Check, Outcome, Problem, Verdict
from r1k.verification import exact
from r1k.verification.equal import Equality, plain_number
from r1k.verification.text import Question, contained, foreign_share, jaccard, overlap
from r1k.verification.uncontaminated import UNCONTAMINATED, check_questions

Result = tuple[Outcome, str]
_MAX_FOREIGN = 0.02
_MIN_OVERLAP = 0.3
_MAX_JACCARD = 0.85
_SAME_TEXT = 0.8


@dataclass
class Subject:
    """What the checks look at: the forward problem, what the inverter made of it, the bounds.

    `right` are the solver's samples that return the hidden given and are complete.
    """

    forward: Problem
    grade: str | None
    draft: Draft
    bounds: ChecksConfig
    equal: Equality
    right: list[Attempt] = field(init=False)

    def __post_init__(self) -> None:
        # Not a cached property: those of Python 3.11 share one lock among all instances, and the
        # other threads would wait for a hostile answer's time limit.
        expected = self.draft.expected or ""
        self.right = [
            a
            for a in self.draft.attempts
            if a.answer is not None and is_complete(a) and self.equal(a.answer, expected)
        ]

    @cached_property
    def asked(self) -> Question:
        """The forward question."""
        return Question(self.forward.question)

    @cached_property
    def reverse(self) -> Question:
        """The reverse question."""
        return Question(self.draft.question or "")

    @cached_property
    def alike(self) -> float:
        """The share of words that the two questions have in common."""
        return jaccard(self.asked.tokens, self.reverse.tokens)

    @cached_property
    def keeps_text(self) -> bool:
        """Whether the reverse question is the forward text with something changed and added."""
        return contained(self.asked.tokens, self.reverse.tokens) >= _SAME_TEXT

    @cached_property
    def needed(self) -> Counter[Fraction]:
        """How often each forward given but the hidden one must stand in the reverse question.

        A question told anew may mention a given once that was mentioned twice; one that keeps the
        forward text must keep every number, "twice" and "half" included.
        """
        needed = (self.asked.mentions if self.keeps_text else self.asked.givens).copy()
        hidden = plain_number(self.draft.expected or "")
        if hidden is not None:
            value = abs(hidden[0])
            needed[value if needed[value] else value / 100] -= 1
        return needed

    @cached_property
    def forward_answer(self) -> str:
        """The forward answer as it can be stated without a list of options."""
        return self.forward.option or self.forward.answer or ""

    def kept(self) -> Attempt | None:
        """The sample whose trace is kept: the shortest right one, else the first complete one."""
        if self.right:
            return min(self.right, key=lambda a: (len(a.trace), a.trace))
        return next((a for a in self.draft.attempts if is_complete(a)), None)

    def trace(self) -> str:
        """The reverse trace that is kept; empty where there is none."""
        kept = self.kept()
        return kept.trace if kept else self.draft.trace or ""


def is_complete(attempt: Attempt) -> bool:
    """Whether a sample ended by itself, closed its tags and came to an answer."""
    return (
        not attempt.error
        and attempt.finish_reason != "length"
        and attempt.tags_closed
        and attempt.answer is not None
    )


def parsed(s: Subject) -> Result:
    """The inverter made a reverse question, named the given it hides, and its answer."""
    if s.draft.failure:
        return "fail", s.draft.failure
    missing = [n for n in ("question", "given", "expected") if not getattr(s.draft, n)]
    return ("fail", f"the inverter left out: {', '.join(missing)}") if missing else ("pass", "")


def complete(s: Subject) -> Result:
    """At least one solver sample ended by itself, closed its tags and gave an answer."""
    if not s.draft.attempts:
        return "not_run", "no solver"
    if all(a.error for a in s.draft.attempts):
        return "not_run", f"no completion: {_why_incomplete(s.draft.attempts)}"
    whole = sum(map(is_complete, s.draft.attempts))
    evidence = f"{whole} of {len(s.draft.attempts)} samples complete"
    if whole:
        return "pass", evidence
    return "fail", f"{evidence}: {_why_incomplete(s.draft.attempts)}"


def _why_incomplete(attempts: list[Attempt]) -> str:
    whys = Counter(
        a.error
        or ("cut at max_tokens" if a.finish_reason == "length" else "")
        or ("think tag left open" if not a.tags_closed else "no final answer")
        for a in attempts
    )
    return ", ".join(f"{why} ({n})" for why, n in sorted(whys.items()))


def length(s: Subject) -> Result:
    """Question, trace and answer are neither empty nor too long."""
    trace = s.trace()
    sizes = (
        ("question", len(s.draft.question or ""), s.bounds.max_question_chars),
        ("trace", len(trace), s.bounds.max_trace_chars),
        ("answer", len(s.draft.expected or ""), s.bounds.max_answer_chars),
        ("forward question", len(s.forward.question), s.bounds.max_question_chars),
        ("forward trace", len(s.forward.trace or ""), s.bounds.max_trace_chars),
        ("forward answer", len(s.forward_answer), s.bounds.max_answer_chars),
    )
    over = [f"{name} {size} > {most} characters" for name, size, most in sizes if size > most]
    return ("fail", "; ".join(over)) if over else ("pass", "")


def language(s: Subject) -> Result:
    """Reverse question and trace are in the scripts of the forward question."""
    for name, text in (("question", s.draft.question or ""), ("trace", s.trace())):
        share = foreign_share(text, s.forward.question)
        if share > _MAX_FOREIGN:
            return "fail", f"{share:.0%} of the letters of the {name} are in another script"
    return "pass", ""


def not_paraphrase(s: Subject) -> Result:
    """The reverse question does not ask for the forward answer again."""
    for answer in filter(None, (s.forward_answer, s.forward.reference)):
        if s.equal(s.draft.expected or "", answer) and not s.asked.count(answer):
            return "fail", "its answer is the forward answer"
    hidden = plain_number(s.draft.expected or "")
    givens = s.asked.givens
    kept_all = bool(givens) and all(s.reverse.counts[v] >= n for v, n in givens.items())
    evidence = f"{s.alike:.0%} of the words shared"
    if s.alike >= _MAX_JACCARD and (kept_all or not hidden):
        return "fail", f"{evidence}, and no given is hidden"
    return "pass", evidence


def forward_answer_given(s: Subject) -> Result:
    """The forward answer, or the source's reference for it, stands in the reverse question."""
    answers = dict.fromkeys(filter(None, (s.forward_answer, s.forward.reference)))
    for answer in answers:
        if _is_stated(s, answer):
            return "pass", f"{_short(answer)} is stated"
    return "fail", f"{' or '.join(map(_short, answers))} is not stated as a given of its own"


def _is_stated(s: Subject, answer: str) -> bool:
    number = plain_number(answer)
    if number is None:
        return s.reverse.count(answer, s.equal) > 0
    # Where a forward given has the same value, the answer must stand there beside it.
    value = abs(number[0])
    if s.reverse.counts[value] > max(0, s.needed[value]):
        return True
    return any(is_rounded(value, n.text, n.value) for n in s.reverse.numbers)


def is_rounded(value: Fraction, text: str, rounded: Fraction) -> bool:
    r"""Whether `text`, of value `rounded`, is `value` to three or more significant digits.

    >>> is_rounded(Fraction(257247878), r"2.572 \times 10^8", Fraction(257200000))
    True
    """
    mantissa = re.match(r"[\d.,]*", text)
    shown = mantissa.group() if mantissa else ""
    shown = shown if "." in shown else shown.rstrip("0,")  # 257,000,000 has three digits
    digits = len(re.sub(r"\D", "", shown).lstrip("0"))
    if digits < 3 or value == rounded or value > 10**300:
        return False
    return Fraction(f"{float(value):.{digits - 1}e}") == rounded


def answer_is_given(s: Subject) -> Result:
    """The reverse answer is a given of the forward problem."""
    expected = s.draft.expected or ""
    found = s.asked.count(expected, s.equal)
    return ("pass" if found else "fail"), (
        f"{_short(expected)} stands {found} times in the forward question"
        if found
        else f"{_short(expected)} does not stand in the forward question"
    )


def answer_hidden(s: Subject) -> Result:
    """The reverse answer does not stand in the reverse question.

    A value that the forward question states several times may stay as often less one, and once
    more if the forward answer, which must be stated, has the same value.
    """
    expected, number = s.draft.expected or "", plain_number(s.draft.expected or "")
    here = s.reverse.count(expected)
    allowed = max(0, s.asked.count(expected) - 1)
    stated = plain_number(s.forward_answer)
    if number is not None and stated is not None and abs(number[0]) == abs(stated[0]):
        allowed += 1
    if here > allowed:
        return "fail", f"{_short(expected)} stands {here} times, {allowed} allowed"
    return "pass", ""


def givens_kept(s: Subject) -> Result:
    """Every other given of the forward question stands in the reverse question too."""
    stated = plain_number(s.forward_answer)
    lost = []
    for value, times in s.needed.items():
        here = s.reverse.counts[value]
        if stated is not None and abs(stated[0]) == value:
            here -= 1
        if here < times:
            lost.append(value)
    if lost:
        return "fail", f"lost: {', '.join(map(str, sorted(lost)[:10]))}"
    return "pass", f"{sum(n for n in s.needed.values() if n > 0)} kept"


def same_problem(s: Subject) -> Result:
    """The reverse question is about what the forward question is about."""
    share = overlap(s.asked.content, s.reverse.content)
    answer = Question(s.forward_answer).content
    if share < _MIN_OVERLAP and answer and answer <= s.reverse.content:
        # A clue of seven words and its inverse need not share one but the word it led to.
        return "pass", f"it is about the forward answer {_short(s.forward_answer)}"
    return ("pass" if share >= _MIN_OVERLAP else "fail"), f"{share:.0%} of the content words shared"


def answers_equal(s: Subject) -> Result:
    """The expected answer equals the hidden given, by math-verify."""
    given, expected = s.draft.given or "", s.draft.expected or ""
    outcome = s.equal.outcome(expected, given)
    if outcome == "equal":
        return "pass", ""
    number, inside = plain_number(expected), Question(given).counts
    if number is not None and list(inside) == [abs(number[0])]:
        return "pass", "the only number of the given"
    return "fail", f"{_short(expected)} and {_short(given)}: {outcome}"


def round_trip(s: Subject) -> Result:
    """Solving the reverse question from its own text alone returns the hidden given."""
    total = len(s.draft.attempts)
    if not total:
        return "not_run", "no solver"
    if all(a.error for a in s.draft.attempts):
        return "not_run", f"no completion: {_why_incomplete(s.draft.attempts)}"
    share = len(s.right) / total
    others = Counter(a.answer or "no answer" for a in s.draft.attempts if a not in s.right)
    most = sorted(others.items(), key=lambda x: (-x[1], x[0]))[:3]
    shown = ", ".join(f"{_short(a)} ({n})" for a, n in most)
    evidence = f"{len(s.right)} of {total} samples return {_short(s.draft.expected or '')}"
    evidence += f"; others: {shown}" if shown else ""
    return ("pass" if share >= s.bounds.min_agreement else "fail"), evidence


def forward_verified(s: Subject) -> Result:
    """The forward answer equals the answer of the source's second text, or was graded right.

    A source with one text only has one answer: its own reference, which passes as such.
    """
    answer, reference = s.forward.answer or "", s.forward.reference
    graded = (s.grade or "").strip().lower()
    if reference is not None:
        outcome = s.equal.outcome(answer, reference)
        if outcome != "equal" and s.forward.option:
            outcome = s.equal.outcome(s.forward.option, reference)
        if outcome == "equal":
            return "pass", f"equals the reference {_short(reference)}"
        if graded == "yes":
            return "pass", f"graded right by the source; against {_short(reference)}: {outcome}"
        return "fail", f"{_short(answer)} against the reference {_short(reference)}: {outcome}"
    if graded in ("yes", "no"):
        return ("pass" if graded == "yes" else "fail"), f"the source grades it {graded!r}"
    return "pass", "it is the source's own reference"


CHECKS: tuple[tuple[str, int, Callable[[Subject], Result]], ...] = (
    ("parsed", 1, parsed),
    ("complete", 1, complete),
    ("length", 1, length),
    ("language", 1, language),
    ("not_paraphrase", 1, not_paraphrase),
    ("forward_answer_given", 1, forward_answer_given),
    ("answer_is_given", 1, answer_is_given),
    ("answer_hidden", 1, answer_hidden),
    ("givens_kept", 1, givens_kept),
    ("same_problem", 1, same_problem),
    ("answers_equal", 1, answers_equal),
    ("round_trip", 1, round_trip),
    ("forward_verified", 1, forward_verified),
)
NEAR_DUPLICATE = ("near_duplicate", 1)
IDS = (
    *(check_id for check_id, _, _ in CHECKS), NEAR_DUPLICATE[0], UNCONTAMINATED[0], *exact.IDS,
)  # fmt: skip
# These are about the source or the reply, and need no reverse question.
_ALWAYS = ("parsed", "length", "forward_verified")


def run_checks(s: Subject) -> list[Check]:
    """All checks of one pair. After a failure of `parsed` or `length` the rest is not run."""
    required = set(s.bounds.required) | {"parsed"}
    done: list[Check] = []
    broken = ""
    for check_id, version, function in CHECKS:
        if broken and check_id not in _ALWAYS:
            outcome, evidence = "not_run", f"after {broken} failed"
        else:
            outcome, evidence = function(s)
        if outcome == "fail" and check_id in ("parsed", "length"):
            broken = broken or check_id
        done.append(
            Check(
                id=check_id,
                version=version,
                outcome=outcome,  # type: ignore[arg-type]
                required=check_id in required,
                evidence=evidence,
            )
        )
    if s.bounds.against:
        done.append(_uncontaminated(s, s.bounds.against))
    if required & set(exact.IDS):
        done += _exact_checks(s, required, broken)
    return done


def _uncontaminated(s: Subject, against: list[str]) -> Check:
    outcome, evidence = check_questions(
        s.forward.question, s.draft.question or "", against, s.bounds.benchmarks
    )
    name, version = UNCONTAMINATED
    return Check(id=name, version=version, outcome=outcome, required=True, evidence=evidence)


def _exact_checks(s: Subject, required: set[str], broken: str) -> list[Check]:
    if broken:
        return exact.as_checks(None, f"after {broken} failed", required)
    forward = Block(s.forward.question, s.forward.trace or "", s.forward_answer)
    reverse = Block(s.draft.question or "", s.trace(), s.draft.expected or "")
    return exact.as_checks(*s.equal.run(exact.prove_texts, forward, reverse), required)


def verdict(checks: list[Check]) -> tuple[Verdict, list[str]]:
    """The verdict on a pair, and the ids of the required checks that decided it.

    A failed `parsed` is followed by its evidence: it says why there is no reverse question.
    """
    failed = [c for c in checks if c.required and c.outcome == "fail"]
    if failed:
        return "rejected", [f"{c.id}: {c.evidence}" if c.id == "parsed" else c.id for c in failed]
    unrun = [c.id for c in checks if c.required and c.outcome == "not_run"]
    return ("unverified", unrun) if unrun else ("accepted", [])


def check_ids(required: list[str]) -> None:
    """Refuse unknown ids.

    Raises:
        UserError: a required check does not exist.
    """
    for name in required:
        if name not in IDS:
            raise UserError(f"checks.required: no check {name!r}; there are {', '.join(IDS)}")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
