"""What `r1k dynamics` writes, for whoever reads it without loading a model."""

from typing import Literal

import polars as pl

from r1k.schema import Direction, Record

COMPLETIONS = ("chosen", "rejected", "irrelevant")


class DynamicsRow(Record):
    """One completion after one prompt, by one checkpoint. All lp in nats.

    `tokens` counts the completion's tokens that were scored, `cut` those that the context had no
    room for. `lp` is the mean over `tokens`, `lp_sum` the sum. `entropy` and `lp_top` are means
    over the same positions: of the entropy of the model's distribution, and of the log-probability
    of its likeliest token. What training takes from all the completions that are watched and gives
    to the likeliest path shows there (the squeezing effect of Ren and Sutherland, 2024). `step` and
    `epoch` come from the trainer's own state; None where there is none. The means are None where
    not one token had room.
    """

    model: str
    checkpoint: str
    step: int | None
    epoch: float | None
    split: str
    tagged: bool
    pair_id: str
    direction: Direction
    family: str | None
    difficulty: int | None
    completion: Literal["chosen", "rejected", "irrelevant"]
    tokens: int
    cut: int
    lp: float | None
    lp_sum: float | None
    entropy: float | None
    lp_top: float | None


def margins(frame: pl.DataFrame) -> pl.DataFrame:
    """Of each prompt its three lp and the margin; prompts that had no room are out."""
    keys = ["model", "checkpoint", "step", "epoch", "split", "tagged", "pair_id", "direction",
            "family", "difficulty"]  # fmt: skip
    wide = frame.pivot(on="completion", index=keys, values="lp")
    return wide.with_columns(margin=pl.col("chosen") - pl.col("rejected")).drop_nulls("margin")
