"""What training did to the log-probabilities of both directions, checkpoint by checkpoint.

    r1k dynamics out/mixed out/dpo --data datasets/r1k --split test -o out/dynamics

For each checkpoint and prompt of the `preference` view three completions are scored: `chosen` (y+,
the prompt's own), `rejected` (y-, that of its pair's other problem), and `irrelevant` (the own one
of an unrelated pair). Each checkpoint is one file of OUT, and is not scored again as long as its
weights, the data and the settings are the same.
"""

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from r1k.errors import UserError
from r1k.evaluation.likelihood import Scorer, Tokens, unrelated
from r1k.evaluation.rows import COMPLETIONS, DynamicsRow
from r1k.evaluation.weights import FILES, base_of, weights_hash
from r1k.offline import prefer_cache
from r1k.progress import Ticker, clock
from r1k.schema import Direction, arrow_schema, canonical, sha256

VERSION = 1  # of what is computed: part of each file's identity


class Checkpoint(NamedTuple):
    """A model to score: a folder, or an id on the Hub with its revision."""

    model: str
    name: str
    source: str
    revision: str | None = None


def checkpoints(words: Sequence[str]) -> list[Checkpoint]:
    """The checkpoints of folders and Hub ids (`ORG/NAME`, `ORG/NAME@REVISION`), in order.

    A folder that TRL trained into stands for its checkpoints; one without any for itself.

    Raises:
        UserError: a folder that holds no model.
    """
    found = []
    for word in words:
        folder = Path(word)
        if folder.is_dir():
            steps = sorted(folder.glob("checkpoint-*"), key=lambda f: int(f.name.split("-")[-1]))
            if steps:
                found += [Checkpoint(word.rstrip("/"), f.name, str(f)) for f in steps]
            elif (folder / "config.json").exists() or (folder / "adapter_config.json").exists():
                found.append(Checkpoint(word.rstrip("/"), "", word))
            else:
                raise UserError(f"{word}: no model and no checkpoint-… folders here")
        elif folder.exists() or word.count("/") != 1:
            raise UserError(f"{word}: neither a folder nor an id on the Hub (ORG/NAME@REVISION)")
        else:
            name, _, revision = word.partition("@")
            found.append(Checkpoint(name, revision, name, revision or None))
    return found


class Prompt(NamedTuple):
    """A row of the preference view, with its three completions."""

    pair_id: str
    direction: Direction
    family: str | None
    difficulty: int | None
    question: str
    completions: tuple[str, str, str]


def read_prompts(data: str, split: str, pairs: int | None, tagged: bool) -> list[Prompt]:
    """The prompts of a split, of its first `pairs` pairs if given.

    The irrelevant completion is that of the same direction half the split away, as in the tasks.

    Raises:
        UserError: the dataset, its preference view or the split is not there.
    """
    if not Path(data).is_dir():
        prefer_cache()
    try:
        rows = load_dataset(data, "preference", split=split).to_list()
    except (OSError, ValueError) as e:
        why = str(e).strip().splitlines()[0]
        raise UserError(f"--data {data}, split {split}: cannot be loaded: {why}") from None
    found = []
    for towards in ("forward", "reverse"):
        own = [row for row in rows if row["direction"] == towards]
        solutions = [row["chosen"][0]["content"] for row in own]
        for i, row in enumerate(own):
            question = row["prompt"][0]["content"]
            found.append(
                Prompt(
                    row["pair_id"],
                    row["direction"],
                    row["family"],
                    row["difficulty"],
                    f"Direction: {towards}\n\n{question}" if tagged else question,
                    (solutions[i], row["rejected"][0]["content"], unrelated(solutions, i)),
                )
            )
    if pairs is None:
        return found
    kept = set(sorted({p.pair_id for p in found})[:pairs])
    return [p for p in found if p.pair_id in kept]


def tokens_of(tokenizer: Any, prompt: Prompt, limit: int) -> list[tuple[Tokens, int]]:
    """The rendered prompt with each of its completions, and how many tokens of it `limit` cut off.

    What TRL trains on: the chat template alone says whether there is a first token. The token that
    ends the turn is left out, for it says nothing of either direction.
    """
    turn = [{"role": "user", "content": prompt.question}]
    before = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
    found = []
    for completion in prompt.completions:
        encoded = tokenizer(
            before + completion, add_special_tokens=False, return_offsets_mapping=True
        )
        ids = list(encoded["input_ids"])
        # A token that began in the prompt and ends in the completion is the completion's.
        start = sum(end <= len(before) for _, end in encoded["offset_mapping"])
        kept = ids[: max(limit, start)]
        found.append((Tokens(kept, start), len(ids) - len(kept)))
    return found


class Settings(NamedTuple):
    """What is measured: part of each file's identity, with the prompts and the weights."""

    split: str
    tagged: bool
    per_token: bool
    dtype: str
    max_length: int | None


def measure(
    found: Sequence[Checkpoint], prompts: Sequence[Prompt], settings: Settings, out: Path
) -> list[Path]:
    """Score the checkpoints that have no file in `out` yet; the files of all, in order.

    Raises:
        UserError: a model cannot be loaded, or has no chat template.
    """
    out.mkdir(parents=True, exist_ok=True)
    read = sha256(canonical([list(prompt) for prompt in prompts]))
    files = []
    for number, checkpoint in enumerate(found, 1):
        folder = _folder(checkpoint)
        identity = {
            "r1k": VERSION,
            "weights": weights_hash(folder),
            "prompts": read,
            **settings._asdict(),
        }
        file = out / _file_name(checkpoint, settings)
        files.append(file)
        if file.exists() and _identity(file) == identity:
            continue
        label = f"{number}/{len(found)} {checkpoint.model} {checkpoint.name}".rstrip()
        table = _measure(checkpoint, folder, prompts, settings, label)
        table = table.replace_schema_metadata({"r1k": canonical(identity)})
        part = file.with_suffix(".part")
        pq.write_table(table, part)
        part.replace(file)
    return files


