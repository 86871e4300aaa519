"""Tables of what lighteval scored: means with intervals, and differences between models.

Reads the folders that `lighteval … --output-dir RUN --save-details` leaves:
results/MODEL/results_DATE.json and, with a row for each question,
details/MODEL/DATE/details_TASK_DATE.parquet.

The questions of a pair are alike, so they are drawn together: intervals are bootstrapped over
pairs (percentile, 95 %), and p-values come from swapping whole pairs between two models. Where
every question scores 0, or every one 1, a bootstrap sees no spread: there the interval is the
exact binomial one.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from scipy import stats

from r1k.errors import UserError, nearest

RESAMPLES, SEED = 9_999, 0
_TAGGED = "_tagged"


class Scores(NamedTuple):
    """A model's scores on a task: `rows` has `pair`, the metrics, and what the task tells of
    `family` and `difficulty`."""

    model: str
    task: str
    replies: int  # to a question
    rows: pl.DataFrame
    metrics: list[str]


def read_runs(folders: Sequence[Path]) -> tuple[list[Scores], list[str]]:
    """The newest scores of each model and task, by folder and date; and what to know of them.

    Raises:
        UserError: a folder holds no results, or results without details.
    """
    newest: dict[tuple[str, str], tuple[str, Scores]] = {}
    notes = []
    for folder in folders:
        files = sorted(folder.rglob("results_*.json"), key=lambda file: file.name)  # by date
        if not files:
            raise UserError(f"{folder}: no results of lighteval here; give its --output-dir")
        for file in files:
            name, partial, details = _details(file)
            date = details.name
            if partial:
                notes.append(f"{name}, {date}: only the first {partial} questions (--max-samples)")
            for table in sorted(details.glob("details_*.parquet")):
                task = table.name.removeprefix("details_").removesuffix(f"_{date}.parquet")
                scores = _scores(name, task.partition("|")[0], table)
                key = (scores.model, scores.task)
                if key in newest:
                    older = min(date, newest[key][0])
                    notes.append(f"{scores.model}, {scores.task}: left out what was scored {older}")
                if key not in newest or newest[key][0] < date:
                    newest[key] = date, scores
    return [scores for _, scores in newest.values()], notes


def _details(file: Path) -> tuple[str, int | None, Path]:
    """The model's name, how many questions it was confined to, and its details' folder."""
    try:
        general = json.loads(file.read_bytes())["config_general"]
        name = str(general["model_config"]["model_name"])
        partial = general.get("max_samples")
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{file}: not a result file of lighteval") from None
    root = file.parent
    for _ in Path(name.strip("/")).parts:
        root = root.parent
    date = file.stem.removeprefix("results_")
    details = root.parent / "details" / name.strip("/") / date
    if not details.is_dir():
        raise UserError(f"{file}: its details are missing; score with --save-details")
    return name, partial, details


def _scores(name: str, task: str, table: Path) -> Scores:
    rows = pl.read_parquet(table, columns=["doc", "metric", "model_response"], glob=False)
    metrics = [field.name for field in rows.schema["metric"].fields]  # type: ignore[attr-defined]
    specific = rows["doc"].struct.field("specific")
    labels = {
        key: specific.struct.field(key)
        for key in ("pair_id", "family", "difficulty")
        if isinstance(specific.dtype, pl.Struct) and key in specific.struct.fields
    }
    # Tasks that know no pairs: each question stands for itself.
    pairs = labels.pop("pair_id", rows["doc"].struct.field("query"))
    replies = max(map(len, rows["model_response"].struct.field("text")), default=1)
    values = {m: rows["metric"].struct.field(m).cast(pl.Float64, strict=False) for m in metrics}
    frame = pl.DataFrame({"pair": pairs, **labels, **values})
    # A question asked with its direction above it is the same question.
    if _TAGGED in task:
        name, task = f"{name} (tagged)", task.replace(_TAGGED, "")
    if replies == 1:  # pass@k and majority say what the accuracy says
        metrics = [m for m in metrics if m not in ("pass@k", "majority@n")]
    return Scores(name, task, replies, frame, metrics)


def _sums(rows: pl.DataFrame, metric: str) -> pl.DataFrame:
    """Of each pair the sum of a metric, and of how many questions."""
    known = rows.filter(pl.col(metric).is_not_null() & pl.col(metric).is_not_nan())
    return (
        known.group_by("pair", maintain_order=True)
        .agg(pl.col(metric).sum().alias("sum"), pl.len().cast(pl.Float64).alias("count"))
        .sort("pair")
    )


def interval(sums: np.ndarray, counts: np.ndarray) -> tuple[float, float, float]:
    """The mean over questions, and its 95 % interval, from the pairs' sums and counts."""
    mean = float(sums.sum() / counts.sum())
    if mean in (0.0, 1.0) and np.all(sums == mean * counts):
        exact = stats.binomtest(int(mean * len(sums)), len(sums)).proportion_ci(0.95)
        return mean, float(exact.low), float(exact.high)
    if len(sums) < 2:
        return mean, float("nan"), float("nan")
    return mean, *_bootstrap(sums, counts)


