"""Looking at a dataset in a terminal: what came out, why rows were rejected, some pairs."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from r1k.errors import UserError
from r1k.schema import Pair, Problem
from r1k.source.benchmarks import with_reasons

_WIDTH = 96
_MAX_LINES = 14


def summary(manifest: dict[str, Any], out: Path) -> str:
    """Counts by verdict, with the reasons, the layout probe, and where the dataset is."""
    counts = manifest["counts"]
    lines = [f"{counts['source_rows']:,} rows of {manifest['source'].get('name')}"]
    for verdict in ("accepted", "unverified", "rejected"):
        lines.append(f"  {verdict:<11}{counts[verdict]:>7,}")
        for reason, n in counts["reasons"].get(verdict, {}).items():
            why = f"not run: {reason}" if verdict == "unverified" else reason
            lines += textwrap.wrap(
                f"{n:>7,}  {printable(why)}",
                _WIDTH,
                initial_indent=" " * 13,
                subsequent_indent=" " * 22,
            )
    lines += _contamination(manifest.get("benchmarks"))
    lines += _layout(manifest["layout_probe"])
    lines.append(f"written to {out} (load_dataset({str(out)!r}, 'reverse'))")
    return "\n".join(lines)


def _contamination(found: dict[str, Any] | None) -> list[str]:
    """What the pairs were compared with, and with what not; nothing of problem families."""
    if found is None:
        return []
    lines = []
    if found["checked"]:
        names = ", ".join(f"{s['name']} ({s['rows']:,} questions)" for s in found["checked"])
        lines.append(f"compared with {names}: {sum(found['rejected'].values()):,} pairs rejected")
    if found["not_checked"]:
        lines.append(f"not checked against {with_reasons(found['not_checked'])}")
    return [f"  {printable(line)}" for line in lines or ["compared with no benchmark"]]


def _layout(probe: dict[str, Any]) -> list[str]:
    """How well layout alone tells direction and preference, with a warning where it does."""
    lines = []
    for what in ("direction", "preference"):
        score = probe[what]
        if score["accuracy"] is None:
            continue
        low, high = score["low"], score["high"]
        warning = (
            "; the traces differ in style: see layout_probe in the README" if low > 0.53 else ""
        )
        lines.append(
            f"  layout alone tells the {what} in {score['accuracy']:.0%} of cases"
            f" (95 % interval {low:.0%} to {high:.0%}; 50 % is chance){warning}"
        )
    return lines


def show_dataset(folder: Path, pairs: int) -> None:
    """Print the summary of a dataset folder and its first pairs.

    Raises:
        UserError: not a folder that `r1k generate` wrote.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        files = [folder / name for name in manifest["files"] if name.startswith("pairs/")]
    except (OSError, ValueError, KeyError):
        raise UserError(
            f"{folder}: not a dataset of r1k (no manifest.json that it wrote)"
        ) from None
    if manifest.get("command") == "curate":
        from r1k.curation.card import summary as curated

        print(curated(manifest, folder))
        return
    print(summary(manifest, folder))
    for pair, _ in zip(_pairs(files), range(pairs), strict=False):
        print()
        print(render(pair))


def _pairs(files: list[Path]) -> Iterator[Pair]:
    for file in sorted(files, key=lambda f: (not f.name.startswith("train"), f.name)):
        for batch in pq.ParquetFile(file).iter_batches(100):
            yield from (Pair.model_validate(row) for row in batch.to_pylist())


def render(pair: Pair) -> str:
    """One pair as text."""
    assert pair.reverse
    verdict = f"{pair.verdict}: not run {', '.join(pair.reasons)}" if pair.reasons else pair.verdict
    lines = [f"--- pair {pair.pair_id} ({verdict}) ".ljust(_WIDTH, "-")]
    lines += _problem("forward", pair.forward)
    lines += _problem("reverse", pair.reverse)
    lines.append(f"hidden given   {printable(pair.given or '')}")
    passed = [c.id for c in pair.checks if c.outcome == "pass"]
    lines += _field("checks passed", ", ".join(passed))
    for check in pair.checks:
        if check.outcome != "pass":
            lines += _field(check.outcome.replace("_", " "), f"{check.id}: {check.evidence}")
    return "\n".join(lines)


def _problem(direction: str, problem: Problem) -> list[str]:
    lines = _field(f"{direction} question", problem.question)
    lines += _field("trace", problem.trace or "(none: no solver)")
    answer = problem.answer or ""
    return lines + _field("answer", f"{answer} ({problem.option})" if problem.option else answer)


def _field(name: str, text: str) -> list[str]:
    """A name and its text beside it, wrapped; long texts are cut, and say so."""
    wrapped = [
        line
        for paragraph in printable(text).splitlines()
        for line in (textwrap.wrap(paragraph, _WIDTH - 17) or [""])
    ] or [""]
    if len(wrapped) > _MAX_LINES:
        wrapped = [*wrapped[: _MAX_LINES - 1], f"[... {len(wrapped) - _MAX_LINES + 1} lines more]"]
    return [f"{name if i == 0 else '':<17}{line}" for i, line in enumerate(wrapped)]


def printable(text: str) -> str:
    """Text of a model without what a terminal would obey (escape sequences, bells)."""
    return "".join(
        c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text
    )
