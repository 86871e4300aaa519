"""Runs killed at random moments under injected faults, then resumed: is anything lost or repeated?

    python -m benchmarks.resume                # 20 rounds, about 6 minutes
    python -m benchmarks.resume --rounds 3 --rows 60

Each round runs `r1k generate` (inverter `llm`, two calls a row) against a server that fails one
request in five (429, 500, cut connections, empty and malformed answers), kills the command with
SIGKILL at a random moment, up to three times, and runs it to its end. Then

- every file of the dataset must be byte-identical to that of an undisturbed run without faults;
- no completion that was in the store at the moment of a kill may be asked for again;
- every completion that was in the store must still be there;
- nothing may be sent by workers that outlive the killed command.

An answer that was on its way when the command was killed cannot have been kept: it is asked for
again, and counted apart ("in flight"); there are never more of them than calls in flight.
"""

import argparse
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from r1k.inversion.store import Store
from r1k.schema import sha256
from tests.problems import write_problems
from tests.server import serve

ROOT = Path(__file__).parents[1]
RECIPE = ROOT / "recipes" / "generate" / "openai.yaml"
FAULTS = "429,500,reset,cut,empty,malformed"
CONCURRENCY = 16
LATENCY = "0.15"
Call = tuple[str, int]


@dataclass
class Round:
    """What one round showed; all but `kills`, `in_flight` and `requests` must be 0 or True."""

    kills: int
    requests: int
    in_flight: int
    repeated: int
    lost: int
    orphans: int
    identical: bool

    def ok(self) -> bool:
        """Whether nothing was lost, repeated or different."""
        bounded = self.in_flight <= self.kills * CONCURRENCY
        return self.identical and bounded and not (self.repeated or self.lost or self.orphans)


def command(source: Path, out: Path, base_url: str) -> list[str]:
    """The command line of a run."""
    options = {
        "llm.base_url": base_url,
        "llm.invert.model": "writer",
        "llm.solve.model": "solver",
        "llm.solve.samples": "2",
        "llm.concurrency": str(CONCURRENCY),
        "llm.backoff": "0.02",
        "llm.retries": "30",
        "llm.timeout": "20",
        "batch_size": "64",
        "splits.test": "0.2",
        "checks.against": "[]",
    }
    words = [sys.executable, "-m", "r1k.cli", "generate", str(source), "--config", str(RECIPE)]
    return words + ["-o", str(out)] + [f"--{key}={value}" for key, value in options.items()]


def data_files(out: Path) -> dict[str, str]:
    """The SHA-256 of the card and of every table, by path."""
    paths = [*out.glob("*/*.parquet"), out / "README.md"]
    return {str(p.relative_to(out)): sha256(p.read_bytes()) for p in sorted(paths)}


def run(words: list[str]) -> None:
    """Run to the end; ends the program if the command fails."""
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\nexit code {done.returncode}\n{done.stderr}")


def stored(out: Path) -> set[Call]:
    """What the store of a run holds: prompt and seed of each completion."""
    folder = out.with_name(out.name + ".work") / "completions"
    if not folder.exists():
        return set()
    with Store(folder) as store:
        # The server is sent the sum of the two: every sample has a seed of its own.
        return {(r.messages[-1].content, r.seed + r.sample) for r, _ in store}


def calls(entries: list[dict[str, Any]]) -> list[Call]:
    """Prompt and seed of each request of a server log."""
    bodies = [entry["body"] for entry in entries]
    return [(body["messages"][-1]["content"], body["seed"]) for body in bodies]


def disturbed(source: Path, out: Path, expected: dict[str, str], seed: int, n_calls: int) -> Round:
    """One round: up to three kills, then a run to the end, compared with `expected`."""
    rng = random.Random(seed)
    reply = ("--module", "tests/problems.py:reply", "--latency", LATENCY, "--log-bodies")
    faults = (
        "--retry-after",
        "0.05",
        "--fault-rate",
        "0.2",
        "--faults",
        FAULTS,
        "--seed",
        str(seed),
    )
    kept: list[tuple[int, set[Call]]] = []
    orphans = 0
    with serve(*reply, *faults) as server:
        words = command(source, out, server.base_url)
        for _ in range(rng.randint(1, 3)):
            process = subprocess.Popen(
                words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            # Most kills fall while calls are in flight, some before the first or after the last.
            target = len(server.log()) + rng.randint(-n_calls // 8, n_calls)
            while process.poll() is None and len(server.log()) < target:
                time.sleep(0.05)
            time.sleep(rng.uniform(0, 0.5) if target > 0 else rng.uniform(0, 4))
            if process.poll() is not None:
                break
            process.send_signal(signal.SIGKILL)
            process.wait()
            # A worker may take half a second to notice; whoever still sends after that is one
            # that would go on for ever.
            time.sleep(1.5)
            before = len(server.log())
            time.sleep(1.0)
            orphans += len(server.log()) - before
            kept.append((len(server.log()), stored(out)))
        run(words)
        log = server.log()
    everything = calls(log)
    again = set()
    for at, had in kept:
        again |= had & set(everything[at:])
    answered = Counter(
        call for call, entry in zip(everything, log, strict=True) if entry["outcome"] == "ok"
    )
    final = stored(out)
    return Round(
        kills=len(kept),
        requests=len(log),
        in_flight=sum(n - 1 for call, n in answered.items() if call not in again),
        repeated=len(again),
        lost=sum(len(had - final) for _, had in kept),
        orphans=orphans,
        identical=data_files(out) == expected,
    )


def main() -> None:
    """Run the rounds and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--rows", type=int, default=200)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        source = write_problems(Path(folder) / "problems.jsonl", options.rows)
        os.environ["R1K_PROBLEMS"] = str(source)
        calm = Path(folder) / "calm" / "data"
        with serve("--module", "tests/problems.py:reply", "--latency", LATENCY) as server:
            started = time.monotonic()
            run(command(source, calm, server.base_url))
            seconds = time.monotonic() - started
            n_calls = len(server.log())
        expected = data_files(calm)
        print(f"undisturbed: {n_calls} calls, {seconds:.1f} s, {len(expected)} files\n")
        print("round kills requests in-flight repeated lost orphans identical")
        for i in range(options.rounds):
            # The same folder name, for it stands in the card.
            found = disturbed(source, Path(folder) / f"round{i}" / "data", expected, i, n_calls)
            failed += not found.ok()
            print(
                f"{i:5} {found.kills:5} {found.requests:8} {found.in_flight:9} {found.repeated:8}"
                f" {found.lost:4} {found.orphans:7} {found.identical}",
                flush=True,
            )
    print(
        f"\n{options.rounds - failed} of {options.rounds} rounds lost, repeated and changed nothing"
    )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
