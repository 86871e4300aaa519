"""`r1k recipes check`: read TRL recipes as TRL reads them, before hours are spent on them.

Nothing of TRL is imitated. Each recipe goes through TRL's own parser, its keys for the launcher
through accelerate's, its data through TRL's own trainer, built around a model of a few thousand
weights with the recipe's tokenizer.
"""

import contextlib
import copy
import importlib
import io
import math
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from r1k.errors import UserError, nearest
from r1k.offline import prefer_cache

COMMAND = re.compile(r"# trl (sft|dpo|kto) --config (\S+)")
# What a check must not do, and what it cannot do where there is no GPU.
_HERE = ("--use_cpu", "true", "--report_to", "none", "--push_to_hub", "false")


@dataclass(frozen=True)
class Recipe:
    """A recipe as `trl` parses it: its own arguments (TRL's `ScriptArguments`, `SFTConfig` or its
    like, `ModelConfig`, `DatasetMixtureConfig`) and what it asks of the launcher."""

    path: Path
    method: str
    script: Any
    training: Any
    model: Any
    mixture: Any
    processes: int
    shards: frozenset[str]  # which of weights, gradients and moments are spread over the processes


class Row(NamedTuple):
    """A row as the model gets it: its tokens, how many are learned, and where the last of them
    ends."""

    tokens: int
    learned: int
    end: int


@dataclass(frozen=True)
class Report:
    """What a recipe comes to: the rows of its training split, what the model gets for them (a
    preference has two), its updates, and an estimate of the memory of each device in GB."""

    examples: int
    rows: list[Row]
    steps: int
    memory: float


def check_recipes(paths: Sequence[Path], overrides: Sequence[str]) -> int:
    """Print a line for each recipe among these files and below these folders; 2 if one is wrong.

    Args:
        paths: recipes, or folders that hold some.
        overrides: flags of TRL that take precedence over every recipe's keys.
    """
    import datasets

    try:
        import transformers
        import trl  # noqa: F401
    except ModuleNotFoundError as e:
        raise UserError(
            f"{e.name} is missing: pip install -c constraints.txt -e '.[train]'"
        ) from None
    datasets.disable_progress_bars()
    transformers.logging.set_verbosity_error()
    warnings.filterwarnings("ignore")
    wrong = 0
    for path in _find(paths):
        try:
            recipe = read_recipe(path, overrides)
            print(_line(recipe, check_recipe(recipe)), flush=True)
        except UserError as e:
            print(f"r1k: {' '.join(str(e).split())}", flush=True)
            wrong += 1
    return 2 if wrong else 0


def _line(recipe: Recipe, report: Report) -> str:
    tokens = sum(row.tokens for row in report.rows)
    learned = sum(row.learned for row in report.rows) / max(tokens, 1)
    limit = recipe.training.max_length
    return (
        f"{recipe.path}: {recipe.method}, {report.examples:,} rows, {tokens:,} tokens"
        f" ({learned:.0%} learned), the longest {max(row.tokens for row in report.rows):,}"
        f"{f' of {limit:,}' if limit else ''}"
        f" | {report.steps:,} steps on {recipe.processes} | about {report.memory:.2g} GB each"
    )


def _find(paths: Sequence[Path]) -> list[Path]:
    """The TRL recipes among these files and below these folders: those that open with a command."""
    found = []
    for path in paths:
        if not path.exists():
            raise UserError(f"{path}: no such file or folder")
        recipes = (
            [path] if path.is_file() else [p for p in sorted(path.rglob("*.yaml")) if _opens(p)]
        )
        if not recipes:
            raise UserError(f"{path}: no recipe opens with `# trl sft --config …` (or dpo, kto)")
        found += recipes
    return found


def _opens(path: Path) -> re.Match[str] | None:
    """The command in a recipe's first line: its method and its path."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return COMMAND.match(file.readline())


def read_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Parse a recipe as `trl METHOD --config PATH OVERRIDES` does.

    Raises:
        UserError: names the key that is wrong.
    """
    command = _opens(path)
    if command is None:
        raise UserError(f"{path}: the first line is not `# trl sft --config {path}` (or dpo, kto)")
    method, stated = command.groups()
    if not path.resolve().as_posix().endswith(f"/{stated}"):
        raise UserError(f"{path}: the command in its first line says --config {stated}")
    keys = _keys(path)
    parser = importlib.import_module(f"trl.scripts.{method}").make_parser(prog=f"trl {method}")
    before = dict(os.environ)  # `env:` sets variables, which are the run's and not ours
    try:
        words = ["--config", str(path), *overrides, *_HERE, "--output_dir", tempfile.gettempdir()]
        *parsed, left, flags = _quietly(
            path,
            lambda: parser.parse_args_and_config(
                words, return_remaining_strings=True, separate_remaining_strings=True
            ),
        )
    finally:
        os.environ.clear()
        os.environ.update(before)
    known = {action.dest for action in parser._actions}
    processes, shards = _launch(path, [*left, *flags], known)
    script, training, model, mixture = parsed
    recipe = Recipe(path, method, script, training, model, mixture, processes, shards)
    _refuse_ignored(recipe, keys)
    return recipe


