"""What people said of each pair, taken together: labels, and whether the pair is validated.

The rule. A response counts where it was submitted, to the pair as it is now; with fewer of them
than the overlap of the pair's first round, the pair is *undecided* (`too_few_responses`). Else:

- More than half say that it is no faithful inverse: *rejected*; the reasons are their labels.
- More than half say faithful, and more than half that the answer is right: *validated*.
- More than half say faithful, and more than half that the answer is wrong: *validated* with a
  corrected answer where those who gave one agree, *rejected* (`answer_wrong`) where nobody did.
- Anything else is *undecided* and needs a third opinion: `faithful_tied`, `answer_tied`,
  `answer_unsure`, `answer_corrected_differently`, `question_corrected_differently`.

A corrected question counts where the pair is validated and those who gave one agree on it, letter
by letter; corrected answers agree where they are equal as answers. *Agree* means: of those who gave
a correction, more than half gave the same. What only repeats what the pair says corrects nothing.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import pandas as pd
from crowdkit.aggregation import DawidSkene

from r1k.schema import AnswerRight, Decision, Faithful, LabelRow, ResponseRow

FAITHFUL: tuple[Faithful, ...] = get_args(Faithful)
ANSWER_RIGHT: tuple[AnswerRight, ...] = get_args(AnswerRight)
# Dawid and Skene's model has a table of errors for each person: from fewer pairs that two people
# judged, it would be fitted to noise.
MIN_PAIRS = 20
Same = Callable[[str, str], bool]


@dataclass(frozen=True)
class Judged:
    """A pair that people were asked about, as the dataset has it now.

    `overlap` is that of its first round; `checks` has `(id, version, outcome)` of each check.
    """

    pair_id: str
    split: str
    overlap: int
    forward_question: str
    forward_answer: str
    reverse_question: str
    reverse_answer: str
    verdict: str
    checks: list[tuple[str, int, str]]


@dataclass(frozen=True)
class Decided:
    """What the rule above says of a pair."""

    decision: Decision
    reasons: list[str]
    answer: str | None = None  # the correction
    question: str | None = None
    third_opinion: bool = False


def majority(values: Iterable[str], of: str) -> bool | None:
    """Whether more than half of the values are `of` (True) or are not (False); None: neither."""
    counts = Counter(value == of for value in values)
    half = counts.total() / 2
    return True if counts[True] > half else False if counts[False] > half else None


def decide(pair: Judged, rows: list[ResponseRow], same: Same) -> Decided:
    """The decision on a pair.

    Args:
        rows: the responses that count, one a person.
        same: whether two answers are equal.
    """
    if len(rows) < max(pair.overlap, 1):
        return Decided("undecided", ["too_few_responses"])
    said = [row.faithful for row in rows if row.faithful]
    faithful = majority(said, "faithful")
    if faithful is None:
        return _open("faithful_tied")
    if not faithful:
        return Decided("rejected", [label for label in FAITHFUL[1:] if label in said])

    questions = [
        row.corrected_question
        for row in rows
        if row.corrected_question and row.corrected_question != pair.reverse_question.strip()
    ]
    question = _agreed(questions, lambda a, b: a == b)
    if questions and question is None:
        return _open("question_corrected_differently")
    right = [row.answer_right for row in rows if row.answer_right]
    if majority(right, "yes"):
        return Decided("validated", [], None, question)
    if not majority(right, "no"):
        return _open("answer_unsure" if majority(right, "unsure") else "answer_tied")
    answers = [
        row.corrected_answer
        for row in rows
        if row.corrected_answer
        and row.answer_right != "yes"
        and not same(row.corrected_answer, pair.reverse_answer)
    ]
    if not answers:
        return Decided("rejected", ["answer_wrong"])
    answer = _agreed(answers, same)
    if answer is None:
        return _open("answer_corrected_differently")
    return Decided("validated", [], answer, question)


def make_labels(
    pairs: Iterable[Judged], counting: Mapping[str, list[ResponseRow]], same: Same
) -> list[LabelRow]:
    """A row for each pair that has a response, of whatever status; `counting` has those that
    count, by pair."""
    learnt = {name: dawid_skene(counting, name) for name in ("faithful", "answer_right")}
    rows = []
    for pair in pairs:
        said = counting.get(pair.pair_id, [])
        decided = decide(pair, said, same)
        labels: dict[str, Any] = {}
        for name, found in learnt.items():
            label, share = plurality([getattr(row, name) for row in said])
            likely, probability = (found or {}).get(pair.pair_id, (None, None))
            labels |= {
                name: label,
                f"{name}_share": share,
                f"{name}_dawid_skene": likely,
                f"{name}_probability": probability,
            }
        quality = [row.quality for row in said if row.quality is not None]
        rows.append(
            LabelRow(
                pair_id=pair.pair_id,
                split=pair.split,
                annotators=len(said),
                **labels,
                quality=round(sum(quality) / len(quality), 6) if quality else None,
                decision=decided.decision,
                reasons=decided.reasons,
                corrected=[n for n in ("answer", "question") if getattr(decided, n)],
                corrected_answer=decided.answer,
                corrected_question=decided.question,
                third_opinion=decided.third_opinion,
            )
        )
    return rows


def plurality(values: Iterable[str | None]) -> tuple[str | None, float | None]:
    """The most frequent value and its share; nothing on a tie, or of nothing."""
    counts = Counter(value for value in values if value is not None).most_common()
    if not counts or (len(counts) > 1 and counts[0][1] == counts[1][1]):
        return None, None
    return counts[0][0], round(counts[0][1] / sum(n for _, n in counts), 6)


def dawid_skene(
    counting: Mapping[str, list[ResponseRow]], question: str
) -> dict[str, tuple[str, float]] | None:
    """The likeliest label of each pair and its probability, by the model of Dawid and Skene.

    None where too few pairs were judged by two people for the model to tell people apart.
    """
    if shared_pairs(counting, question) < MIN_PAIRS:
        return None
    given = [
        (pair_id, row.annotator, getattr(row, question))
        for pair_id in sorted(counting)
        for row in counting[pair_id]
        if getattr(row, question) is not None
    ]
    frame = pd.DataFrame(given, columns=["task", "worker", "label"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crowd-kit uses what pandas is about to drop
        probabilities = DawidSkene(n_iter=1_000).fit_predict_proba(frame)
    likeliest, probability = probabilities.idxmax(axis=1), probabilities.max(axis=1)
    return {
        str(i): (str(likeliest[i]), round(float(probability[i]), 6)) for i in probabilities.index
    }


def shared_pairs(counting: Mapping[str, list[ResponseRow]], question: str) -> int:
    """How many pairs have the answer of at least two people."""
    return sum(
        sum(getattr(row, question) is not None for row in rows) > 1 for rows in counting.values()
    )


def _agreed(values: list[str], same: Same) -> str | None:
    """What more than half of the values say, as it was first said."""
    for value in values:
        if 2 * sum(same(other, value) for other in values) > len(values):
            return value
    return None


def _open(reason: str) -> Decided:
    return Decided("undecided", [reason], third_opinion=True)