def _measure(
    checkpoint: Checkpoint,
    folder: Path,
    prompts: Sequence[Prompt],
    settings: Settings,
    label: str,
) -> pa.Table:
    model, tokenizer = _load(folder, settings.dtype)
    limit = int(getattr(model.config, "max_position_embeddings", 2**31))
    limit = min(limit, settings.max_length or limit)
    scorer = Scorer(model)
    made = [one for prompt in prompts for one in tokens_of(tokenizer, prompt, limit)]
    places = [i for i, (tokens, _) in enumerate(made) if len(tokens.ids) > tokens.start]
    state = _state(folder)
    rows: list[dict[str, Any] | None] = [None] * len(made)
    for i, (tokens, cut) in enumerate(made):
        prompt = prompts[i // len(COMPLETIONS)]
        rows[i] = {
            "model": checkpoint.model,
            "checkpoint": checkpoint.name,
            **state,
            "split": settings.split,
            "tagged": settings.tagged,
            "pair_id": prompt.pair_id,
            "direction": prompt.direction,
            "family": prompt.family,
            "difficulty": prompt.difficulty,
            "completion": COMPLETIONS[i % len(COMPLETIONS)],
            "tokens": len(tokens.ids) - tokens.start,
            "cut": cut,
        }
    total, done, started = sum(len(made[i][0].ids) for i in places), 0, time.monotonic()
    with Ticker() as ticker:
        for place, likelihood in scorer.score([made[i][0] for i in places]):
            row = rows[places[place]]
            assert row is not None
            sums = {k: v.sum(dtype=np.float64) for k, v in likelihood._asdict().items()}
            row |= {
                "lp": sums["logprob"] / row["tokens"],
                "lp_sum": sums["logprob"],
                "entropy": sums["entropy"] / row["tokens"],
                "lp_top": sums["top"] / row["tokens"],
            }
            if settings.per_token:
                row |= {
                    f"{name}_tokens": part
                    for name, part in zip(("lp", "entropy", "lp_top"), likelihood, strict=True)
                }
            done += len(made[places[place]][0].ids)
            rate = done / (time.monotonic() - started)
            ticker.tick(
                f"{label} | {done:,}/{total:,} tokens | {rate:,.0f} tokens/s"
                f" | {clock((total - done) / rate)} left"
            )
    return pa.Table.from_pylist(rows, schema=_schema(settings.per_token))


def _schema(per_token: bool) -> pa.Schema:
    schema = arrow_schema(DynamicsRow)
    for name in ("lp", "entropy", "lp_top") if per_token else ():
        schema = schema.append(pa.field(f"{name}_tokens", pa.list_(pa.float32())))
    return schema


def _folder(checkpoint: Checkpoint) -> Path:
    """Where the checkpoint lies on this disk."""
    if checkpoint.revision is None and Path(checkpoint.source).is_dir():
        return Path(checkpoint.source)
    from huggingface_hub import snapshot_download

    prefer_cache()
    try:
        return Path(
            snapshot_download(
                checkpoint.source, revision=checkpoint.revision, allow_patterns=list(FILES)
            )
        )
    except (OSError, ValueError) as e:
        why = str(e).strip().splitlines()[0]
        raise UserError(
            f"{checkpoint.source}: no folder, and cannot be had from the Hub: {why}"
        ) from None


def _load(folder: Path, dtype: str) -> tuple[Any, Any]:
    disable_progress_bar()  # ours counts tokens
    device = "cuda" if torch.cuda.is_available() else "cpu"
    kind = getattr(torch, dtype)
    model: Any
    try:
        if base_of(folder) is None:
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=kind)
        else:
            from peft import AutoPeftModelForCausalLM

            model = AutoPeftModelForCausalLM.from_pretrained(folder, dtype=kind)
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except ImportError:
        raise UserError(
            f"{folder}: an adapter, which peft loads: pip install -c constraints.txt -e '.[train]'"
        ) from None
    except (OSError, ValueError) as e:
        raise UserError(f"{folder}: cannot be loaded: {str(e).strip().splitlines()[0]}") from None
    if not tokenizer.chat_template:
        raise UserError(f"{folder}: its tokenizer has no chat template to render a prompt with")
    model.to(device)
    return model, tokenizer


def _state(folder: Path) -> dict[str, Any]:
    """Step and epoch, as the trainer left them."""
    file = folder / "trainer_state.json"
    if not file.exists():
        return {"step": None, "epoch": None}
    state = json.loads(file.read_bytes())
    return {"step": state["global_step"], "epoch": state["epoch"]}


def _file_name(checkpoint: Checkpoint, settings: Settings) -> str:
    """One name a checkpoint and split. The digits keep apart what is alike without its slashes."""
    words = [checkpoint.model, checkpoint.name, settings.split, "tagged" * settings.tagged]
    plain = "-".join(re.sub(r"[^\w.-]+", "-", word).strip("-") for word in words if word)
    return f"{plain}-{sha256(canonical(words))[:8]}.parquet"


def _identity(file: Path) -> Any:
    try:
        return json.loads((pq.read_schema(file).metadata or {}).get(b"r1k", b"null"))
    except (OSError, ValueError):  # not a parquet file: it is made anew
        return None
