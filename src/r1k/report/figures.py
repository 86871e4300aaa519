"""The figures of the page: what is drawn, its title, its numbers, and its words for who cannot see.

Every figure comes with its table of numbers; a panel is one plot of it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from matplotlib.figure import Figure as Plot

from r1k.report.estimate import Estimate, align, estimate
from r1k.report.hypotheses import DIRECTIONS, series
from r1k.report.plots import Dot, Line, Stage, curves, dots
from r1k.report.read import Runs, label, start_of

# (D, T): of D, trained on, and T, asked: y+ and y- at epochs 1 and 6, as published (Deng et al.,
# 2025: the authors' plotting script). After the mixture seven points of DPO, first and last.
PAPER = {
    ("forward", "forward"): ((-0.726, -0.201), (-1.049, -1.614)),
    ("reverse", "forward"): ((-1.001, -1.365), (-0.747, -0.352)),
    ("forward", "reverse"): ((-1.104, -1.687), (-0.867, -0.323)),
    ("reverse", "reverse"): ((-0.764, -0.319), (-1.151, -1.561)),
    ("mixed", "both"): ((-0.803, -0.340), (-0.864, -0.421)),
    ("mixed-dpo", "both"): ((-0.340, -0.343), (-0.421, -0.436)),
}
COMPLETIONS = {
    "chosen": "own solution (y+)",
    "rejected": "the other of its pair (y−)",
    "irrelevant": "of an unrelated problem",
}
_BANDS = 5
_MOVED = COMPLETIONS | {"lp_top": "likeliest token"}
_NATS = "mean log-probability, nats a token"


class Panel(NamedTuple):
    """One plot: the name of its files, what it looks like in words, the plot, and the heading of
    the row that it stands in."""

    name: str
    alt: str
    plot: Plot
    group: str = ""


class Figure(NamedTuple):
    """Panels that belong together, and their numbers. `reading` says what is to be seen."""

    name: str
    title: str
    reading: str
    panels: list[Panel]
    numbers: pl.DataFrame
    how: str


def make_figures(runs: Runs) -> list[Figure]:
    """All figures that the runs have data for, in the order of the page."""
    # What was not trained has no curve.
    firsts = [name for name in runs.names() if not start_of(name) and name != "base"]
    made = [
        _dynamics(runs, firsts),
        _paper(),
        _margins(runs, firsts),
        _accuracy(runs),
        _by(runs, "difficulty"),
        _by(runs, "family"),
        _differences(runs),
        _moved(runs),
    ]
    return [figure for figure in made if figure is not None and figure.panels]


def _over(runs: Runs, name: str, direction: str, measure: str) -> list[dict[str, Any]]:
    """The estimates of a measure at each checkpoint of a run."""
    own = runs.likelihoods.filter((pl.col("name") == name) & (pl.col("direction") == direction))
    found: list[dict[str, Any]] = []
    for (at,), part in own.group_by("at", maintain_order=True):
        cells = align([part.select("seed", "pair_id", pl.col(measure).alias("value"))])
        if cells is not None:
            found.append(
                {
                    "run": name, "problems": direction, "measure": measure, "checkpoint": at,
                    "epoch": part["epoch"].mean(), "step": part["step"].mean(),
                    **estimate(cells)._asdict(),
                }
            )  # fmt: skip
    return found


def _curve(
    rows: Sequence[dict[str, Any]], x: str, label: str, colour: int, dashed: bool = False
) -> Line:
    places, mean, low, high = ([row[key] for row in rows] for key in (x, "mean", "low", "high"))
    return Line(label, places, mean, low, high, colour, dashed)


def _second(
    runs: Runs, first: str, second: str, direction: str, measure: str
) -> list[dict[str, Any]]:
    """A second stage over its steps, from where the first one ended."""
    rows = _over(runs, second, direction, measure)
    before = _over(runs, first, direction, measure)
    if rows and before and rows[0]["step"]:
        rows = [before[-1] | {"run": second, "checkpoint": -1, "epoch": 0.0, "step": 0.0}, *rows]
    return rows


def _x(rows: Iterable[dict[str, Any]]) -> tuple[str, str]:
    """Epochs where they are known, else steps."""
    whole = any(row["epoch"] for row in rows)
    return ("epoch", "epochs of SFT") if whole else ("step", "steps of SFT")


def _dynamics(runs: Runs, firsts: list[str]) -> Figure | None:
    numbers, drawn = [], []
    for direction in DIRECTIONS:
        for first in firsts:
            second = next((n for n in runs.names() if n == f"{first}-dpo"), None)
            one = [_over(runs, first, direction, m) for m in COMPLETIONS]
            if not any(one):
                continue
            two = (
                [_second(runs, first, second, direction, m) for m in COMPLETIONS] if second else []
            )
            numbers += [row for rows in one + two for row in rows]
            key, axis = _x(one[0])
            stages = [Stage(axis, _lines(one, key))]
            if any(two):
                stages.append(Stage("steps of DPO", _lines(two, "step")))
            drawn.append((first, direction, one, two, stages))
    if not drawn:
        return None
    y = _reach(numbers)
    panels = []
    for first, direction, one, two, stages in drawn:
        title = f"Trained on: {label(first)}"
        words = _words(f"{title}. {_asked(direction)}", one, "SFT") + (
            _words("", two, "DPO") if two else ""
        )
        plot = curves(title, stages, _NATS, y, zero=False)
        panels.append(Panel(f"dynamics-{first}-{direction}", words, plot, _asked(direction)))
    return Figure(
        "dynamics",
        "How likely each solution is to the model, as training goes on",
        "The higher, the likelier. A model tells the directions apart where the line of the own "
        "solution (blue) runs above that of the other problem of the pair (orange): the gap is the "
        "margin. Bands are 95 % intervals over seeds and pairs.",
        panels, pl.DataFrame(numbers, infer_schema_length=None), "r1k dynamics",
    )  # fmt: skip


def _asked(direction: str) -> str:
    return (
        "Asked problems of both directions"
        if direction == "both"
        else f"Asked {direction} problems"
    )


def _lines(parts: Sequence[list[dict[str, Any]]], x: str) -> list[Line]:
    names = COMPLETIONS.values()
    colours = (0, 1, 5)
    return [
        _curve(rows, x, name, colour, dashed=colour == 5)
        for rows, name, colour in zip(parts, names, colours, strict=True)
        if rows
    ]


def _words(title: str, parts: Sequence[list[dict[str, Any]]], stage: str) -> str:
    ends = [
        f"{name} from {rows[0]['mean']:.2f} to {rows[-1]['mean']:.2f}"
        for rows, name in zip(parts, COMPLETIONS.values(), strict=True)
        if rows
    ]
    start = f"{title}. " if title else " "
    return f"{start}In {stage}: {'; '.join(ends)} nats a token."


def _reach(rows: Sequence[dict[str, Any]]) -> tuple[float, float]:
    ends = [row[key] for row in rows for key in ("mean", "low", "high")]
    known = [end for end in ends if np.isfinite(end)]
    low, high = min(known), max(known)
    room = 0.05 * (high - low) or 0.1
    return low - room, high + room


def _paper() -> Figure:
    numbers, panels = [], []
    for (trained, asked), values in PAPER.items():
        for measure, (first, last) in zip(("chosen", "rejected"), values, strict=True):
            for at, mean in ((1, first), (7 if "dpo" in trained else 6, last)):
                numbers.append({"run": trained, "problems": asked, "measure": measure,
                                "point": at, "mean": mean})  # fmt: skip
    frame = pl.DataFrame(numbers)
    reach = (-1.8, -0.1)
    for trained, asked in PAPER:
        if "dpo" in trained:
            continue
        title = f"Trained on: {label(trained)}"
        stages, words = [], [f"{title}. {_asked(asked)}"]
        for run, axis in ((trained, "epochs of SFT"), (f"{trained}-dpo", "points of DPO")):
            own = frame.filter((pl.col("run") == run) & (pl.col("problems") == asked))
            if own.is_empty():
                continue
            lines = []
            for colour, measure in enumerate(("chosen", "rejected")):
                rows = own.filter(pl.col("measure") == measure).sort("point")
                x, y = rows["point"].to_list(), rows["mean"].to_list()
                lines.append(Line(COMPLETIONS[measure], x, y, y, y, colour))
                words.append(f"{COMPLETIONS[measure]} from {y[0]:.2f} to {y[1]:.2f}, {axis}")
            stages.append(Stage(axis, lines))
        plot = curves(title, stages, _NATS, reach, zero=False)
        alt = f"{'; '.join(words)}; in nats a token."
        panels.append(Panel(f"paper-{trained}-{asked}", alt, plot, _asked(asked)))
    return Figure(
        "paper",
        "The same, as the paper published it",
        "A model of 7 billion parameters on another dataset: compare the shapes, not the heights. "
        "First and last points only, joined by straight lines; the paper has no unrelated "
        "problem, and no intervals.",
        panels, frame,
        "Deng et al., When Inverse Data Outperforms, Findings of EMNLP 2025 "
        "(doi 10.18653/v1/2025.findings-emnlp.346), figures of the authors' plotting script",
    )  # fmt: skip


def _margins(runs: Runs, firsts: list[str]) -> Figure | None:
    seconds = [n for n in runs.names() if start_of(n) in firsts]
    numbers, panels = [], []
    for direction in DIRECTIONS:
        sft = {name: rows for name in firsts if (rows := _over(runs, name, direction, "margin"))}
        after = {
            name: rows
            for name in seconds
            if (rows := _second(runs, start_of(name) or "", name, direction, "margin"))
        }
        numbers += [row for rows in (*sft.values(), *after.values()) for row in rows]
        if not sft:
            continue
        key, axis = _x(row for rows in sft.values() for row in rows)
        one = [_curve(r, key, label(n), firsts.index(n)) for n, r in sft.items()]
        stages = [Stage(axis, one)]
        if after:
            two = [
                _curve(rows, "step", label(n), firsts.index(start_of(n) or ""), n.endswith("-dpo"))
                for n, rows in after.items()
            ]
            if len(two) > _BANDS:  # they would cover each other
                two = [line._replace(low=line.mean, high=line.mean) for line in two]
            stages.append(Stage("steps of stage 2", two))
        title = f"Asked {direction} problems: the margin"
        ends = [f"{label(n)} {rows[-1]['mean']:.2f}" for n, rows in (sft | after).items()]
        alt = f"{title}. At the end: {'; '.join(ends)} nats a token."
        plot = curves(title, stages, "margin, nats a token", None, zero=True)
        panels.append(Panel(f"margins-{direction}", alt, plot))
    if not panels:
        return None
    return Figure(
        "margins",
        "How well each model tells the directions apart",
        "Above 0 the model prefers the solution of the problem that was asked, below 0 that of its "
        "inverse. Where a stage 2 follows, it goes on at the right from where the first ended. "
        "Bands are 95 % intervals; where lines are many, those of stage 2 are in the table alone.",
        panels, pl.DataFrame(numbers, infer_schema_length=None), "r1k dynamics",
    )  # fmt: skip


def _of(frame: pl.DataFrame, measure: str) -> pl.DataFrame:
    return frame.select("seed", "pair_id", pl.col(measure).alias("value"))


def _row(found: Estimate, scale: float = 1) -> dict[str, Any]:
    row = found._asdict()
    return row | {key: scale * row[key] for key in ("mean", "low", "high")}


def _percent(found: Estimate) -> dict[str, Any]:
    """Of a share, in per cent: no interval goes beyond 0 and 100."""
    low, high = (float(np.clip(bound, 0, 1)) for bound in (found.low, found.high))
    return _row(found._replace(low=low, high=high), 100)


def _dot(row: dict[str, Any], where: str, name: str, colour: int) -> Dot:
    return Dot(where, name, row["mean"], row["low"], row["high"], colour)


def _said(title: str, drawn: Sequence[Dot], unit: str) -> str:
    parts = [f"{d.row}, {d.label} {d.mean:.2f} ({d.low:.2f} to {d.high:.2f})" for d in drawn]
    return f"{title}. In {unit}: {'; '.join(parts)}."


def _accuracy(runs: Runs) -> Figure | None:
    numbers, drawn = [], []
    for name in runs.names():
        for colour, direction in enumerate(DIRECTIONS):
            cells = align([series(runs, "right", name, direction)])
            if cells is not None:
                row = {"run": name, "problems": direction, **_percent(estimate(cells, share=True))}
                numbers.append(row)
                drawn.append(_dot(row, label(name), f"{direction} problems", colour))
    if not drawn:
        return None
    title = "Right final answers"
    plot = dots(title, drawn, "right answers, %", zero=False)
    return Figure(
        "accuracy",
        "How often the final answer is right",
        "Bars are 95 % intervals over seeds and pairs.",
        [Panel("accuracy", _said(title, drawn, "per cent"), plot)],
        pl.DataFrame(numbers), "lighteval, tasks/r1k.py",
    )  # fmt: skip


def _by(runs: Runs, key: str) -> Figure | None:
    """By difficulty all first stages; by family, of which there are many, the specialist and the
    mix. The table has every run."""
    known = runs.answers.drop_nulls(key)
    numbers, panels = [], []
    for direction in DIRECTIONS:
        lines, drawn = [], []
        for name in runs.names():
            own = known.filter((pl.col("name") == name) & (pl.col("direction") == direction))
            rows = []
            for (value,), part in own.sort(key).group_by(key, maintain_order=True):
                cells = align([_of(part, "right")])
                if cells is not None:
                    row = {"run": name, "problems": direction, key: value}
                    rows.append(row | _percent(estimate(cells, share=True)))
            numbers += rows
            colour = runs.names().index(name)
            if key == "difficulty" and rows and not start_of(name):
                lines.append(_curve(rows, key, label(name), colour))
            if key == "family" and name in (direction, "mixed"):
                drawn += [_dot(row, str(row[key]), label(name), colour) for row in rows]
        title, unit = f"{direction.capitalize()} problems", "right answers, %"
        if lines:
            plot = curves(title, [Stage("difficulty, 1 to 5", lines)], unit, None, zero=False)
            ends = [f"{e.label} from {e.mean[0]:.0f} to {e.mean[-1]:.0f}" for e in lines]
            alt = f"{title}, right answers from the easiest to the hardest, %: {'; '.join(ends)}."
            panels.append(Panel(f"{key}-{direction}", alt, plot))
        if drawn:
            drawn.sort(key=lambda dot: dot.row)
            plot = dots(title, drawn, unit, zero=False)
            panels.append(Panel(f"{key}-{direction}", _said(title, drawn, "per cent"), plot))
    if not panels:
        return None
    return Figure(
        key,
        f"Right answers by {key}",
        "Bands are 95 % intervals." if key == "difficulty" else
        "The specialist of a direction beside the naive mix. Families have few test pairs each: "
        "mind the intervals.",
        panels, pl.DataFrame(numbers), "lighteval, tasks/r1k.py",
    )  # fmt: skip


def _differences(runs: Runs) -> Figure | None:
    numbers, panels = [], []
    for measure, title, unit, scale in (
        ("right", "Right answers, less those of the naive mix", "points of per cent", 100),
        ("margin", "Margin, less that of the naive mix", "nats a token", 1),
    ):
        drawn = []
        for name in runs.names():
            for colour, direction in enumerate(DIRECTIONS):
                both = [series(runs, measure, n, direction) for n in (name, "mixed")]
                cells = None if name == "mixed" else align(both)
                if cells is None:
                    continue
                found = estimate(cells, lambda m: m[0] - m[1], share=measure == "right")
                row = {"measure": measure, "run": name, "problems": direction, **_row(found, scale)}
                numbers.append(row)
                drawn.append(_dot(row, label(name), f"{direction} problems", colour))
        if drawn:
            plot = dots(title, drawn, unit, zero=True)
            panels.append(Panel(f"differences-{measure}", _said(title, drawn, unit), plot))
    if not panels:
        return None
    return Figure(
        "differences",
        "Against the naive mix",
        "The difference on the same pairs and seeds: right of 0 a recipe does better than training "
        "on both directions 1:1 without more ado. Where the bar crosses 0, these runs cannot tell.",
        panels, pl.DataFrame(numbers), "lighteval and r1k dynamics",
    )  # fmt: skip


def _moved(runs: Runs) -> Figure | None:
    """What a second stage did to each completion; for first stages, what they did from the mix."""
    numbers, panels = [], []
    seconds = [name for name in runs.names() if start_of(name)]
    for direction in DIRECTIONS:
        drawn = []
        for name in seconds:
            for measure, colour in zip(_MOVED, (0, 1, 5, 2), strict=True):
                both = [series(runs, measure, n, direction) for n in (name, start_of(name) or "")]
                cells = align(both)
                if cells is None:
                    continue
                found = estimate(cells, lambda m: m[0] - m[1])
                row = {"run": name, "problems": direction, "measure": measure, **_row(found)}
                numbers.append(row)
                drawn.append(_dot(row, label(name), _MOVED[measure], colour))
        if drawn:
            title = f"Asked {direction} problems: change in stage 2"
            plot = dots(title, drawn, "change, nats a token", zero=True)
            alt = _said(title, drawn, "nats a token")
            panels.append(Panel(f"moved-{direction}", alt, plot))
    if not panels:
        return None
    return Figure(
        "moved",
        "Where the probability went in the second stage",
        "What a preference stage takes from the other solution (orange) should go to the own one "
        "(blue). If both fall, it went elsewhere: if the unrelated solution (grey) rises, to what "
        "answers nothing; if the likeliest token at each place of the own solution (green) rises, "
        "to what the model would have said anyway (the squeezing effect).",
        panels, pl.DataFrame(numbers), "r1k dynamics",
    )  # fmt: skip
