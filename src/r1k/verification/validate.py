"""`validate`: many pairs of every family and difficulty, each of them proven."""

import json
import multiprocessing
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from r1k.curation.overlap import grams
from r1k.families import DIFFICULTIES, FAMILIES, Twins, make
from r1k.progress import Ticker, clock
from r1k.verification.exact import prove
from r1k.verification.steps import relations
from r1k.views.template import answer_text, question_text, trace_text

_RUNNER = Path(__file__).with_name("run_programs.py")
_HELD_OUT, _TRAINED = 20, 40  # as many pairs of a cell as a small test and training set hold


@dataclass
class Cell:
    """What was found for one family and difficulty.

    `faults` counts what is wrong, by check; `first` has an example of each. `repeated` counts
    questions that are equal to an earlier one. Characters and steps (relations in the trace) are
    means for forward and reverse. `overlap` is the share of a small test set that shares 13 words
    with a small training set.
    """

    family: str
    difficulty: int
    pairs: int
    faults: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    repeated: int = 0
    chars: tuple[float, float] = (0.0, 0.0)
    steps: tuple[float, float] = (0.0, 0.0)
    overlap: float = 0.0


def validate(name: str, difficulty: int, samples: int) -> Cell:
    """Make the pairs of seeds 0 to `samples` - 1 and prove each (r1k.verification.exact).

    Also: each program prints its answer, the texts go through the template unchanged, and no two
    questions are equal.
    """
    cell = Cell(name, difficulty, samples)
    pairs = [make(name, difficulty, seed) for seed in range(samples)]
    for pair in pairs:
        for check, wrong in prove(pair).items():
            _note(cell, pair, check, wrong)
    sides = [(pair, side) for pair in pairs for side in (pair.forward, pair.reverse)]
    outputs = _run(side.solution.program for _, side in sides)
    for (pair, side), output in zip(sides, outputs, strict=True):
        wrong = "" if output == side.answer else f"prints {output!r}, not {side.answer!r}"
        _note(cell, pair, "program", wrong)
    texts = (
        ([side.question for _, side in sides], question_text),
        ([side.answer for _, side in sides], answer_text),
        ([side.solution.trace for _, side in sides], trace_text),
    )
    for before, render in texts:
        for (pair, _), old, new in zip(sides, before, render(pl.Series(before)), strict=True):
            _note(cell, pair, "template", "" if old == new else f"{old!r} becomes {new!r}")
    cell.repeated = len(sides) - len({side.question for _, side in sides})
    for which in (0, 1):
        traces = [(pair.forward, pair.reverse)[which].solution for pair in pairs]
        chars = sum(len(t.trace) for t in traces) / samples
        steps = sum(relations(t.trace, t.values)[0] for t in traces) / samples
        cell.chars = (chars, 0.0) if which == 0 else (cell.chars[0], chars)
        cell.steps = (steps, 0.0) if which == 0 else (cell.steps[0], steps)
    held, rest = pairs[:_HELD_OUT], pairs[_HELD_OUT : _HELD_OUT + _TRAINED]
    seen = grams(text for pair in rest for text in pair.texts())
    shared = [bool(np.isin(grams(pair.texts()), seen).any()) for pair in held]
    cell.overlap = sum(shared) / len(shared)
    return cell


def _note(cell: Cell, pair: Twins, check: str, wrong: str) -> None:
    if wrong:
        cell.faults[check] += 1
        cell.first.setdefault(check, f"seed {pair.seed}: {wrong}")


def _run(programs: Iterable[str]) -> list[str]:
    """What each program prints, in a process of its own."""
    text = "".join(json.dumps(program) + "\n" for program in programs)
    command = [sys.executable, "-I", str(_RUNNER)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def validate_all(names: Iterable[str], samples: int, ticker: Ticker) -> list[Cell]:
    """`validate` at all difficulties, on all cores."""
    jobs = [(name, difficulty, samples) for name in names for difficulty in DIFFICULTIES]
    cells = []
    started = time.monotonic()
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        for cell in pool.map(validate, *zip(*jobs, strict=True)):
            cells.append(cell)
            seconds = time.monotonic() - started
            left = seconds / len(cells) * (len(jobs) - len(cells))
            rate = len(cells) * samples / seconds
            ticker.tick(
                f"{len(cells)}/{len(jobs)} families and difficulties | {rate:,.0f} pairs/s |"
                f" {clock(left)} left",
                final=len(cells) == len(jobs),
            )
    return cells


def report(cells: list[Cell]) -> str:
    """A Markdown table with a row for each family, and a line for each kind of fault."""
    rows = []
    for name in dict.fromkeys(cell.family for cell in cells):
        own = [cell for cell in cells if cell.family == name]
        chars = [[round(cell.chars[which]) for cell in own] for which in (0, 1)]
        steps = [[f"{cell.steps[which]:.1f}" for cell in own] for which in (0, 1)]
        faults = sum((cell.faults for cell in own), Counter[str]())
        rows.append(
            [
                f"`{name}`",
                FAMILIES[name].AREA,
                f"{sum(cell.pairs for cell in own):,}",
                faults.total(),
                sum(cell.repeated for cell in own),
                "yes" if all(_grows(of) for of in chars) else "**no**",
                " ".join(map(str, chars[0])),
                " ".join(map(str, chars[1])),
                " / ".join(" ".join(of) for of in steps),
                f"{sum(chars[1]) / sum(chars[0]):.2f}",
                " ".join(f"{cell.overlap:.0%}".rstrip("%") for cell in own),
            ]
        )
    lines = [_line(HEAD), _line(["---"] * len(HEAD)), *map(_line, rows)]
    for cell in cells:
        for check, first in cell.first.items():
            lines.append(
                f"\n{cell.family} at {cell.difficulty}: {check}: {cell.faults[check]}, {first}"
            )
    return "\n".join(lines)


HEAD = [
    "family", "area", "pairs", "faults", "equal questions", "harder", "forward trace",
    "reverse trace", "steps forward / reverse", "reverse/forward", "overlap %",
]  # fmt: skip


def is_clean(cells: list[Cell]) -> bool:
    """No fault, no two equal questions, and traces that grow with the difficulty."""
    by_family: dict[str, list[Cell]] = {}
    for cell in cells:
        by_family.setdefault(cell.family, []).append(cell)
    harder = all(
        _grows([cell.chars[which] for cell in own])
        for own in by_family.values()
        for which in (0, 1)
    )
    return harder and not any(cell.faults or cell.repeated for cell in cells)


def _grows(values: Sequence[float]) -> bool:
    return all(a < b for a, b in pairwise(values))


def _line(values: Sequence[object]) -> str:
    return "| " + " | ".join(map(str, values)) + " |"
