"""How fast the families make pairs, beside reasoning-gym, and how a million pairs scale.

    pip install -c constraints.txt -e . reasoning-gym==0.1.25
    python -m benchmarks.families speed
    python -m benchmarks.families million out/million --pairs 1000000

`speed`: for each family and for the dataset of reasoning-gym that asks the nearest thing, the time
of one problem on one core, in the same process, measured in turns. A pair of ours is two problems,
each with a trace and a program; theirs is one, with a question and an answer. Each figure is the
median of the rounds; a family's is the mean over its five difficulties, a peer's is at its default
settings.
`million`: `r1k generate families` with its memory, beside a tenth as many pairs.
"""

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import reasoning_gym

from benchmarks.machine import describe, watch
from r1k.families import DIFFICULTIES, FAMILIES, make

ROOT = Path(__file__).parents[1]
PEERS = {
    "ages": "gsm_symbolic", "bayes": "gsm_symbolic", "cipher": "caesar_cipher",
    "clock": "time_intervals", "committee": "gsm_symbolic", "compound_interest": "gsm_symbolic",
    "coordinates": "advanced_geometry", "derivative": "polynomial_multiplication",
    "gcd_lcm": "gcd", "journey": "gsm_symbolic", "letter_moves": "letter_jumble",
    "linear_equation": "simple_equations", "list_program": "list_functions",
    "matrix": "manipulate_matrix", "mean": "gsm_symbolic", "mixture": "gsm_symbolic",
    "modular_inverse": "modulo_grid", "motion": "gsm_symbolic", "number_base": "base_conversion",
    "percent_change": "gsm_symbolic", "polynomial": "polynomial_equations",
    "pythagoras": "advanced_geometry", "recurrence": "number_sequence",
    "rectangle": "simple_geometry", "remainders": "modulo_grid", "route": "shortest_path",
    "seating": "zebra_puzzles", "sequence": "number_sequence", "set_counts": "gsm_symbolic",
    "shop": "gsm_symbolic", "unit_conversion": "gsm_symbolic", "urn": "dice",
    "weekday": "calendar_arithmetic", "work_rate": "gsm_symbolic",
}  # fmt: skip
SIZE = 100_000  # of a peer: some prepare all of it
ROUNDS = 7
SECONDS = 0.05  # of one round, at least


def _rounds(calls: Sequence[Callable[[int], object]]) -> list[float]:
    """Microseconds of each of the calls, the median of rounds in which they take turns."""
    counts = []
    for call in calls:
        count, seconds = 1, 0.0
        while seconds < SECONDS / 4:
            count *= 4
            seconds = _seconds(call, 0, count)
        counts.append(max(10, round(count * SECONDS / seconds)))
    taken: list[list[float]] = [[] for _ in calls]
    for number in range(ROUNDS):
        for i, call in enumerate(calls):
            count = counts[i]
            taken[i].append(_seconds(call, number * count, count) / count * 1e6)
    return [statistics.median(of) for of in taken]


def _seconds(call: Callable[[int], object], first: int, count: int) -> float:
    gc.collect()
    started = time.perf_counter()
    for i in range(first, first + count):
        call(i)
    return time.perf_counter() - started


def speed(names: Sequence[str]) -> None:
    """Print the table of `speed`."""
    print(describe("reasoning-gym"))
    print(
        "\n| family | pairs/s/core | µs a problem | reasoning-gym | µs a problem | times as fast |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    slower = []
    for name in names:
        peer = reasoning_gym.create_dataset(PEERS[name], size=SIZE, seed=1)
        calls = [partial(make, name, difficulty) for difficulty in DIFFICULTIES]

        def one(i: int, peer: Any = peer) -> object:
            return peer[i % SIZE]

        *ours, theirs = _rounds([*calls, one])
        pair = statistics.mean(ours)
        ratio = theirs / (pair / 2)
        slower += [name] * (ratio < 1)
        print(
            f"| `{name}` | {1e6 / pair:,.0f} | {pair / 2:.1f} | `{PEERS[name]}` | {theirs:,.1f} |"
            f" {ratio:,.1f} |",
            flush=True,
        )
    print(f"\nslower than its peer: {', '.join(slower) or 'none'}")


def million(out: Path, pairs: int) -> None:
    """Print time and memory of a tenth of `pairs`, and of `pairs`."""
    print(describe("pyarrow", "polars"))
    print("\n| pairs asked for | made | seconds | pairs/s | peak memory, MiB | files, MiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for count in (pairs // 10, pairs):
        folder = out / str(count)
        command = [
            sys.executable, "-m", "r1k.cli", "generate", "families", "-o", str(folder),
            "--config", str(ROOT / "recipes/generate/families.yaml"), f"--families.train={count}",
        ]  # fmt: skip
        run = watch(command, ROOT)
        if run.code:
            sys.exit(run.output)
        counts = json.loads((folder / "manifest.json").read_text())["counts"]
        size = sum(file.stat().st_size for file in folder.rglob("*.parquet")) / 2**20
        print(
            f"| {count:,} | {counts['source_rows']:,} | {run.seconds:,.0f} |"
            f" {counts['accepted'] / run.seconds:,.0f} | {run.peak:,.0f} | {size:,.0f} |",
            flush=True,
        )


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    fast = commands.add_parser("speed")
    fast.add_argument("names", nargs="*", choices=[*FAMILIES, []], default=[], metavar="FAMILY")
    scale = commands.add_parser("million")
    scale.add_argument("out", type=Path)
    scale.add_argument("--pairs", type=int, default=1_000_000)
    options = parser.parse_args()
    if options.command == "speed":
        speed(options.names or list(FAMILIES))
    else:
        million(options.out, options.pairs)


if __name__ == "__main__":
    main()
