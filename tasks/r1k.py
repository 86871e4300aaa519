r"""Can a model solve a problem and its inverse, and tell them apart? r1k's tasks for lighteval.

    make eval
    lighteval accelerate \
        "model_name=models/r1k-tiny,dtype=float32,batch_size=64,cache_dir=$(mktemp -d)" \
        tasks/all.txt --custom-tasks tasks/r1k.py --output-dir out/scores --save-details
    r1k results out/scores

| task | asks | counts |
| --- | --- | --- |
| `r1k:forward`, `r1k:reverse` | the question | right final answers, over n samples |
| `r1k_consistency` | both questions of each pair | pairs of which both are solved; either |
| `r1k_direction:forward`, `:reverse` | how likely three solutions are | margins |
| `r1k_invert`, `r1k_invert_blocks` | to invert the problem | proven inversions |

The three solutions are the question's own, the other of its pair, and an unrelated one. With
`_ood` after r1k (`r1k_ood:forward`, `r1k_direction_ood:forward`) the families are those that no
training split has; with `_tagged` (`r1k_tagged:forward`, `r1k_direction_tagged:forward`) the
direction stands above the question, as recipes/tagged.yaml trains it. `r1k_invert` asks as `r1k
generate` asks a model, for JSON; `_blocks` as models are trained on the view `inversion`.

The data is datasets/r1k, or the folder or Hub id in R1K_DATASET, at R1K_REVISION. R1K_MAX_TOKENS
bounds a reply: 512 unless set (the longest solution of datasets/r1k has 379 of r1k-tiny's tokens);
a reasoning model needs 32768.

Why r1k_direction and not r1k:direction: lighteval averages what shares the name before the colon,
and fails after all is computed if the metrics differ.

A worked example, the pair "Amara is 27 years older than Wei. Wei is 7 today. What age is Amara?"
and "Amara is 27 years older than Wei. Amara is 34 today. What age is Wei?". The model answers 34
and then 8: `r1k:forward` counts 1, `r1k:reverse` 0, `r1k_consistency` 0. After the forward
question it gives the forward solution -0.4 nats a token and the reverse one -0.9:
`r1k_direction:forward` has accuracy 1 and margin 0.5.
"""

import os
from functools import cache, partial
from pathlib import Path
from typing import Any

from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc

from r1k.evaluation import answers, command, direction, inverted
from r1k.evaluation.likelihood import unrelated

DATA = os.environ.get("R1K_DATASET", str(Path(__file__).parents[1] / "datasets" / "r1k"))
REVISION = os.environ.get("R1K_REVISION")
TOKENS = int(os.environ.get("R1K_MAX_TOKENS", "512"))


def solve(line: dict[str, Any], task_name: str = "") -> Doc:
    """The question, as it is: "… Wei is 7 today. What age is Amara?", with "34" as gold answer."""
    return Doc(
        task_name=task_name,
        query=line["prompt"][0]["content"],
        choices=[line["answer"]],
        gold_index=0,
        specific=_labels(line),
    )


def lean(
    line: dict[str, Any], task_name: str = "", split: str = "test", tagged: bool = False
) -> Doc:
    """The question, and as choices its own solution, the other of its pair, an unrelated one."""
    question, towards = line["prompt"][0]["content"], line["direction"]
    return Doc(
        task_name=task_name,
        query=f"Direction: {towards}\n\n{question}" if tagged else question,
        choices=direction.choices(
            line["chosen"][0]["content"],
            line["rejected"][0]["content"],
            unrelated(_solutions(split, towards), line["__index"]),
        ),
        gold_index=0,
        specific=_labels(line),
    )


def invert(line: dict[str, Any], task_name: str = "", blocks: bool = False) -> Doc:
    """A whole forward problem: the model writes its inverse, as JSON or as a block."""
    block = line["prompt"][0]["content"]
    return Doc(
        task_name=task_name,
        query=block if blocks else inverted.prompt(block),
        choices=[line["completion"][0]["content"]],
        gold_index=0,
        specific=_labels(line | {"direction": "forward"}) | {"block": block},
    )


def _labels(line: dict[str, Any]) -> dict[str, Any]:
    kept = ("pair_id", "direction", "family", "difficulty")
    return {key: line[key] for key in kept} | {"question": line["prompt"][0]["content"]}


def _towards(direction: str, line: dict[str, Any]) -> bool:
    return bool(line["direction"] == direction)


@cache
def _solutions(split: str, towards: str) -> list[str]:
    from datasets import load_dataset

    rows = load_dataset(DATA, "preference", split=split, revision=REVISION)
    return [row["chosen"][0]["content"] for row in rows if row["direction"] == towards]


def _task(name: str, config: str, split: str, **more: Any) -> LightevalTaskConfig:
    return LightevalTaskConfig(
        name=name,
        hf_repo=DATA,
        hf_revision=REVISION,
        hf_subset=config,
        hf_avail_splits=[split],
        evaluation_splits=[split],
        generation_size=TOKENS,
        stop_sequence=answers.STOP,
        version=1,
        **more,
    )


def _tasks(split: str, ood: str) -> list[LightevalTaskConfig]:
    found = []
    for tag in ("", "_tagged"):
        for towards in ("forward", "reverse"):
            only = partial(_towards, towards)
            asked = partial(lean, split=split, tagged=bool(tag))
            found += [
                _task(
                    f"r1k{ood}{tag}:{towards}", "tagged" if tag else "mixed", split,
                    prompt_function=solve, hf_filter=only, metrics=answers.of_questions(),
                ),
                _task(
                    f"r1k_direction{ood}{tag}:{towards}", "preference", split,
                    prompt_function=asked, hf_filter=only, metrics=direction.metrics(),
                ),
            ]  # fmt: skip
        found.append(
            _task(
                f"r1k_consistency{ood}{tag}", "tagged" if tag else "mixed", split,
                prompt_function=solve, metrics=answers.of_pairs(),
            )
        )  # fmt: skip
    for form in ("", "_blocks"):
        found.append(
            _task(
                f"r1k_invert{ood}{form}", "inversion", split,
                prompt_function=partial(invert, blocks=bool(form)), metrics=inverted.metrics(),
            )
        )  # fmt: skip
    return found


TASKS_TABLE = _tasks("test", "") + _tasks("test_ood", "_ood")

command.check(TASKS_TABLE, "R1K_DATASET")