def difference(a: pl.DataFrame, b: pl.DataFrame, metric: str) -> dict[str, Any] | None:
    """How much higher a metric is in `a` than in `b`, over the pairs that both have; None without
    any. The p-value is two-sided, and is not corrected for other comparisons."""
    both = _sums(a, metric).join(_sums(b, metric), on=["pair", "count"], suffix="_b").sort("pair")
    if len(both) < 2:
        return None
    x, y, counts = (both[name].to_numpy() for name in ("sum", "sum_b", "count"))
    low, high = _bootstrap(x - y, counts)
    p = 1.0
    if np.any(x != y):
        test = stats.permutation_test(
            (x, y),
            lambda x, y, axis=-1: (x - y).sum(axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=_batch(len(x)),
            rng=np.random.default_rng(SEED),
        )
        p = float(test.pvalue)
    return {
        "difference": float((x - y).sum() / counts.sum()),
        "low": low,
        "high": high,
        "p": p,
        "pairs": len(both),
    }


def _bootstrap(sums: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    found = stats.bootstrap(
        (sums, counts),
        lambda sums, counts, axis=-1: sums.sum(axis=axis) / counts.sum(axis=axis),
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=RESAMPLES,
        batch=_batch(len(sums)),
        rng=np.random.default_rng(SEED),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _batch(pairs: int) -> int:
    return max(1, 4_000_000 // pairs)  # 32 MB of draws at a time


def means(runs: Iterable[Scores], by: str | None = None) -> pl.DataFrame:
    """A row for each model, task, metric, and, with `by`, for each family or difficulty."""
    found = []
    for run in runs:
        if by and by not in run.rows.columns:
            continue
        parts = run.rows.partition_by(by, maintain_order=True) if by else [run.rows]
        for part in sorted(parts, key=lambda part: str(part[by][0]) if by else ""):
            for metric in run.metrics:
                sums = _sums(part, metric)
                if sums.is_empty():
                    continue
                mean, low, high = interval(sums["sum"].to_numpy(), sums["count"].to_numpy())
                found.append(
                    {
                        "model": run.model,
                        "task": run.task,
                        **({by: part[by][0]} if by else {}),
                        "metric": metric,
                        "mean": mean,
                        "low": low,
                        "high": high,
                        "pairs": len(sums),
                        "questions": int(sums["count"].sum()),
                        "replies": run.replies,
                    }
                )
    if not found:
        raise UserError(f"none of these results has a {by}" if by else "no scores in these results")
    return pl.DataFrame(found, infer_schema_length=None).sort("task", maintain_order=True)


def differences(runs: Sequence[Scores], against: str) -> pl.DataFrame:
    """A row for each other model, task and metric that the model `against` has too.

    Raises:
        UserError: no such model, or nothing in common with it.
    """
    names = list(dict.fromkeys(run.model for run in runs))
    if against not in names:
        hint = nearest(against, names)
        raise UserError(
            f"--against: no model {against!r} here{hint}; there are: {', '.join(names)}"
        )
    base = {run.task: run for run in runs if run.model == against}
    found = []
    for run in runs:
        other = base.get(run.task)
        if run.model == against or other is None:
            continue
        for metric in run.metrics:
            if metric in other.metrics and (row := difference(run.rows, other.rows, metric)):
                labels = {"model": run.model, "against": against, "task": run.task}
                found.append(labels | {"metric": metric} | row)
    if not found:
        raise UserError(
            f"--against {against}: no other model was scored on the same task and pairs"
        )
    return pl.DataFrame(found).sort("task", maintain_order=True)
