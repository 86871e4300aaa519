"""Runs with known effects, as `r1k dynamics` and lighteval leave them."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from r1k.evaluation.rows import COMPLETIONS, DynamicsRow
from r1k.schema import arrow_schema

DIRECTIONS = ("forward", "reverse")
DATE = "2026-01-01T00-00-00"


class Effect(NamedTuple):
    """What a run comes to, by direction of the problem: nats a token, and a share."""

    chosen: tuple[float, float]
    rejected: tuple[float, float]
    irrelevant: float
    right: tuple[float, float]


START = Effect((-1.0, -1.0), (-1.0, -1.0), -3.0, (0.1, 0.1))
# As the paper found it, and with one recipe that keeps both.
EFFECTS = {
    "forward": Effect((-0.2, -1.7), (-1.6, -0.3), -3.5, (0.6, 0.2)),
    "reverse": Effect((-1.4, -0.3), (-0.4, -1.6), -3.5, (0.5, 0.7)),
    "mixed": Effect((-0.35, -0.35), (-0.43, -0.43), -3.2, (0.5, 0.5)),
    "tagged": Effect((-0.2, -0.3), (-1.6, -1.6), -3.5, (0.8, 0.8)),
    "mixed-dpo": Effect((-0.45, -0.45), (-0.95, -0.95), -3.0, (0.4, 0.4)),
}
SCALE = 0.02  # of seeds; pairs and noise vary ten times as much


def make_runs(
    folder: Path,
    effects: dict[str, Effect] = EFFECTS,
    seeds: int = 3,
    pairs: int = 60,
    reply: str = "<think>\nIt is {n}.\n</think>\n\nThe answer is \\boxed{{{n}}}.",
    scores: bool = True,
    checkpoints: int = 3,
) -> Path:
    """Write them; the same arguments make the same files."""
    for seed in range(seeds):
        for name, effect in effects.items():
            home = folder / f"seed-{seed}" / name
            rng = np.random.default_rng([seed, len(name), *name.encode()])
            first = name.partition("-")[0]
            before = effects.get(first, START) if "-" in name else START
            _dynamics(home, name, before, effect, rng, pairs, checkpoints)
            if scores:
                _scores(home, name, effect, rng, pairs, reply)
            (home / "recipe.yaml").write_text(f"# trl sft --config recipes/{name}.yaml\nseed: 0\n")
    (folder / "machine.json").write_text(json.dumps({"cpu": "2 cores", "trl": "1.16.0"}))
    return folder


def _labels(pair: int) -> dict[str, Any]:
    return {
        "pair_id": f"p{pair:03}", "family": ("bayes", "clock", "gcd_lcm")[pair % 3],
        "difficulty": 1 + pair % 5,
    }  # fmt: skip


def _dynamics(
    home: Path,
    name: str,
    before: Effect,
    after: Effect,
    rng: np.random.Generator,
    pairs: int,
    checkpoints: int,
) -> None:
    out = home / "dynamics"
    out.mkdir(parents=True)
    shift = rng.normal(0, SCALE)
    ease = np.random.default_rng(7).normal(0, 10 * SCALE, pairs)  # of each pair, for every run
    for at in range(1, checkpoints + 1):
        part = at / checkpoints
        rows = []
        for i in range(pairs):
            for d, direction in enumerate(DIRECTIONS):
                ends = [(e.chosen[d], e.rejected[d], e.irrelevant) for e in (before, after)]
                for completion, start, end in zip(COMPLETIONS, *ends, strict=True):
                    lp = start + part * (end - start) + ease[i] + rng.normal(0, 5 * SCALE)
                    lp += shift * (completion == "chosen")
                    rows.append(
                        {
                            "model": f"out/{name}", "checkpoint": f"checkpoint-{10 * at}",
                            "step": 10 * at, "epoch": float(at), "split": "test",
                            "tagged": name.startswith("tagged"), **_labels(i),
                            "direction": direction, "completion": completion, "tokens": 50,
                            "cut": 0, "lp": lp, "lp_sum": 50 * lp, "entropy": 0.5, "lp_top": -0.2,
                        }
                    )  # fmt: skip
        table = pa.Table.from_pylist(rows, schema=arrow_schema(DynamicsRow))
        identity = {"weights": "ab" * 32, "dtype": "float32", "split": "test"}
        table = table.replace_schema_metadata({"r1k": json.dumps(identity)})
        pq.write_table(table, out / f"{at}.parquet")


def _scores(
    home: Path, name: str, effect: Effect, rng: np.random.Generator, pairs: int, reply: str
) -> None:
    tag = "_tagged" if name.startswith("tagged") else ""
    kept = home / "scores" / "details" / "out" / name / DATE
    kept.mkdir(parents=True)
    for d, direction in enumerate(DIRECTIONS):
        rows = []
        for i in range(pairs):
            question = f"What is {i}, {direction}?"
            rows.append(
                {
                    "doc": {
                        "query": question, "choices": [str(i)],
                        "specific": {**_labels(i), "direction": direction, "question": question},
                    },
                    "metric": {"accuracy@n": float(rng.random() < effect.right[d])},
                    "model_response": {"text": [reply.format(n=i)]},
                }
            )  # fmt: skip
        pl.DataFrame(rows).write_parquet(kept / f"details_r1k{tag}:{direction}|0_{DATE}.parquet")
