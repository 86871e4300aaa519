"""`r1k report`: the page, and every plot and table of it as files."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from r1k.errors import UserError
from r1k.hub.markdown import md, table
from r1k.report.figures import make_figures
from r1k.report.hypotheses import Hypothesis, examine
from r1k.report.page import Drawn, figure, make_page
from r1k.report.plots import inline, png, svg
from r1k.report.read import read_runs
from r1k.report.samples import choose
from r1k.show import printable


def make_report(folder: Path, out: Path) -> None:
    """Read the runs of a folder, write the report, and print what holds.

    `out` gets index.html, hypotheses.md and .csv, and for each figure a PNG and an SVG of each
    panel and its numbers as CSV and parquet. The same runs give the same bytes.

    Raises:
        UserError: no runs, files that are none, or no folder to write to.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; name a folder for the report")
    runs = read_runs(folder)
    found = examine(runs)
    out.mkdir(parents=True, exist_ok=True)
    drawn = []
    for made in make_figures(runs):
        svgs = []
        for panel in made.panels:
            text = svg(panel.plot, panel.name)
            (out / f"{panel.name}.svg").write_text(text, encoding="utf-8")
            (out / f"{panel.name}.png").write_bytes(png(panel.plot))
            svgs.append(inline(text, panel.alt))
        made.numbers.write_csv(out / f"{made.name}.csv")
        made.numbers.write_parquet(out / f"{made.name}.parquet")
        drawn.append(Drawn(made, svgs))
    _rows(found).write_csv(out / "hypotheses.csv")
    _rows(found).write_parquet(out / "hypotheses.parquet")
    (out / "hypotheses.md").write_text(_markdown(found), encoding="utf-8")
    command = f"r1k report {shlex.quote(str(folder))} -o {shlex.quote(str(out))}"
    page = make_page(command, runs, found, drawn, choose(runs))
    (out / "index.html").write_text(page, encoding="utf-8")
    for claim in found:
        print(f"{claim.verdict}: {printable(claim.claim)}")
        for part in claim.parts:
            print(f"    {printable(part.what)}: {figure(part)}")
    for note in runs.notes:
        print(f"note: {printable(note)}")
    print(f"\nwritten to {out}: index.html, {sum(len(d.svgs) for d in drawn)} plots")


def _rows(found: Sequence[Hypothesis]) -> pl.DataFrame:
    rows = []
    for claim in found:
        for part in claim.parts:
            known = part.found._asdict() if part.found else {}
            rows.append(
                {
                    "claim": claim.claim, "whose": claim.whose, "run": claim.run,
                    "claim_verdict": claim.verdict, "figure": part.what, "unit": part.unit,
                    "claimed_low": part.low, "claimed_high": part.high, "decides": part.decides,
                    **{key: known.get(key) for key in ("mean", "low", "high", "seeds", "pairs")},
                    "verdict": part.verdict,
                }
            )  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def _markdown(found: Sequence[Hypothesis]) -> str:
    head = ["claim", "whose", "verdict", "figures, with 95 % intervals", "seeds", "pairs"]
    rows = []
    for claim in found:
        figures = "<br>".join(f"{md(part.what)}: {md(figure(part))}" for part in claim.parts)
        said = [md(claim.claim), claim.whose, claim.verdict, figures, claim.seeds, claim.pairs]
        rows.append(said)
    return table(head, rows) + "\n"
