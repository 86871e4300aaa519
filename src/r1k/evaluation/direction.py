"""Which way a model leans: margins between the completions of a pair, as a lighteval metric.

lighteval sums the log-probabilities of each choice after the prompt, both as the model's chat
template renders them, without an end token. White space at the end of the rendered prompt (most
templates end in a newline) it moves into the choices. So one choice is empty: it costs what that
white space costs, and is taken from the others. What is left are the completion's tokens alone.
"""

from typing import Any

from lighteval.metrics.metrics_sample import SampleLevelComputation
from lighteval.metrics.utils.metric_utils import SampleLevelMetricGrouping
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.requests import Doc, SamplingMethod

from r1k.evaluation.answers import mean

# Per token, and for whole completions. lp_irrelevant watches where the probability goes.
_HIGHER_IS_BETTER = {
    "accuracy": True,
    "margin": True,
    "lp_chosen": True,
    "lp_rejected": False,
    "lp_irrelevant": False,
    "accuracy_total": True,
    "margin_total": True,
}


def choices(chosen: str, rejected: str, irrelevant: str) -> list[str]:
    """The choices of a `Doc` that `Direction` scores."""
    return [chosen, rejected, irrelevant, ""]


class Direction(SampleLevelComputation):
    """The margin of one prompt, from `choices`."""

    def compute(self, doc: Doc, model_response: ModelResponse, **_: Any) -> dict[str, float]:
        """In nats: means per completion token, and (`_total`) sums; the accuracies are 1 or 0."""
        # lighteval pads the tokens with -1 to the longest.
        counts = [
            sum(int(token) != -1 for token in tokens) for tokens in model_response.output_tokens
        ]
        *sums, white = model_response.logprobs
        totals = [total - white for total in sums]
        tokens = [count - counts[-1] for count in counts[:-1]]
        chosen, rejected, irrelevant = (t / n for t, n in zip(totals, tokens, strict=True))
        return {
            "accuracy": float(chosen > rejected),
            "margin": chosen - rejected,
            "lp_chosen": chosen,
            "lp_rejected": rejected,
            "lp_irrelevant": irrelevant,
            "accuracy_total": float(totals[0] > totals[1]),
            "margin_total": totals[0] - totals[1],
        }


def metrics() -> list[SampleLevelMetricGrouping]:
    """Directional accuracy, margins and log-probabilities."""
    return [
        SampleLevelMetricGrouping(
            metric_name=list(_HIGHER_IS_BETTER),
            higher_is_better=_HIGHER_IS_BETTER,
            category=SamplingMethod.LOGPROBS,
            sample_level_fn=Direction(),
            corpus_level_fn=dict.fromkeys(_HIGHER_IS_BETTER, mean),
        )
    ]
