r"""Models whose scores are known beforehand, for lighteval: gold, and a copy.

    lighteval custom gold benchmarks/sanity.py tasks/all.txt --custom-tasks tasks/r1k.py \
        --output-dir out/sanity --save-details
    python -m benchmarks.sanity out/random   # r1k-tiny with random weights, for `accelerate`

`gold` answers with the dataset's own completions and finds them certain: all shares must be 100 %.
`copy` answers with the question, and finds a choice as likely as its words are frequent in the
question.
"""

import argparse
import math
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from datasets import load_dataset
from lighteval.models.abstract_model import LightevalModel
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.requests import Doc
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, set_seed

DATASET = "datasets/r1k"


class Sanity(LightevalModel):
    """`gold` or `copy`, whichever is the model's name. A token is a word."""

    tokenizer = None
    add_special_tokens = False
    max_length = None

    def __init__(self, config: Any) -> None:
        if config.model_name not in ("gold", "copy"):
            raise SystemExit(f"benchmarks/sanity.py is gold or copy, not {config.model_name!r}")
        self.config = config
        self.gold = config.model_name == "gold"
        self._cache = SimpleNamespace(_init_registry=lambda registry: None)
        self.completions: dict[str, str] = {}
        for split in ("test", "test_ood"):
            for row in load_dataset(DATASET, "mixed", split=split):
                self.completions[row["prompt"][0]["content"]] = row["completion"][0]["content"]

    def greedy_until(self, docs: list[Doc]) -> list[ModelResponse]:
        """The gold completion, or the question."""
        return [
            ModelResponse(input=doc.query, text=[self._reply(doc)] * doc.num_samples)
            for doc in docs
        ]

    def _reply(self, doc: Doc) -> str:
        if not self.gold:
            return str(doc.query)
        return str(self.completions.get(doc.specific["question"], doc.choices[0]))

    def loglikelihood(self, docs: list[Doc]) -> list[ModelResponse]:
        """Sums over words."""
        return [
            ModelResponse(
                input=doc.query,
                logprobs=[self._score(doc, choice) for choice in doc.choices],
                output_tokens=[[0] * len(choice.split()) for choice in doc.choices],
            )
            for doc in docs
        ]

    def _score(self, doc: Doc, choice: str) -> float:
        words = choice.split()
        if self.gold:
            return 0.0 if choice == doc.choices[0] else -1.0 * len(words)
        seen = Counter(doc.query.split())
        return sum(math.log((seen[word] + 0.1) / (seen.total() + 100)) for word in words)

    def loglikelihood_rolling(self, docs: list[Doc]) -> list[ModelResponse]:
        """Not needed."""
        raise NotImplementedError


def main() -> None:
    parser = argparse.ArgumentParser(description="Write r1k-tiny with random weights.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    set_seed(0)
    AutoTokenizer.from_pretrained("models/r1k-tiny").save_pretrained(folder)
    config = AutoConfig.from_pretrained("models/r1k-tiny")
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)


if __name__ == "__main__":
    main()
