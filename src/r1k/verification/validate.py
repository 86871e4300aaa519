"""`validate`: many pairs of every family and difficulty, each of them proven."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from r1k.curation.overlap import grams
from r1k.families import FAMILIES, Twins, make
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
    seen = set().union(*map(pair_grams, rest))
    cell.overlap = sum(not seen.isdisjoint(pair_grams(pair)) for pair in held) / len(held)
    return cell


def pair_grams(pair: Twins) -> set[int]:
    """The runs of 13 words of both questions and both traces."""
    found: set[int] = set()
    for side in (pair.forward, pair.reverse):
        found |= grams(side.question)
        if len(side.solution.trace.split()) > 13:
            found |= grams(side.solution.trace)
    return found


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


def main_table(names: Iterable[str], samples: int) -> None:
    for name in names:
        FAMILIES[name]
        total = [0.0, 0.0]
        for d in (1, 2, 3, 4, 5):
            c = validate(name, d, samples)
            total = [total[0] + c.chars[0], total[1] + c.chars[1]]
            print(f"{name:20s} {d} faults {dict(c.faults)} repeated {c.repeated} chars "
                  f"{c.chars[0]:.0f} {c.chars[1]:.0f} steps {c.steps[0]:.1f} {c.steps[1]:.1f} "
                  f"overlap {c.overlap:.2f}")  # fmt: skip
            for check, first in c.first.items():
                print("    ", check, first[:300])
        print(f"{name:20s} reverse/forward length {total[1] / total[0]:.3f}")


if __name__ == "__main__":
    main_table(sys.argv[2].split(","), int(sys.argv[1]))
