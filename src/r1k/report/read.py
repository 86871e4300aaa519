"""A folder of runs, as tables.

    RUNS/machine.json               what the runs were made on: any names and values (optional)
    RUNS/seed-0/mixed/dynamics/     what `r1k dynamics … -o` wrote, a file a checkpoint
    RUNS/seed-0/mixed/scores/       what lighteval wrote: --output-dir, with --save-details
    RUNS/seed-0/mixed/*.yaml        the recipe; its first line of comment is the command
    RUNS/seed-0/mixed/trainer_state.json

A run's name says what was trained: `forward`, `reverse`, `mixed`, `tagged`, `curriculum`, or any
other word. A second stage is named after the run that it starts from and a hyphen: `mixed-dpo`,
`tagged-dpo-sft`. Whatever is missing is noted, and the rest is read.
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow.parquet as pq

from r1k.errors import UserError
from r1k.evaluation.rows import DynamicsRow, margins

_ORDER = ("base", "forward", "reverse", "mixed", "tagged", "curriculum")
_SECOND = {"dpo": "DPO", "dpo-sft": "DPO with SFT"}
_SPLIT = "test"
_DETAILS = re.compile(r"details_(r1k(?:_consistency)?(?:_tagged)?(?::(?:forward|reverse))?)\|.*")
_TEXTS = ("pair_id", "direction", "family")


class Run(NamedTuple):
    """One model that was trained with one seed, and what is known of how."""

    seed: int
    name: str
    folder: Path
    command: str
    measured: str


class Runs(NamedTuple):
    """All runs of a folder.

    `likelihoods` has a row for each seed, run, checkpoint and prompt: `at` counts the checkpoints
    of a run from 0, `epoch` and `step` count on through its stages; `chosen`, `rejected`,
    `irrelevant` and `margin` are in nats a token. `answers` has a row for each seed, run and
    question: `right` (0 to 1, the mean over replies), the question, its gold answer and the first
    reply. `notes` are lines for the reader.
    """

    runs: list[Run]
    likelihoods: pl.DataFrame
    answers: pl.DataFrame
    machine: dict[str, Any]
    notes: list[str]

    def names(self) -> list[str]:
        """The runs' names: first stages before second ones, known words first."""
        return sorted({run.name for run in self.runs}, key=_rank)

    def end(self, name: str) -> pl.DataFrame:
        """The likelihoods at a run's last checkpoint."""
        own = self.likelihoods.filter(pl.col("name") == name)
        return own.filter(pl.col("at") == pl.col("at").max().over("seed"))


def start_of(name: str) -> str | None:
    """The run that a second stage starts from: `mixed` of `mixed-dpo`; None of a first stage."""
    first, hyphen, _ = name.partition("-")
    return first if hyphen else None


def label(name: str) -> str:
    """A run's name in words: "mixed + DPO with SFT"."""
    first, _, second = name.partition("-")
    words = f"{first} only" if first in ("forward", "reverse") else first
    return f"{words} + {_SECOND.get(second, second)}" if second else words


def _rank(name: str) -> tuple[bool, int, str]:
    first = start_of(name) or name
    place = _ORDER.index(first) if first in _ORDER else len(_ORDER)
    return first != name, place, name


