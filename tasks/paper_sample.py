r"""The paper's own sample for lighteval: margins on the completions that its authors published.

    PAPER_SAMPLE=FOLDER lighteval accelerate \
        "model_name=Qwen/Qwen2.5-7B-Instruct,batch_size=8,cache_dir=$(mktemp -d)" \
        "paper_direction:forward|0,paper_direction:reverse|0" --custom-tasks tasks/paper_sample.py \
        --output-dir out/scores --save-details

FOLDER holds the authors' parquet file and nothing else. Its rows of sample_type `original` have a
forward question, its forward completion (`text`) and the reverse one (`worse-text`); `flipped` the
reverse. The completions are taken as published, markers within the turn included
("<|im_start|>think"), without the marker that ends it: of those only some have a newline behind
them. Most completions have 5,000 to 20,000 tokens, and the model's context must hold them: it is
looked at before the model is loaded.

A worked example: the row asks "Who looks after kids? (9)"; after it the published trace that ends
in GOATHERDS has -0.8 nats a token, and that of "What anagram of GOATHERDS …?" -1.1: accuracy 1,
margin 0.3.
"""

import os
from functools import cache, partial
from typing import Any

from datasets import load_dataset
from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc

from r1k.evaluation import command, direction
from r1k.evaluation.likelihood import unrelated
from r1k.schema import sha256

DATA = os.environ.get("PAPER_SAMPLE", "")
_KINDS = {"forward": "original", "reverse": "flipped"}
_USER, _ASSISTANT, _END = "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>"


def lean(line: dict[str, Any], task_name: str = "", towards: str = "forward") -> Doc:
    """The question, and as choices the preferred completion, the other, an unrelated one."""
    question, chosen = turns(line["text"])
    others = _chosen(_KINDS[towards])
    return Doc(
        task_name=task_name,
        query=question,
        choices=direction.choices(
            chosen,
            turns(line["worse-text"])[1],
            unrelated(others, line["__index"]),
        ),
        gold_index=0,
        specific={"pair_id": sha256(line["relevant-question"].encode())[:16], "direction": towards},
    )


def turns(text: str) -> tuple[str, str]:
    """The user's and the assistant's turn of a published conversation."""
    question, _, completion = text.partition(_USER)[2].partition(_ASSISTANT)
    return question.rstrip().removesuffix(_END), completion.rstrip().removesuffix(_END)


@cache
def _chosen(kind: str) -> list[str]:
    rows = load_dataset(DATA, split="train")
    return [turns(row["text"])[1] for row in rows if _of_kind(kind, row)]


def _of_kind(kind: str, line: dict[str, Any]) -> bool:
    return bool(line["sample_type"] == kind)


TASKS_TABLE = [
    LightevalTaskConfig(
        name=f"paper_direction:{towards}",
        prompt_function=partial(lean, towards=towards),
        hf_repo=DATA,
        hf_subset="default",
        hf_filter=partial(_of_kind, kind),
        hf_avail_splits=["train"],
        evaluation_splits=["train"],
        metrics=direction.metrics(),
        version=1,
    )
    for towards, kind in _KINDS.items()
]

command.check(TASKS_TABLE, "PAPER_SAMPLE")
