r"""GSM8K_Backward (MetaMath) for lighteval: word problems and their reverses.

    lighteval accelerate "model_name=out/mixed,dtype=float32,batch_size=64,cache_dir=$(mktemp -d)" \
        "gsm8k_backward:forward|0,gsm8k_backward:reverse|0" --custom-tasks tasks/gsm8k_backward.py \
        --output-dir out/scores --save-details

The data is meta-math/GSM8K_Backward on the Hub (split `test`) at a pinned revision, or another
dataset in GSM8K_BACKWARD (at GSM8K_BACKWARD_REVISION), or the folder there with its rows in
`test.jsonl`. R1K_MAX_TOKENS bounds a reply (512).

Of many rows the field `original_answer` is empty: the answer is taken from the reverse question
then, which says it in a fixed sentence. Where it does so in other words (41 of the first 600 rows),
the row has no forward question here.

A worked example. Forward: "Tom has 4 boxes of 6 pens. How many pens has he?", gold "24". Reverse:
"Tom has x boxes of 6 pens. How many pens has he? If we know the answer of the above question is
24, what is the value of unknown variable x?", gold "4". Replies "24" and "x = 5" score 1 and 0.
"""

import os
import re
from typing import Any

from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc

from r1k.evaluation import answers, command
from r1k.schema import sha256

_HUB = "meta-math/GSM8K_Backward"
_PINNED = "02a81ce074b77405fbb0c242a043fb71049cdfcf"  # 2023-10-25; the rows are of 2023-10-08
DATA = os.environ.get("GSM8K_BACKWARD", _HUB)
REVISION = os.environ.get("GSM8K_BACKWARD_REVISION", _PINNED if DATA == _HUB else None)
TOKENS = int(os.environ.get("R1K_MAX_TOKENS", "512"))
_STATED = re.compile(
    r"If we know the answer (?:of|to) the above question is (.+), "
    r"what is the value of unknown variable x\?"
)


def forward(line: dict[str, Any], task_name: str = "") -> Doc:
    """The original question."""
    return _doc(line, "forward", line["original_question"], forward_answer(line), task_name)


def forward_answer(line: dict[str, Any]) -> str | None:
    """The original question's answer, or None where the row does not say it."""
    if line.get("original_answer") is not None:
        return str(line["original_answer"])
    stated = _STATED.search(line["question"])
    return stated[1] if stated else None


def _has_forward(line: dict[str, Any]) -> bool:
    return forward_answer(line) is not None


def reverse(line: dict[str, Any], task_name: str = "") -> Doc:
    """The question for one of the original's numbers."""
    return _doc(line, "reverse", line["question"], line["answer"], task_name)


def _doc(line: dict[str, Any], direction: str, question: str, answer: object, name: str) -> Doc:
    # Some questions have several reverses: they are one pair to the intervals of `r1k results`.
    pair = sha256(line["original_question"].encode())[:16]
    return Doc(
        task_name=name,
        query=question,
        choices=[str(answer)],
        gold_index=0,
        specific={"pair_id": pair, "direction": direction, "question": question},
    )


TASKS_TABLE = [
    LightevalTaskConfig(
        name=f"gsm8k_backward:{direction}",
        prompt_function=prompt,
        hf_repo=DATA,
        hf_subset="default",
        hf_revision=REVISION,
        hf_filter=_has_forward if direction == "forward" else None,
        hf_avail_splits=["test"],
        evaluation_splits=["test"],
        generation_size=TOKENS,
        stop_sequence=answers.STOP,
        metrics=answers.of_questions(),
        must_remove_duplicate_docs=direction == "forward",
        version=1,
    )
    for direction, prompt in (("forward", forward), ("reverse", reverse))
]

command.check(TASKS_TABLE, "GSM8K_BACKWARD")
