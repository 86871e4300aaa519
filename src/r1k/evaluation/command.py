"""What lighteval would find out late, or not at all, said in a line before a model is loaded.

lighteval imports a file of tasks before it loads the model, and gives it neither the model's name
nor the tasks that were asked for: they are read from the command line.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml
from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc, SamplingMethod

from r1k.errors import nearest
from r1k.offline import prefer_cache

_LONGEST = 16  # texts whose tokens are counted


class Command(NamedTuple):
    """What `lighteval BACKEND MODEL [FILE] TASKS …` was given; model arguments as text."""

    backend: str
    model: dict[str, str]
    tasks: list[str]
    samples: int  # of a question, at the most


def stop(line: str) -> NoReturn:
    """End lighteval with one line and code 2."""
    print(f"r1k: {line}", file=sys.stderr)
    sys.exit(2)


def command(words: Sequence[str]) -> Command | None:
    """The command line of this process; None if it is no evaluation by lighteval.

    >>> command(["lighteval", "accelerate", "model_name=models/x,dtype=float32", "r1k@n=4|0,gsm8k"])
    Command(backend='accelerate', model={'model_name': 'models/x', 'dtype': 'float32'}, \
tasks=['r1k', 'gsm8k'], samples=4)
    """
    if len(words) < 4 or Path(words[0]).name not in ("lighteval", "__main__.py"):
        return None
    rest = list(words[2 if words[1] == "endpoint" else 1 :])
    # Positional arguments come first in every command that the documentation shows.
    if len(rest) < 3 or any(word.startswith("-") for word in rest[:3]):
        return None
    backend, model, tasks = rest[:3]
    if backend == "custom":
        model, tasks = f"model_name={model}", rest[3] if len(rest) > 3 else ""
    if Path(tasks).is_file():
        lines = Path(tasks).read_text(encoding="utf-8").splitlines()
        tasks = ",".join(line for line in lines if line.strip() and not line.startswith("#"))
    names = [re.split(r"[@|]", name.strip())[0] for name in tasks.split(",") if name.strip()]
    samples = [int(found) for found in re.findall(r"@[nk]=(\d+)", tasks)]
    return Command(backend, _model(model), names, max(samples, default=1))


def _model(text: str) -> dict[str, str]:
    if text.endswith((".yaml", ".yml")) and Path(text).is_file():
        read = yaml.safe_load(Path(text).read_text(encoding="utf-8"))
        return {k: str(v) for k, v in dict(read.get("model_parameters", {})).items()}
    return dict(re.findall(r"(\w+)=(\{.*\}|[^,]+)", text))


def check(tasks: Sequence[LightevalTaskConfig], variable: str) -> None:
    """Stop if a task is unknown, its data missing, the model absent, without a chat template, or
    its context too short.

    Args:
        tasks: all of a file, which read one dataset.
        variable: the environment's variable that names the dataset.
    """
    asked = command(sys.argv)
    if asked is None:
        return
    known = {task.name for task in tasks}
    groups = {name.partition(":")[0] for name in known}
    stem = min(groups, key=len)
    ours = [name for name in asked.tasks if name.startswith(stem)]
    for name in ours:
        if name not in known and name not in groups:
            hint = nearest(name, [*known, *groups])
            stop(f"no task {name!r} here{hint}; there are: {', '.join(sorted(known))}")
    wanted = [task for task in tasks if {task.name, task.name.partition(":")[0]} & {*ours}]
    if wanted:
        _check_data(variable, wanted)
    if asked.backend != "custom":
        _warn_of_old_answers(asked)
    if asked.backend in ("accelerate", "vllm", "sglang"):
        tokenizer = _check_model(asked)
        if wanted:
            _check_context(asked, tokenizer, wanted)


def _warn_of_old_answers(asked: Command) -> None:
    cache = asked.model.get("cache_dir")
    if cache is None or (Path(cache).is_dir() and any(Path(cache).iterdir())):
        print(
            "r1k: lighteval keeps answers by the model's name, not by its weights: if they have"
            " changed under this name, the scores are old; add cache_dir=$(mktemp -d) to be sure",
            file=sys.stderr,
        )
    if asked.backend == "litellm" and Path(".litellm_cache").is_dir():
        from diskcache import Cache  # litellm's own, which lighteval has opened by now

        with Cache(".litellm_cache") as kept:
            if len(kept):
                print(
                    f"r1k: .litellm_cache holds {len(kept)} answers, whatever server gave them:"
                    " remove it, or they are scored again",
                    file=sys.stderr,
                )


def _check_data(variable: str, tasks: list[LightevalTaskConfig]) -> None:
    from datasets import get_dataset_config_names, get_dataset_split_names

    data, revision = tasks[0].hf_repo, tasks[0].hf_revision
    if not data:
        stop(f"{variable} is not set: it names the dataset, a folder or an id on the Hub")
    if not Path(data).is_dir():
        prefer_cache()
    try:
        configs = get_dataset_config_names(data, revision=revision)
    except (OSError, ValueError) as e:
        why = str(e).strip().splitlines()[0]
        stop(f"{variable}: {data!r} is no dataset folder, and cannot be had from the Hub: {why}")
    for config, split in sorted({(task.hf_subset, task.evaluation_splits[0]) for task in tasks}):
        if config not in configs:
            stop(f"{data} has no config {config!r}, only {', '.join(configs)}: was it made by r1k?")
        splits = get_dataset_split_names(data, config, revision=revision)
        if split not in splits:
            stop(
                f"{data}: {config} has no split {split!r}, only {', '.join(splits)}; make one "
                "with r1k generate … --splits.test 0.1, or ask for tasks of another split"
            )


def _check_context(asked: Command, tokenizer: Any, tasks: list[LightevalTaskConfig]) -> None:
    """lighteval ends in a RuntimeError where a completion does not fit, and cuts prompts."""
    from transformers import AutoConfig

    name = asked.model["model_name"]
    try:
        config = AutoConfig.from_pretrained(name, revision=asked.model.get("revision", "main"))
    except (OSError, ValueError):
        stop(
            f"{name} has no config.json that transformers knows: an adapter is merged into its "
            "model first (recipes/README.md)"
        )
    limit = int(asked.model.get("max_length", getattr(config, "max_position_embeddings", 2**31)))
    for task in tasks:
        scored = any(one.category == SamplingMethod.LOGPROBS for one in task.metrics)
        texts = [
            (doc.query, choice)
            for doc in _docs(task)
            for choice in (doc.choices if scored else [""])
        ]
        if not texts:
            stop(f"{task.hf_repo}: {task.hf_subset} has no row for {task.name} to ask")
        # A token has a character at least, and the longest text is among the ones of most.
        texts = sorted(texts, key=lambda both: -sum(map(len, both)))[:_LONGEST]
        tokens = max(len(tokenizer(_turn(tokenizer, q) + c)["input_ids"]) for q, c in texts)
        if tokens + (not scored) > limit:
            stop(
                f"{name} has a context of {limit:,} tokens, and the longest question of "
                f"{task.name} {'with its completion ' * scored}{tokens:,}: use a model with a "
                "longer context, or, if its positions are rotary, add max_length=TOKENS to the "
                "model's arguments and see what it gives beyond"
            )
        if not scored and tokens + task.generation_size > limit:
            print(
                f"r1k: replies to {task.name} are cut at {limit - tokens:,} tokens, not "
                f"{task.generation_size:,}: {name} has a context of {limit:,}, and the longest "
                f"question {tokens:,}; lighteval cuts all replies of a batch alike",
                file=sys.stderr,
            )


def _docs(task: LightevalTaskConfig) -> list[Doc]:
    """The task's questions, as lighteval reads them."""
    from datasets import load_dataset

    rows = load_dataset(
        task.hf_repo, task.hf_subset, split=task.evaluation_splits[0], revision=task.hf_revision
    )
    kept = filter(task.hf_filter, rows)
    return [task.prompt_function(row | {"__index": i}, task.name) for i, row in enumerate(kept)]