def _keys(path: Path) -> dict[str, Any]:
    try:
        keys = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise UserError(f"{path}: not YAML: {e}") from None
    if not isinstance(keys, dict):
        raise UserError(f"{path}: not a mapping of keys to values")
    return keys


def _quietly(path: Path, parse: Callable[[], Any]) -> Any:
    """The result of a parser that prints its complaint and exits."""
    complaint = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint):
            return parse()
    except SystemExit:
        last = (complaint.getvalue().strip().splitlines() or ["cannot be parsed"])[-1]
        raise UserError(f"{path}: {last.partition('error: ')[2] or last}") from None
    except (TypeError, ValueError) as e:
        raise UserError(f"{path}: {_first_line(e)}") from None


def _launch(path: Path, words: list[str], known: set[str]) -> tuple[int, frozenset[str]]:
    """The processes that the keys ask for that TRL leaves to `accelerate launch`, and what is
    spread over them."""
    from accelerate.commands.launch import launch_command_parser
    from trl.cli.accelerate_config import resolve_accelerate_config_argument

    parser = launch_command_parser()
    known |= {action.dest for action in parser._actions} | {"accelerate_config", "env"}
    for name in [word.removeprefix("--") for word in words if word.startswith("--")]:
        if name not in known:
            raise UserError(f"{path}: unknown key {name!r}{nearest(name, known)}")
    try:
        words = resolve_accelerate_config_argument(words)
    except ValueError as e:
        raise UserError(f"{path}: accelerate_config: {_first_line(e)}") from None
    options = _quietly(path, lambda: parser.parse_args([*words, "script.py"]))
    preset = _keys(Path(options.config_file)) if options.config_file else {}
    shards: frozenset[str] = frozenset()
    if preset.get("distributed_type") == "FSDP":
        shards = frozenset(("weights", "gradients", "moments"))
    elif deepspeed := preset.get("deepspeed_config"):
        spread = ("moments", "gradients", "weights")[: int(deepspeed["zero_stage"])]
        shards = frozenset(spread)
    return int(options.num_processes or preset.get("num_processes") or 1), shards


def _refuse_ignored(recipe: Recipe, keys: dict[str, Any]) -> None:
    """What TRL takes without a word and does not do."""
    training = recipe.training
    if recipe.method == "dpo" and training.label_smoothing:
        heeded = {"robust", "exo_pair", "aot", "aot_unpaired"}
        if not heeded & set(training.loss_type):
            raise UserError(
                f"{recipe.path}: label_smoothing does nothing with loss_type"
                f" {', '.join(training.loss_type)}; it is for {' and '.join(sorted(heeded))}"
            )
    if recipe.mixture.datasets and "dataset_name" in keys:
        raise UserError(f"{recipe.path}: dataset_name is ignored beside datasets; leave one out")


def check_recipe(recipe: Recipe) -> Report:
    """Count what a recipe trains on, as TRL's own trainer prepares it.

    Raises:
        UserError: the model or the data cannot be had, a split or column is missing, or a
            completion would lose its end to `max_length`.
    """
    tokenizer, config = _load_model(recipe)
    training, data = recipe.training, _load_data(recipe)
    splits = [recipe.script.dataset_train_split]
    if training.eval_strategy != "no":
        splits.append(recipe.script.dataset_test_split)
    for key, split in zip(("dataset_train_split", "dataset_test_split"), splits, strict=False):
        if split not in data:
            raise UserError(f"{recipe.path}: {key}: no split {split!r}, but {', '.join(data)}")
    limit, packs = training.max_length or math.inf, getattr(training, "packing", False)
    prepared = [_prepare(recipe, tokenizer, data[split], split) for split in splits]
    found = [list(_rows(rows)) for rows in prepared]
    # Other strategies carry on in the next block with what does not fit.
    loses = not packs or training.packing_strategy == "bfd"
    cut = [row for rows in found for row in rows if loses and row.end > limit]
    if cut:
        every = [row for rows in found for row in rows]
        lost = sum(row.tokens - limit for row in cut) / sum(row.tokens for row in every)
        raise UserError(
            f"{recipe.path}: max_length {limit:,} cuts the end off {len(cut):,} of {len(every):,}"
            f" rows ({lost:.1%} of all tokens): the longest has {max(r.tokens for r in cut):,}"
        )
    count = len(prepared[0])
    if packs:
        from trl.data_utils import pack_dataset

        count = len(pack_dataset(prepared[0], training.max_length, training.packing_strategy))
    steps = training.max_steps
    if steps < 0:
        batches = math.ceil(count / (training.per_device_train_batch_size * recipe.processes))
        updates = math.ceil(batches / training.gradient_accumulation_steps)
        steps = math.ceil(updates * training.num_train_epochs)
    longest = limit if packs else max(row.tokens for rows in found for row in rows)
    return Report(len(prepared[0]), found[0], steps, _memory(recipe, config, int(longest)))


