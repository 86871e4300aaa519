"""`r1k results`: the tables as Markdown, LaTeX, CSV and parquet."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from r1k.evaluation.results import differences, means, read_runs
from r1k.hub.markdown import md, table
from r1k.show import printable

_IN_NATS = ("margin", "lp_")
_LATEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{c: "\\" + c for c in "&%$#_{}"},
}  # fmt: skip


def show_results(
    folders: Sequence[Path],
    by: str | None = None,
    against: str | None = None,
    out: Path | None = None,
) -> None:
    """Print the results of runs, and write them to a folder.

    Of two models without `against`, the second is compared with the first.

    Raises:
        UserError: nothing to show.
    """
    runs, notes = read_runs(folders)
    models = list(dict.fromkeys(run.model for run in runs))
    if against is None and len(models) == 2:
        against = models[0]
    found = means(runs, by)
    compared = differences(runs, against) if against else None
    for note in notes:
        print(f"r1k: {printable(note)}", file=sys.stderr)
    print(_document(found, compared, by, _columns, printable, "{}\n{}\n"))
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, render, escape, block in (
        ("results.md", lambda cells: table(cells[0], cells[1:]), md, "### {}\n\n{}\n"),
        ("results.tex", _tabular, _latex, "% {}\n{}\n"),
    ):
        text = _document(found, compared, by, render, escape, block)
        (out / name).write_text(text, encoding="utf-8")
    for name, frame in (("results", found), ("differences", compared)):
        if frame is not None:
            frame.write_csv(out / f"{name}.csv")
            frame.write_parquet(out / f"{name}.parquet")


def _document(
    found: pl.DataFrame,
    compared: pl.DataFrame | None,
    by: str | None,
    render: Callable[[list[list[Any]]], str],
    escape: Callable[[Any], str],
    block: str,
) -> str:
    parts = [
        "Mean and 95 % interval, bootstrapped over pairs: shares in per cent; margins and lp_ "
        "(mean log-probabilities) in nats a token, _total in nats.\n"
    ]
    for (task,), rows in found.group_by("task", maintain_order=True):
        parts.append(block.format(escape(task), render(_pivot(rows, by, escape))))
    if compared is not None:
        against = compared["against"][0]
        for (task,), rows in compared.group_by("task", maintain_order=True):
            title = f"{escape(task)}: difference to {escape(against)}"
            parts.append(block.format(title, render(_pivot_differences(rows, escape))))
    if block.startswith("%"):
        parts[0] = f"% {parts[0]}"
    return "\n".join(parts)


def _pivot(rows: pl.DataFrame, by: str | None, escape: Callable[[Any], str]) -> list[list[Any]]:
    metrics = rows["metric"].unique(maintain_order=True).to_list()
    keys = ["model", by] if by else ["model"]
    lines: list[list[Any]] = [[*keys, *map(escape, metrics), "pairs"]]
    for labels, group in rows.group_by(keys, maintain_order=True):
        cells = {row["metric"]: _cell(row) for row in group.iter_rows(named=True)}
        names = [escape(str(label)) for label in labels]
        lines.append([*names, *(cells.get(metric, "") for metric in metrics), group["pairs"].max()])
    return lines


def _pivot_differences(rows: pl.DataFrame, escape: Callable[[Any], str]) -> list[list[Any]]:
    lines: list[list[Any]] = [["model", "metric", "difference", "p", "pairs"]]
    for row in rows.iter_rows(named=True):
        p = "<0.001" if row["p"] < 0.001 else f"{row['p']:.3f}"
        names = escape(row["model"]), escape(row["metric"])
        lines.append([*names, _cell(row, "difference"), p, row["pairs"]])
    return lines


def _cell(row: dict[str, Any], key: str = "mean") -> str:
    scale, digits = (1, 3) if row["metric"].startswith(_IN_NATS) else (100, 1)
    sign = "+" if key == "difference" else ""
    mean, low, high = (scale * row[name] for name in (key, "low", "high"))
    return f"{mean:{sign}.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _columns(lines: list[list[Any]]) -> str:
    cells = [[str(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _latex(text: object) -> str:
    line = " ".join(str(text).split())
    return re.sub(r"[\\~^&%$#_{}]", lambda found: _LATEX[found[0]], line)


def _tabular(lines: list[list[Any]]) -> str:
    head, *body = [" & ".join(map(str, line)) + r" \\" for line in lines]
    columns = "l" + "r" * (len(lines[0]) - 1)
    return "\n".join(
        [
            rf"\begin{{tabular}}{{{columns}}}",
            r"\hline",
            head,
            r"\hline",
            *body,
            r"\hline",
            r"\end{tabular}",
        ]
    )