def _check_model(asked: Command) -> Any:
    model = asked.model
    name = model.get("model_name")
    if not name:
        stop("the first argument names no model: model_name=FOLDER_OR_ID")
    from transformers import AutoTokenizer, GenerationConfig

    if not Path(name).is_dir():
        prefer_cache()
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, revision=model.get("revision", "main"))
    except (OSError, ValueError) as e:
        what = "has no tokenizer" if Path(name).is_dir() else "is no folder, and not on the Hub"
        stop(f"model_name: {name} {what}: {str(e).strip().splitlines()[0]}")
    if not tokenizer.chat_template:
        stop(
            f"{name} has no chat template, and r1k's questions are turns of a conversation: put a "
            "chat_template.jinja beside its tokenizer (that of the model it was trained from)"
        )
    ids = _first_tokens(tokenizer)
    if (
        model.get("add_special_tokens", "True").lower() != "false"
        and ids == [tokenizer.bos_token_id] * 2
    ):
        stop(
            f"{name} would see {tokenizer.bos_token} twice, from its chat template and from "
            "lighteval: add add_special_tokens=False to the model's arguments"
        )

    if asked.backend != "accelerate" or asked.samples == 1:
        return tokenizer
    try:
        sampled = GenerationConfig.from_pretrained(name).do_sample
    except OSError:
        sampled = False
    if not sampled:
        stop(
            f"several samples of {name}: lighteval's accelerate backend samples only where the "
            "model's generation_config.json has do_sample true; set it there, or use a server"
        )
    return tokenizer


def _first_tokens(tokenizer: Any) -> list[int]:
    return list(tokenizer(_turn(tokenizer, "1 + 1"))["input_ids"][:2])


def _turn(tokenizer: Any, question: str) -> str:
    turn = [{"role": "user", "content": question}]
    return str(tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True))
