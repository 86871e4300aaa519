"""Inversions as lighteval metrics: does the model's reverse problem pass the exact checks?

They know r1k's own families, which datasets/r1k is made of; an inversion of another problem counts
as not proven. A reply may be the JSON that `r1k generate` asks a model for, or a block, which
models trained on the view `inversion` write; only a block has a trace to check.
"""

from typing import Any

from lighteval.metrics.metrics_sample import SampleLevelComputation
from lighteval.metrics.utils.metric_utils import SampleLevelMetric
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.requests import Doc

from r1k.evaluation.answers import equality, metric
from r1k.inversion.blocks import Block, read_block
from r1k.inversion.llm import invert_text, parse_reversal
from r1k.verification.exact import prove_texts

_OF_QUESTIONS = ("forward_exact", "reverse_exact", "inverse_exact", "answers_hidden")


def prompt(block: str) -> str:
    """What `r1k generate` asks an inverting model, for a forward problem in block form."""
    problem = read_block(block)
    return invert_text(problem.question, problem.trace, problem.answer)


def read_reply(reply: str) -> Block | None:
    """The reverse problem of a reply; None where it states none."""
    try:
        return read_block(reply)
    except ValueError:
        pass
    try:
        reversal = parse_reversal(reply)
    except ValueError:
        return None
    if not reversal.reverse_question.strip():
        return None
    return Block(reversal.reverse_question.strip(), "", reversal.expected_answer.strip())


class Proven(SampleLevelComputation):
    """Whether the exact checks pass: those of the trace too, where there is one."""

    def compute(self, doc: Doc, model_response: ModelResponse, **_: Any) -> float:
        """1 or 0."""
        reverse = read_reply(model_response.text[0])
        if reverse is None:
            return 0.0
        found, _why = equality().run(prove_texts, read_block(doc.specific["block"]), reverse)
        if found is None:
            return 0.0
        return float(not any(found[check] for check in (found if reverse.trace else _OF_QUESTIONS)))


class Stated(SampleLevelComputation):
    """Whether the reply states a reverse problem at all."""

    def compute(self, doc: Doc, model_response: ModelResponse, **_: Any) -> float:
        """1 or 0."""
        return float(read_reply(model_response.text[0]) is not None)


def metrics() -> list[SampleLevelMetric]:
    """Inversions proven, and replies that state one."""
    return [metric("proven", Proven()), metric("stated", Stated())]