def read_runs(folder: Path) -> Runs:
    """Everything that the folder holds.

    Raises:
        UserError: no runs here, or a file that is not what its place says.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; give the one that holds seed-0, seed-1, …")
    seeds = [p for p in folder.iterdir() if p.is_dir() and re.fullmatch(r"seed-\d+", p.name)]
    found, likelihoods, answers, notes = [], [], [], []
    for home in sorted(seeds, key=lambda p: int(p.name[5:])):
        seed = int(home.name[5:])
        for place in sorted((p for p in home.iterdir() if p.is_dir()), key=lambda p: _rank(p.name)):
            label = {"seed": pl.lit(seed, pl.Int64), "name": pl.lit(place.name)}
            lp, measured, said = _likelihoods(place)
            asked = _answers(place)
            notes += [f"{home.name}/{place.name}: {line}" for line in said]
            if lp is None and asked is None:
                notes.append(f"{home.name}/{place.name}: neither dynamics nor scores; left out")
                continue
            if lp is None:
                notes.append(f"{home.name}/{place.name}: no dynamics")
            else:
                likelihoods.append(lp.with_columns(**label))
            if asked is None:
                notes.append(f"{home.name}/{place.name}: no scores")
            else:
                answers.append(asked.with_columns(**label))
            found.append(Run(seed, place.name, place, _command(place), measured))
    if not found:
        raise UserError(
            f"{folder}: no runs here; a run is a folder seed-N/NAME with dynamics/ or scores/"
        )
    return Runs(
        found,
        pl.concat(likelihoods) if likelihoods else _no_likelihoods(),
        pl.concat(answers) if answers else _no_answers(),
        _machine(folder),
        notes,
    )


def _no_likelihoods() -> pl.DataFrame:
    numbers = ("epoch", "chosen", "rejected", "irrelevant", "margin", "entropy", "lp_top")
    return pl.DataFrame(
        schema={"pair_id": pl.String, "direction": pl.String, "family": pl.String,
                "difficulty": pl.Int64, "at": pl.Int64, "step": pl.Int64,
                **dict.fromkeys(numbers, pl.Float64), "seed": pl.Int64, "name": pl.String}
    )  # fmt: skip


def _no_answers() -> pl.DataFrame:
    texts = ("question", "gold", "reply")
    return pl.DataFrame(
        schema={"pair_id": pl.String, "direction": pl.String, "family": pl.String,
                "difficulty": pl.Int64, **dict.fromkeys(texts, pl.String),
                "right": pl.Float64, "seed": pl.Int64, "name": pl.String}
    )  # fmt: skip


def _likelihoods(place: Path) -> tuple[pl.DataFrame | None, str, list[str]]:
    """The prompts at each checkpoint, how they were measured, and what to know of them."""
    files = sorted((place / "dynamics").glob("*.parquet"))
    if not files:
        return None, "", []
    columns = list(DynamicsRow.model_fields)
    try:
        frames = [pl.read_parquet(file, columns=columns, glob=False) for file in files]
        frame = pl.concat(frames)
        how = json.loads((pq.read_schema(files[0]).metadata or {}).get(b"r1k", b"{}"))
        prompts = margins(frame)
    except (OSError, ValueError, pl.exceptions.PolarsError) as e:
        why = str(e).strip().splitlines()[0]
        raise UserError(
            f"{place / 'dynamics'}: not all of these files are r1k dynamics' own: {why}"
        ) from None
    said = []
    if frame["split"].n_unique() > 1 and _SPLIT in frame["split"]:
        prompts = prompts.filter(pl.col("split") == _SPLIT)
        said.append(f"of the splits only {_SPLIT} is shown")
    # A model that was trained with the direction above the question is asked with it.
    tagged = _is_tagged(place.name)
    if prompts["tagged"].n_unique() > 1:
        prompts = prompts.filter(pl.col("tagged") == tagged)
    elif not prompts.is_empty() and prompts["tagged"][0] != tagged:
        said.append(f"measured {'without' if tagged else 'with'} the direction above the question")
    if cut := frame.filter(pl.col("cut") > 0).height:
        said.append(f"{cut} of {frame.height} completions did not fit the context whole")
    if prompts.is_empty():
        return None, "", [*said, "no prompt fits the context"]
    own = frame.filter(pl.col("completion") == "chosen")
    keys = ["model", "checkpoint", "split", "tagged", "pair_id", "direction"]
    prompts = prompts.join(own.select(*keys, "entropy", "lp_top"), on=keys, how="left")
    prompts = prompts.join(_stages(prompts), on=["model", "checkpoint"], suffix="_whole")
    numbers = ["chosen", "rejected", "irrelevant", "margin", "entropy", "lp_top"]
    table = prompts.select(
        "pair_id", "direction", "family", pl.col("difficulty").cast(pl.Int64),
        pl.col("at").cast(pl.Int64), pl.col("step_whole").cast(pl.Int64).alias("step"),
        pl.col("epoch_whole").cast(pl.Float64).alias("epoch"), *numbers,
    )  # fmt: skip
    settings = [f"split {prompts['split'][0]}"]
    settings += [f"{key} {how[key]}" for key in ("dtype", "max_length") if how.get(key)]
    if isinstance(how.get("weights"), str):
        settings.append(f"first weights {how['weights'][:12]}")
    return table.sort("at", "direction", "pair_id"), ", ".join(settings), said


def _stages(prompts: pl.DataFrame) -> pl.DataFrame:
    """The checkpoints in order. What has no step is the model that training began with; where
    several models follow each other, by their names (a curriculum), steps and epochs count on."""
    rows = prompts.select("model", "checkpoint", "step", "epoch").unique()
    rows = rows.with_columns(pl.col("step", "epoch").fill_null(0))
    rows = rows.sort(pl.col("step") > 0, "model", "step", "checkpoint")
    found: list[dict[str, Any]] = []
    steps, epochs, last = 0, 0.0, None
    for at, row in enumerate(rows.to_dicts()):
        if last is not None and row["model"] != last["model"]:
            steps, epochs = steps + last["step"], epochs + last["epoch"]
        last = row
        place = {"at": at, "step": steps + row["step"], "epoch": epochs + row["epoch"]}
        found.append(row | place)
    return pl.DataFrame(found).select("model", "checkpoint", "at", "step", "epoch")


def _is_tagged(name: str) -> bool:
    return (start_of(name) or name) == "tagged"


def _answers(place: Path) -> pl.DataFrame | None:
    """A row for each question, from lighteval's details: of each task the newest."""
    newest: dict[str, Path] = {}
    for file in sorted((place / "scores").rglob("details_*.parquet"), key=lambda f: f.parent.name):
        if match := _DETAILS.fullmatch(file.name):
            newest[match[1]] = file
    tag = "_tagged" if any("_tagged" in task for task in newest) and _is_tagged(place.name) else ""
    wanted = [t for t in (f"r1k{tag}:forward", f"r1k{tag}:reverse") if t in newest]
    if len(wanted) < 2 and f"r1k_consistency{tag}" in newest:
        wanted = [f"r1k_consistency{tag}"]  # one reply to each question of both directions
    frames = [_details(newest[task]) for task in wanted]
    return pl.concat(frames) if frames else None


