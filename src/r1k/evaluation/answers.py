"""Final answers as lighteval metrics: the share of right samples, pass@k, majority, consistency.

An answer is found as everywhere in r1k (`source/answers.py`: the last box, "the answer is X", a
last line), and compared as everywhere (`verification/equal.py`: math-verify, in bounded
processes). Where a reply marks its reasoning, its answer is looked for in what follows; reasoning
that was never closed was cut off, and has none.
"""

import atexit
import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from lighteval.metrics.metrics_sample import SampleLevelComputation, SamplingMetric
from lighteval.metrics.utils.metric_utils import SampleLevelMetric
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.requests import Doc, SamplingMethod

from r1k.evaluation.command import stop
from r1k.source.answers import final_answer, options, resolve_option
from r1k.verification.equal import Equality

# Who writes so many empty lines has lost the thread. Without any stop, `transformers serve` fails
# on the empty list that lighteval's endpoint backend sends.
STOP = ["\n" * 8]
_MAX_ENDING = 20_000  # characters of a reply in which its answer is looked for: bounds the time


@cache
def equality() -> Equality:
    """The comparer of this process, stopped at its end."""
    equal = Equality()
    atexit.register(equal.close)
    return equal


def answer_of(reply: str) -> str | None:
    r"""The final answer of a reply; None where it has none.

    >>> answer_of("<think>\n12 * 3 = 36, or \\boxed{35}?\n</think>\n\nThe answer is \\boxed{36}.")
    '36'
    >>> answer_of("<think>\nThe answer is 35. But wait,")
    """
    _, closed, answer = reply.rpartition("</think>")
    if "<think>" in (answer if closed else reply):
        return None
    found = final_answer(answer[-_MAX_ENDING:])
    # What is left of a box that could not be read is no answer, though a number may stand in it.
    return found[0] if found and "\\boxed" not in found[0] else None


@lru_cache(maxsize=65_536)
def is_right(question: str, gold: str, answer: str) -> bool:
    """Whether an answer equals the gold one; where the question has options, by letter or text."""
    choices = options(question)
    letter, text = resolve_option(gold, choices)
    given = resolve_option(answer, choices)[0]
    return equality()(given, letter) or (text is not None and equality()(answer, text))


def scores(doc: Doc, response: ModelResponse) -> list[bool]:
    """Which replies to a question are right. Its text and gold answer are in `doc`."""
    answers = map(answer_of, response.text)
    question, gold = doc.specific["question"], doc.choices[0]
    return [answer is not None and is_right(question, gold, answer) for answer in answers]


class Answers(SamplingMetric, SampleLevelComputation):
    """The share of n samples that are right, pass@k, or whether the majority's answer is.

    n and k are set on lighteval's command line, with a temperature above 0:
    `r1k:forward@n=8@k=4|0`.

    (lighteval's own PassAtK gives 1 where n is less than k, and its MajAtN compares texts.)
    """

    def __init__(self, how: str):
        super().__init__()
        self.how, self.n, self.k = how, 1, 1

    def num_samples(self) -> int:
        """Samples a question."""
        return max(self.n, self.k)

    def compute(self, doc: Doc, model_response: ModelResponse, **_: Any) -> float:
        """The score of one question, 0 to 1."""
        if self.how == "majority":
            answer = majority([answer_of(reply) for reply in model_response.text])
            found = answer and is_right(doc.specific["question"], doc.choices[0], answer)
            return float(bool(found))
        right = scores(doc, model_response)
        if self.how == "share":
            return sum(right) / len(right)
        return pass_at_k(len(right), sum(right), self.k)


def pass_at_k(n: int, right: int, k: int) -> float:
    """The chance that one of k samples is right, estimated without bias from n, of which `right`
    are (Chen et al. 2021, equation 1)."""
    missed = 1.0
    for i in range(k):
        missed *= max(n - right - i, 0) / (n - i)
    return 1.0 - missed


def majority(answers: Sequence[str | None]) -> str | None:
    """The answer that most replies give, of equals the first; no answer counts for nothing."""
    groups: list[list[str]] = []
    for answer in answers:
        if answer is not None:
            same = next((group for group in groups if equality()(answer, group[0])), None)
            groups.append([answer]) if same is None else same.append(answer)
    return max(groups, key=len)[0] if groups else None


class Answered(SampleLevelComputation):
    """The share of replies that give an answer at all: what is cut off does not."""

    def compute(self, doc: Doc, model_response: ModelResponse, **_: Any) -> float:
        """0 to 1."""
        given = [answer_of(reply) is not None for reply in model_response.text]
        return sum(given) / len(given)


class OfDirection(SampleLevelComputation):
    """Whether the answer to a question of one direction is right; not a number for the other's."""

    def __init__(self, direction: str):
        self.direction = direction

    def compute(self, doc: Doc, model_response: ModelResponse, **_: Any) -> float:
        """1, 0, or not a number."""
        here = doc.specific["direction"] == self.direction
        return float(scores(doc, model_response)[0]) if here else math.nan


class Consistency(SampleLevelComputation):
    """Whether both problems of a question's pair are solved."""

    def compute(self, docs: list[Doc], responses: list[ModelResponse], **_: Any) -> list[float]:
        """1 or 0 for each question, the same for both of a pair; not a number where its other is
        missing (lighteval's --max-samples takes questions, not pairs)."""
        pairs = defaultdict(list)
        for doc, response in zip(docs, responses, strict=True):
            pairs[doc.specific["pair_id"]].append(scores(doc, response)[0])
        if all(len(solved) < 2 for solved in pairs.values()):
            stop("no pair has both its questions here: take more --max-samples")
        whole = {pair: float(all(solved)) for pair, solved in pairs.items() if len(solved) == 2}
        return [whole.get(doc.specific["pair_id"], math.nan) for doc in docs]


def mean(values: Sequence[float]) -> float:
    """The mean of what is a number. Its standard error, which lighteval adds, takes samples for
    independent; `r1k results` clusters them by pairs."""
    return float(np.nanmean(values))


def metric(name: str, fn: SampleLevelComputation, batched: bool = False) -> SampleLevelMetric:
    """A metric of generated replies: the mean of what `fn` finds for each question."""
    return SampleLevelMetric(
        metric_name=name,
        higher_is_better=True,
        category=SamplingMethod.GENERATIVE,
        sample_level_fn=fn,
        corpus_level_fn=mean,
        batched_compute=batched,
    )


def of_questions() -> list[SampleLevelMetric]:
    """Accuracy (the mean over n samples), pass@k, majority, and how many replies have an answer."""
    # lighteval sets n and k only for metrics with an @ in their name.
    return [
        metric("accuracy@n", Answers("share")),
        metric("pass@k", Answers("any")),
        metric("majority@n", Answers("majority")),
        metric("answered", Answered()),
    ]


def of_pairs() -> list[SampleLevelMetric]:
    """Consistency, and the accuracy of each direction, from one reply a question."""
    return [
        metric("consistency", Consistency(), batched=True),
        metric("forward", OfDirection("forward")),
        metric("reverse", OfDirection("reverse")),
        metric("answered", Answered()),
    ]
