"""Final answers as metrics: on written hard cases, on samples, and on what would hang a parser."""

import json
import math
from pathlib import Path

import pytest

pytest.importorskip("lighteval")
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.requests import Doc

from r1k.evaluation.answers import (
    Answered,
    Answers,
    Consistency,
    OfDirection,
    answer_of,
    is_right,
    majority,
    mean,
    pass_at_k,
)

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("answers.jsonl").read_text(encoding="utf-8").splitlines()
]


def doc(gold: str = "7", question: str = "What is x?", pair: str = "p") -> Doc:
    labels = {"question": question, "pair_id": pair}
    return Doc(query=question, choices=[gold], gold_index=0, specific=labels)


def boxed(*answers: str) -> ModelResponse:
    return ModelResponse(text=[f"The answer is \\boxed{{{answer}}}." for answer in answers])


# A number that only a program would write is not read: two false negatives of these cases.
LIMITS = {"The answer is \\boxed{1.2e1}.", "The answer is \\boxed{1e2}."}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']} {case['reply'][:50]}")
def test_a_written_case(case: dict) -> None:
    answer = answer_of(case["reply"])
    right = answer is not None and is_right(case["question"], case["gold"], answer)
    expected = case["right"] and case["reply"] not in LIMITS
    assert right == expected, f"{case['gold']!r} against {answer!r}"


def test_the_share_of_right_samples_pass_at_k_and_the_majority() -> None:
    replies = boxed("7", "8", "7.0", "9")
    share, some, most = (Answers(how) for how in ("share", "any", "majority"))
    some.k = 2
    assert share.compute(doc(), replies) == 0.5
    # Of the 6 pairs of 4 samples, one has no right one.
    assert some.compute(doc(), replies) == pytest.approx(5 / 6)
    assert most.compute(doc(), replies) == 1.0
    assert most.compute(doc(), boxed("8", "8", "7")) == 0.0
    assert most.compute(doc(), ModelResponse(text=["", ""])) == 0.0


def test_pass_at_k_is_the_share_of_k_subsets_with_a_right_one() -> None:
    for n in range(1, 9):
        for right in range(n + 1):
            for k in range(1, n + 1):
                missed = math.comb(n - right, k) / math.comb(n, k)
                assert pass_at_k(n, right, k) == pytest.approx(1 - missed)


def test_as_many_samples_as_n_or_k_ask_for() -> None:
    metric = Answers("share")
    assert metric.num_samples() == 1
    metric.n, metric.k = 2, 8
    assert metric.num_samples() == 8


def test_the_majority_counts_equal_answers_in_other_notations() -> None:
    assert majority(["1/2", "3", "0.5", None, None, None]) == "1/2"
    assert majority([None]) is None


def test_a_reply_without_an_answer() -> None:
    replies = ModelResponse(text=["<think>\n3 + 4", "The answer is \\boxed{7}."])
    assert Answered().compute(doc(), replies) == 0.5


def test_both_questions_of_a_pair() -> None:
    docs = [doc("7", pair="a"), doc("8", pair="b"), doc("9", pair="a"), doc("1", pair="b")]
    docs.append(doc("2", pair="without its other question"))
    replies = [boxed(answer) for answer in ("7", "8", "9", "2", "2")]
    values = Consistency().compute(docs, replies)
    assert values[:4] == [1.0, 0.0, 1.0, 0.0] and math.isnan(values[4])
    assert mean(values) == 0.5


def test_the_accuracy_of_one_direction() -> None:
    metric, question = OfDirection("reverse"), doc("7")
    question.specific["direction"] = "reverse"
    assert metric.compute(question, boxed("7")) == 1.0
    question.specific["direction"] = "forward"
    assert math.isnan(metric.compute(question, boxed("7")))


def test_no_whole_pair(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        Consistency().compute([doc(pair="a"), doc(pair="b")], [boxed("7"), boxed("7")])
    assert end.value.code == 2 and "--max-samples" in capsys.readouterr().err