def _details(file: Path) -> pl.DataFrame:
    try:
        rows = pl.read_parquet(file, columns=["doc", "metric", "model_response"], glob=False)
        doc, metric = rows["doc"].struct, rows["metric"].struct
        labels = doc.field("specific").struct
        if "accuracy@n" in metric.fields:
            right = metric.field("accuracy@n").cast(pl.Float64)
        else:
            both = (metric.field(d).cast(pl.Float64).fill_nan(None) for d in ("forward", "reverse"))
            forward, reverse = both
            right = forward.fill_null(reverse)
        return pl.DataFrame(
            {
                **{key: labels.field(key).cast(pl.String) for key in _TEXTS},
                "difficulty": labels.field("difficulty").cast(pl.Int64),
                "question": labels.field("question"),
                "gold": doc.field("choices").list.first().cast(pl.String),
                "reply": rows["model_response"].struct.field("text").list.first().cast(pl.String),
                "right": right,
            }
        ).drop_nulls(["pair_id", "direction", "right"])
    except (OSError, ValueError, AttributeError, pl.exceptions.PolarsError) as e:
        why = str(e).strip().splitlines()[0]
        raise UserError(f"{file}: not the details of a task of tasks/r1k.py: {why}") from None


def _command(place: Path) -> str:
    """What the recipe says that it is run by."""
    for file in sorted(place.glob("*.yaml")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("#") and line.strip("# "):
                return line.strip("# ")
    return ""


def _machine(folder: Path) -> dict[str, Any]:
    file = folder / "machine.json"
    if not file.exists():
        return {}
    try:
        found = json.loads(file.read_bytes())
    except ValueError as e:
        raise UserError(f"{file}: not JSON: {e}") from None
    if not isinstance(found, dict):
        raise UserError(f"{file}: an object of names and values is expected")
    return found