def _load_model(recipe: Recipe) -> tuple[Any, Any]:
    """The tokenizer and the configuration of the model that a recipe starts from.

    A model that another recipe of the same folder is to make stands for that recipe's own model.
    """
    from transformers import AutoConfig, AutoTokenizer

    name, revision = recipe.model.model_name_or_path, recipe.model.model_revision
    made = {
        keys.get("output_dir"): keys.get("model_name_or_path")
        for keys in map(_keys, filter(_opens, sorted(recipe.path.parent.glob("*.yaml"))))
    }
    while name in made and not Path(name).is_dir():
        name = made.pop(name)
    if not Path(name).is_dir():
        prefer_cache()
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(name, revision=revision)
        return tokenizer, AutoConfig.from_pretrained(name, revision=revision)
    except (OSError, ValueError):
        raise UserError(
            f"{recipe.path}: model_name_or_path {name!r} is no model folder and cannot be had from"
            " the Hub; `--model_name_or_path FOLDER` checks with another model of its kind"
        ) from None


def _load_data(recipe: Recipe) -> Any:
    """The dataset as TRL's scripts load it."""
    from datasets import load_dataset
    from trl.scripts.utils import get_dataset

    name, config = recipe.script.dataset_name, recipe.script.dataset_config
    if not name and not recipe.mixture.datasets:
        raise UserError(f"{recipe.path}: dataset_name or datasets is missing")
    try:
        if recipe.mixture.datasets:
            return get_dataset(recipe.mixture)
        return load_dataset(name, config)
    except (OSError, ValueError) as e:
        what = "datasets" if recipe.mixture.datasets else f"dataset {name}, {config}"
        raise UserError(f"{recipe.path}: {what}: {_first_line(e)}") from None


def _first_line(e: Exception) -> str:
    return (str(e).strip().splitlines() or [type(e).__name__])[0]


def _prepare(recipe: Recipe, tokenizer: Any, rows: Any, split: str) -> Any:
    """The rows as the method's own trainer prepares them, but whole and one by one."""
    import trl
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=8, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=1, num_key_value_heads=1, head_dim=8,
    )  # fmt: skip
    model = Qwen3ForCausalLM(config)
    arguments = copy.copy(recipe.training)
    changed = {
        "max_length": None, "packing": False, "padding_free": False, "eval_strategy": "no",
        "use_liger_kernel": False, "precompute_ref_log_probs": False, "model_init_kwargs": None,
        "bf16": False, "output_dir": tempfile.gettempdir(),
    }  # fmt: skip
    for key, value in changed.items():
        setattr(arguments, key, value)
    reference = {} if recipe.method == "sft" else {"ref_model": Qwen3ForCausalLM(config)}
    trainer = getattr(trl, f"{recipe.method.upper()}Trainer")
    try:
        made = trainer(
            model, args=arguments, train_dataset=rows, processing_class=tokenizer, **reference
        )
        next(iter(made.get_train_dataloader()))  # the sampler and the collator can use it, too
        return made.train_dataset
    except (KeyError, ValueError, TypeError, RuntimeError) as e:
        raise UserError(
            f"{recipe.path}: {recipe.method} cannot use the split {split!r}, whose columns are"
            f" {', '.join(rows.column_names)}: {_first_line(e)}"
        ) from None


def _rows(prepared: Any) -> Iterator[Row]:
    for row in prepared:
        if "labels" in row:
            learned = [i for i, label in enumerate(row["labels"]) if label != -100]
            yield Row(len(row["labels"]), len(learned), learned[-1] + 1 if learned else 0)
        for key in ("chosen_ids", "rejected_ids", "completion_ids"):
            if key in row:
                whole = len(row["prompt_ids"]) + len(row[key])
                yield Row(whole, len(row[key]), whole)


def _memory(recipe: Recipe, config: Any, longest: int) -> float:
    """An estimate of the GB on each device: weights, gradients, moments, activations.

    Sharding is taken to be even, attention to be fused and the loss to be chunked (it is, in TRL);
    fragments and buffers are left out.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from trl.trainer.utils import get_peft_config

    training, lora = recipe.training, get_peft_config(recipe.model)
    with torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(config)
        weights = sum(p.numel() for p in model.parameters())
        if lora is not None:
            from peft import get_peft_model

            model = get_peft_model(model, lora)
        learned = sum(p.numel() for p in model.parameters() if p.requires_grad)
    weight, gradient, moment = (
        recipe.processes if what in recipe.shards else 1
        for what in ("weights", "gradients", "moments")
    )
    width = 2 if recipe.model.dtype in ("bfloat16", "float16") else 4
    copies = 1 if recipe.method == "sft" or lora or training.precompute_ref_log_probs else 2
    moments = 2 if "8bit" in training.optim else 2 * width
    held = copies * weights * width / weight + learned * (width / gradient + moments / moment)
    shape, half = config.get_text_config(), 2 if training.bf16 or training.fp16 else 4
    tokens = longest * training.per_device_train_batch_size * (2 if recipe.method == "dpo" else 1)
    layer = tokens * (8 * shape.hidden_size + 3 * shape.intermediate_size) * half
    if training.activation_checkpointing:
        held += layer + tokens * shape.hidden_size * half * shape.num_hidden_layers
    else:
        held += layer * shape.num_hidden_layers
    return float(held) / 1e9
