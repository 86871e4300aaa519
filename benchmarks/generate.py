"""`r1k generate` as a whole: speed beside a bare client, and memory.

    python -m benchmarks.generate speed              # 2,000 rows, 2 calls each; about 3 minutes
    python -m benchmarks.generate memory             # 1,000 and 100,000 rows; about 8 minutes
    python -m benchmarks.generate checks             # pairs per second of the checks alone

speed: the command (inverter `llm`) and a bare asyncio client make the same calls to the same kind
of server, in one run: semaphore, call, parse the answer; the bare client keeps nothing, checks
nothing and retries nothing. Rates are from the first request to the last, as the server saw them;
the start of the command and the writing of the dataset are printed apart.

memory: the inverter `mask` on rows with traces of 5,000 characters; the sum over all processes.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import orjson

from benchmarks.client import CONCURRENCY, body
from benchmarks.machine import describe, watch
from r1k.config import ChecksConfig, Config, load_config
from r1k.inversion.llm import Attempt, Draft, invert
from r1k.inversion.mask import NoInverse, mask
from r1k.schema import Completion, Problem
from r1k.source.read import read
from r1k.verification.checks import Subject, run_checks, verdict
from r1k.verification.equal import Equality
from tests.problems import problem, write_problems
from tests.server import Served, serve

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "recipes" / "generate"
SERVER = ("--module", "tests/problems.py:reply")
HOSTILE = ("10^{10^{10}}", "9^{9^{9^{9}}}", "\\frac{1}{" * 30 + "1" + "}" * 30, "x^{99999}" * 60)


def model_options(base_url: str) -> dict[str, str]:
    """The overrides that make the recipe talk to the test server."""
    return {
        "llm.base_url": base_url,
        "llm.concurrency": str(CONCURRENCY),
        "llm.invert.model": "writer",
        "llm.solve.model": "solver",
        "llm.solve.samples": "1",
        "checks.against": "[]",
    }


async def bare_client(source: Path, config: Config) -> int:
    """The same calls by a bare asyncio client; the number of rows."""
    slots = asyncio.Semaphore(CONCURRENCY)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:

        async def row(question: Problem) -> None:
            work = invert(question, config)
            try:
                requests = next(work)
                while True:
                    completions = []
                    for request in requests:
                        data = orjson.dumps(body(request))
                        async with (
                            slots,
                            session.post(
                                f"{config.llm.base_url}/chat/completions",
                                data=data,
                                headers={"Content-Type": "application/json"},
                            ) as response,
                        ):
                            answer = orjson.loads(await response.read())
                        message = answer["choices"][0]["message"]
                        completions.append(Completion(text=message["content"] or ""))
                    requests = work.send(completions)
            except StopIteration:
                return

        problems = [s.problem for s in read(str(source), config.source) if s.problem]
        await asyncio.gather(*(row(p) for p in problems))
        return len(problems)


def served_seconds(server: Served) -> tuple[float, float]:
    """Times of the first and of the last request."""
    times = [entry["time"] for entry in server.log()]
    return min(times), max(times)


def speed(rows: int) -> None:
    """Print rows per second of the command and of the bare client."""
    print(describe("distilabel", "aiohttp"))
    with tempfile.TemporaryDirectory() as folder:
        source = write_problems(Path(folder) / "problems.jsonl", rows)
        os.environ["R1K_PROBLEMS"] = str(source)
        recipe = RECIPES / "openai.yaml"
        for title, latency in (
            ("latency 50 ms", ("--latency", "0.05")),
            ("exponential latency, mean 1 s", ("--latency-exponential", "1.0")),
        ):
            print(f"\n{title}, {rows:,} rows, {CONCURRENCY} in flight")
            with serve(*SERVER, *latency) as server:
                config = load_config(recipe, model_options(server.base_url))
                asyncio.run(bare_client(source, config))
                first, last = served_seconds(server)
                calls, peer = len(server.log()), rows / (last - first)
            print(f"  bare client   {peer:7.1f} rows/s   {calls:,} calls")
            with serve(*SERVER, *latency) as server:
                words = [sys.executable, "-m", "r1k.cli", "generate", str(source)]
                words += ["--config", str(recipe), "-o", str(Path(folder) / f"out{title[:3]}")]
                words += [f"--{k}={v}" for k, v in model_options(server.base_url).items()]
                began = time.time()
                run = watch(words, ROOT)
                if run.code:
                    sys.exit(run.output)
                first, last = served_seconds(server)
                calls, ours = len(server.log()), rows / (last - first)
            print(
                f"  r1k generate  {ours:7.1f} rows/s   {calls:,} calls   ratio {ours / peer:.2f}\n"
                f"  the command: {run.seconds:.1f} s in all, first request after"
                f" {first - began:.1f} s"
                f" ({rows / run.seconds:.1f} rows/s from start to finished dataset)"
            )


def memory(counts: list[int]) -> None:
    """Print peak memory and time of the inverter `mask` at several sizes."""
    print(describe("distilabel", "pyarrow", "polars"))
    print(f"\n{'rows':>8} {'seconds':>8} {'rows/s':>7} {'peak MiB':>9} {'ratio':>6}")
    base = 0.0
    for rows in counts:
        with tempfile.TemporaryDirectory() as folder:
            source = write_problems(Path(folder) / "problems.jsonl", rows, trace_words=1_000)
            words = [sys.executable, "-m", "r1k.cli", "generate", str(source), "--config"]
            words += [str(RECIPES / "mask.yaml"), "-o", str(Path(folder) / "out")]
            words.append("--checks.against=[]")
            run = watch(words, ROOT)
            if run.code:
                sys.exit(run.output)
        base = base or run.peak
        print(
            f"{rows:8,} {run.seconds:8.1f} {rows / run.seconds:7.1f} {run.peak:9.0f}"
            f" {run.peak / base:6.2f}",
            flush=True,
        )


def checks(pairs: int) -> None:
    """Print pairs per second of all checks, with a hostile answer in every thousand."""
    print(describe("math-verify", "pebble"))
    required = load_config(RECIPES / "openai.yaml", {}).checks.required
    subjects = []
    for i in range(pairs):
        row = problem(i)
        forward = Problem(question=row["question"], trace=row["reasoning"], answer=row["answer"])
        try:
            masked = mask(forward, 0)
        except NoInverse:
            continue
        # One answer in ten is an expression, so that math-verify has work to do.
        answer = masked.answer
        if i % 10 == 0:
            answer = f"\\frac{{{2 * int(answer)}}}{{2}} + {i % 7} - {i % 7}"
        if i % 1000 == 999:
            answer = HOSTILE[i // 1000 % len(HOSTILE)]
        attempt = Attempt(row["reasoning"], answer, "boxed", "stop", True, 100)
        draft = Draft(masked.question, masked.given, masked.answer, attempts=[attempt])
        subjects.append((forward, draft))
    bounds = ChecksConfig(required=required)
    with Equality(bounds.math_seconds) as equal, ThreadPoolExecutor(3) as threads:
        equal("x+1", "1+x")  # the workers are up
        began = time.monotonic()

        def judge(pair: tuple[Problem, Draft]) -> str:
            return verdict(run_checks(Subject(pair[0], None, pair[1], bounds, equal)))[0]

        verdicts = list(threads.map(judge, subjects))
        seconds = time.monotonic() - began
    accepted = verdicts.count("accepted")
    print(
        f"\n{len(subjects):,} pairs ({pairs // 1000} hostile answers) in {seconds:.1f} s:"
        f" {len(subjects) / seconds:,.0f} pairs/s; {accepted:,} accepted"
    )


def main() -> None:
    """Parse and run one of the three."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("speed", "memory", "checks"))
    parser.add_argument("--rows", type=int, nargs="+")
    options = parser.parse_args()
    if options.what == "speed":
        speed((options.rows or [2_000])[0])
    elif options.what == "memory":
        memory(options.rows or [1_000, 100_000])
    else:
        checks((options.rows or [10_000])[0])


if __name__ == "__main__":
    main()
