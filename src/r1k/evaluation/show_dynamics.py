"""`r1k dynamics`: scores checkpoints, and prints what each makes of both directions."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from r1k.errors import UserError
from r1k.evaluation.dynamics import Settings, checkpoints, measure, read_prompts
from r1k.evaluation.results import interval
from r1k.evaluation.rows import margins
from r1k.show import printable


def show_dynamics(
    words: Sequence[str], data: str, pairs: int | None, settings: Settings, out: Path
) -> None:
    """Score the checkpoints of `words`, write a file of `DynamicsRow` for each, print a table.

    Raises:
        UserError: what cannot be found or loaded.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; name a folder for the checkpoints' files")
    found = checkpoints(words)
    prompts = read_prompts(data, settings.split, pairs, settings.tagged)
    if not prompts:
        raise UserError(f"--data {data}: the split {settings.split} has no preference rows")
    files = measure(found, prompts, settings, out)
    frames = [pl.read_parquet(file, glob=False) for file in files]
    print(
        f"{len(prompts):,} prompts of {data}, split {settings.split}: means in nats a token, "
        "margins with 95 % intervals over pairs\n"
    )
    rows = [
        ["model", "epoch", "prompt", "margin", "accuracy, %", "y+", "y-", "irrelevant",
         "entropy of y+", "likeliest path of y+"]
    ]  # fmt: skip
    for frame in frames:
        for (direction,), part in frame.group_by("direction", maintain_order=True):
            rows.append(_row(frame, str(direction), part))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    cut = pl.concat([frame.select("cut", "tokens") for frame in frames])
    if short := cut.filter(pl.col("cut") > 0).height:
        lost, kept = int(cut["cut"].sum()), int(cut["tokens"].sum())
        print(
            f"\n{short:,} of {cut.height:,} completions did not fit the context: {lost:,} of "
            f"{lost + kept:,} tokens were cut; {cut.filter(pl.col('tokens') == 0).height:,} "
            "completions had no room at all"
        )
    print(f"\nwritten to {out}: {len(files)} files, a row for each checkpoint, prompt, completion")


def _row(frame: pl.DataFrame, direction: str, part: pl.DataFrame) -> list[str]:
    name, checkpoint, epoch = frame.select("model", "checkpoint", "epoch").row(0)
    label = printable(f"{name} {checkpoint}".strip())
    wide = margins(part)
    if wide.is_empty():
        return [label, "", direction, *["none fits"] * 7]
    own = part.filter(pl.col("completion") == "chosen")
    values = wide["margin"].to_numpy()
    mean, low, high = interval(values, np.ones_like(values))
    return [
        label,
        "" if epoch is None else f"{epoch:.2f}",
        direction,
        f"{mean:.3f} ({low:.3f} to {high:.3f})",
        f"{100 * np.mean(values > 0):.1f}",
        *(f"{np.mean(wide[name].to_numpy()):.3f}" for name in ("chosen", "rejected", "irrelevant")),
        *(f"{np.mean(own[name].drop_nulls().to_numpy()):.3f}" for name in ("entropy", "lp_top")),
    ]
