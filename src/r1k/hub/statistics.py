"""What is in a dataset, in numbers and as a picture, for its card."""

import io
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DIRECTIONS = ("forward", "reverse")
# Told apart without colour vision too.
_COLOURS = {"forward": "#0072B2", "reverse": "#D55E00"}
_HATCHES = {"forward": "", "reverse": "//"}
_BINS = 32


def statistics(pairs: dict[str, list[Path]]) -> dict[str, Any]:
    """Counts and lengths of the pairs of each split.

    Args:
        pairs: the parquet files (`arrow_schema(Pair)`) of each split.

    Returns:
        `cells`: for each split, family and difficulty (None where a pair is of no family) the
        pairs and the mean characters of question and trace in each direction. `lengths`: how many
        traces of each direction are how long: 32 counts over equal steps of log2(characters + 1)
        from 0 to 16; longer traces are in the last.
    """
    cells: list[dict[str, Any]] = []
    lengths = {d: [0] * _BINS for d in DIRECTIONS}
    for split, paths in pairs.items():
        frame = pl.scan_parquet(paths)
        chars = {
            f"{d}_{field}": pl.col(d).struct.field(field).fill_null("").str.len_chars()
            for d in DIRECTIONS
            for field in ("question", "trace")
        }
        table = frame.select("family", "difficulty", **chars).collect(engine="streaming")
        means = [pl.col(name).mean().round(1) for name in chars]
        grouped = table.group_by("family", "difficulty").agg(pl.len().alias("pairs"), *means)
        for row in grouped.sort("family", "difficulty").to_dicts():
            cells.append({"split": split} | row)
        for d in DIRECTIONS:
            steps = (table[f"{d}_trace"] + 1).log(2) * (_BINS / 16)
            for value, count in steps.cast(pl.Int64).value_counts().iter_rows():
                lengths[d][min(value, _BINS - 1)] += count
    return {"cells": cells, "lengths": lengths}


def plot(found: dict[str, Any]) -> bytes:
    """A PNG of the lengths of the traces, and, for families, of lengths by difficulty."""
    cells = [cell for cell in found["cells"] if cell["difficulty"] is not None]
    figure = Figure(figsize=(10 if cells else 6, 3.6), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 2 if cells else 1, squeeze=False)[0]
    _histogram(axes[0], found["lengths"])
    if cells:
        _by_difficulty(axes[1], cells)
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False)
    data = io.BytesIO()
    figure.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()


def _histogram(ax: Axes, lengths: dict[str, list[int]]) -> None:
    step = 16 / _BINS
    used = [i for d in DIRECTIONS for i, count in enumerate(lengths[d]) if count]
    low, high = (min(used), max(used) + 1) if used else (0, 1)
    for shift, d in enumerate(DIRECTIONS):
        at = [(i + 0.27 + 0.46 * shift) * step for i in range(low, high)]
        counts = lengths[d][low:high]
        ax.bar(at, counts, 0.44 * step, color=_COLOURS[d], hatch=_HATCHES[d], label=d,
               edgecolor="white", linewidth=0.3)  # fmt: skip
    whole = [i for i in range(17) if low * step <= i <= high * step]
    ax.set_xticks(whole, [f"{2**i:,}" for i in whole])
    ax.set_xlabel("characters of the trace (logarithmic)")
    ax.set_ylabel("pairs")
    ax.set_title("Length of the traces", loc="left")


def _by_difficulty(ax: Axes, cells: list[dict[str, Any]]) -> None:
    levels = sorted({cell["difficulty"] for cell in cells})
    for shift, d in enumerate(DIRECTIONS):
        means = []
        for level in levels:
            own = [cell for cell in cells if cell["difficulty"] == level]
            total = sum(cell["pairs"] for cell in own)
            means.append(sum(cell["pairs"] * cell[f"{d}_trace"] for cell in own) / total)
        at = [level - 0.2 + 0.4 * shift for level in levels]
        ax.bar(at, means, 0.38, color=_COLOURS[d], hatch=_HATCHES[d], label=d,
               edgecolor="white", linewidth=0.3)  # fmt: skip
    ax.set_xticks(levels)
    ax.set_xlabel("difficulty")
    ax.set_ylabel("mean characters of the trace")
    ax.set_title("Harder problems take longer traces", loc="left")
