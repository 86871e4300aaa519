"""Labels and decisions: the rule case by case, and what weighing people is worth."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from r1k.annotation.labels import FAITHFUL, Judged, decide, make_labels, plurality
from r1k.annotation.pseudonyms import Pseudonyms
from r1k.annotation.responses import counting, make_rows
from r1k.schema import ResponseRow
from r1k.verification.equal import Equality
from tests.annotation.people import fetched, said
from tests.pairs import make_pair


@pytest.fixture(scope="module")
def same() -> Iterator[Equality]:
    with Equality() as equality:
        yield equality


def judged(i: int = 4, overlap: int = 2) -> Judged:
    pair = make_pair(i)
    assert pair.reverse and pair.reverse.answer
    return Judged(
        pair.pair_id, "train", overlap, pair.forward.question, "7", pair.reverse.question,
        pair.reverse.answer, "accepted", [],
    )  # fmt: skip


def rows_of(folder: Path, *people: dict[str, Any]) -> list[ResponseRow]:
    """The rows of one pair, of one person each."""
    pair = make_pair(4)
    responses = [said(pair, f"user {i}", **answers) for i, answers in enumerate(people)]
    contents = {r.pair_id: r.content or "" for r in responses}
    rows = make_rows(fetched(responses), Pseudonyms(folder), contents)
    return counting(rows).get(pair.pair_id, [])


YES: dict[str, Any] = {}
NO: dict[str, Any] = {"right": "no"}
UNSURE: dict[str, Any] = {"right": "unsure"}


@pytest.mark.parametrize(
    ("people", "decision", "reasons", "answer"),
    [
        ([YES], "undecided", ["too_few_responses"], None),
        ([YES, {"status": "draft"}], "undecided", ["too_few_responses"], None),
        ([YES, {"status": "discarded"}], "undecided", ["too_few_responses"], None),
        ([YES, YES], "validated", [], None),
        ([YES, YES, NO], "validated", [], None),
        ([YES, {"faithful": "other"}], "undecided", ["faithful_tied"], None),
        ([{"faithful": "other"}, {"faithful": "other"}, YES], "rejected", ["other"], None),
        # No faithful inverse, whatever the label: nobody has to be asked again.
        ([{"faithful": "contradicts"}, {"faithful": "paraphrase"}], "rejected",
         ["paraphrase", "contradicts"], None),
        ([YES, NO], "undecided", ["answer_tied"], None),
        ([UNSURE, UNSURE], "undecided", ["answer_unsure"], None),
        ([NO, NO], "rejected", ["answer_wrong"], None),
        ([NO | {"corrected_answer": "5"}, NO], "validated", [], "5"),
        ([NO | {"corrected_answer": "5"}] * 2, "validated", [], "5"),
        ([NO | {"corrected_answer": r"\frac{1}{2}"}, NO | {"corrected_answer": " $0.5$ "}],
         "validated", [], r"\frac{1}{2}"),
        ([NO | {"corrected_answer": "5"}, NO | {"corrected_answer": "6"}], "undecided",
         ["answer_corrected_differently"], None),
        ([NO | {"corrected_answer": "5"}, NO | {"corrected_answer": "6"},
          NO | {"corrected_answer": "5.0"}], "validated", [], "5"),
        # Most find the answer right: what one person would have instead does not count.
        ([YES, YES, NO | {"corrected_answer": "5"}], "validated", [], None),
        # A correction that says what is there already is none.
        ([NO | {"corrected_answer": "4"}, NO], "rejected", ["answer_wrong"], None),
        ([NO | {"corrected_answer": "  "}, NO], "rejected", ["answer_wrong"], None),
        # A hostile one is never evaluated, and agrees with no other.
        ([NO | {"corrected_answer": "10^{10^{10^{10}}}"}, NO | {"corrected_answer": "5"}],
         "undecided", ["answer_corrected_differently"], None),
    ],
)  # fmt: skip
def test_decisions(
    tmp_path: Path, same: Equality, people: list[dict[str, Any]], decision: str,
    reasons: list[str], answer: str | None,
) -> None:  # fmt: skip
    found = decide(judged(), rows_of(tmp_path, *people), same)
    assert (found.decision, found.reasons, found.answer) == (decision, reasons, answer)
    assert found.third_opinion == (decision == "undecided" and reasons != ["too_few_responses"])


def test_corrected_questions(tmp_path: Path, same: Equality) -> None:
    new = {"corrected_question": "How many apples had she?\n"}
    other = {"corrected_question": "How many apples had Ann?"}
    found = decide(judged(), rows_of(tmp_path, YES | new, YES), same)
    assert (found.decision, found.question) == ("validated", "How many apples had she?")
    found = decide(judged(), rows_of(tmp_path, YES | new, YES | other), same)
    assert found.reasons == ["question_corrected_differently"] and found.third_opinion
    found = decide(judged(), rows_of(tmp_path, YES | new, YES | other, YES | new), same)
    assert found.question == "How many apples had she?"
    found = decide(
        judged(),
        rows_of(tmp_path, YES | {"corrected_question": judged().reverse_question}, YES),
        same,
    )
    assert (found.decision, found.question) == ("validated", None)
    both = NO | new | {"corrected_answer": "5"}
    found = decide(judged(), rows_of(tmp_path, both, both), same)
    assert (found.answer, found.question) == ("5", "How many apples had she?")


def test_overlap_is_what_is_enough(tmp_path: Path, same: Equality) -> None:
    assert decide(judged(overlap=1), rows_of(tmp_path, YES), same).decision == "validated"
    assert decide(judged(overlap=3), rows_of(tmp_path, YES, YES), same).decision == "undecided"


def test_plurality() -> None:
    assert plurality(["a", "b", "a", None]) == ("a", 0.666667)
    assert plurality(["a", "b"]) == plurality([]) == (None, None)


def simulated(folder: Path, errors: list[float], n: int, seed: int) -> tuple[list[str], Any]:
    """True labels of n pairs, and the rows of people who are wrong with these probabilities."""
    rng = np.random.default_rng(seed)
    truth = [FAITHFUL[k] for k in rng.choice(5, n, p=[0.5, 0.2, 0.15, 0.1, 0.05])]
    responses = []
    for i, label in enumerate(truth):
        for person, error in enumerate(errors):
            wrong = rng.random() < error
            said_ = FAITHFUL[rng.integers(5)] if wrong else label
            responses.append(said(make_pair(i), f"user {person}", said_))
    contents = {r.pair_id: r.content or "" for r in responses}
    return truth, counting(make_rows(fetched(responses), Pseudonyms(folder), contents))


def test_dawid_skene_beats_majority_where_people_are_bad(tmp_path: Path, same: Equality) -> None:
    """Two careful people against three who mostly guess."""
    truth, said_ = simulated(tmp_path, [0.05, 0.05, 0.8, 0.8, 0.8], 300, seed=3)
    labels = make_labels([judged(i, 1) for i in range(300)], said_, same)
    majority = [row.faithful == label for row, label in zip(labels, truth, strict=True)]
    learnt = [row.faithful_dawid_skene == label for row, label in zip(labels, truth, strict=True)]
    assert sum(learnt) > sum(majority) + 15 and sum(learnt) > 0.93 * 300
    assert all(0 < (row.faithful_probability or 0) <= 1 for row in labels)
    # What it is sure of it is right about more often than what it is not.
    sure = [
        ok for row, ok in zip(labels, learnt, strict=True) if (row.faithful_probability or 0) > 0.99
    ]
    assert sum(sure) / len(sure) >= sum(learnt) / 300


def test_dawid_skene_is_not_fitted_to_a_handful(tmp_path: Path, same: Equality) -> None:
    _, said_ = simulated(tmp_path, [0.1, 0.1], 19, seed=3)
    labels = make_labels([judged(i) for i in range(19)], said_, same)
    assert {row.faithful_dawid_skene for row in labels} == {None}
    _, said_ = simulated(tmp_path, [0.1, 0.1], 20, seed=3)
    labels = make_labels([judged(i) for i in range(20)], said_, same)
    assert None not in {row.faithful_dawid_skene for row in labels}
    assert {row.answer_right_dawid_skene for row in labels} == {"yes"}  # all said so
