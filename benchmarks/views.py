"""How fast the views are built, and in how much memory.

    python benchmarks/views.py            # 1,000 and 100,000 pairs
    python benchmarks/views.py 20000

Pairs are synthetic, with lengths like s1K's: questions of about 400 characters, traces of about
5,000 (log-normal), with the boxes, bold text and headings that the template must find. For each
number of pairs a process of its own builds the views from one parquet file; its memory is
sampled every 20 ms. Reading the pairs, rendering, shuffling, compressing, hashing: all is counted.
"""

import multiprocessing
import platform
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa

from r1k.config import Config
from r1k.schema import Pair, arrow_schema
from r1k.views.build import build_views
from r1k.views.table import TableWriter

BATCH = 1_000


def main() -> None:
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.processor(),
    )  # fmt: skip
    cores = len(psutil.Process().cpu_affinity() or [])
    print(f"{cpu}, {cores} cores, Python {platform.python_version()}", end="")
    print("".join(f", {name} {version(name)}" for name in ("polars", "pyarrow")))
    print(
        f"{'pairs':>8} {'in MB':>7} {'out MB':>7} {'rows':>8} {'s':>7} {'rows/s':>8} {'peak MB':>8}"
    )
    for count in [int(argument) for argument in sys.argv[1:]] or [1_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            measure(count, Path(folder))


def measure(count: int, folder: Path) -> None:
    """Build the views of `count` pairs and print one line."""
    source = write_source(count, folder / "source")
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=build, args=(source, folder / "views"))
    process.start()
    watched, peak = psutil.Process(process.pid), 0
    while process.is_alive():
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.02)
    process.join()
    assert process.exitcode == 0
    seconds = float((folder / "views" / "seconds").read_text())
    files = list((folder / "views").rglob("*.parquet"))
    size_in = sum(path.stat().st_size for path in source) / 1e6
    size_out = sum(path.stat().st_size for path in files) / 1e6
    rows = 13 * count  # forward, reverse, inversion, 2 x mixed, tagged, preference, 4 x unpaired
    print(
        f"{count:8} {size_in:7.0f} {size_out:7.0f} {rows:8} {seconds:7.2f} {rows / seconds:8.0f} "
        f"{peak / 1e6:8.0f}",
        flush=True,
    )


def build(source: list[Path], out: Path) -> None:
    """What is measured; imports are done before the clock starts."""
    start = time.perf_counter()
    build_views({"train": source}, out, Config())
    (out / "seconds").write_text(str(time.perf_counter() - start))


def write_source(count: int, folder: Path) -> list[Path]:
    """Synthetic pairs as parquet; the same for the same count."""
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = ["".join(rng.choice(letters, rng.integers(2, 10))) for _ in range(5_000)]
    # A Zipf-like choice of words, so that the text compresses about as real text does.
    picks = np.minimum(rng.zipf(1.3, 3_000_000), len(words)) - 1
    ends = np.array([" "] * 90 + [", ", ". ", "\n\n", " $x^2$ ", " = "] * 2)[
        rng.integers(0, 100, len(picks))
    ]
    text = "".join(words[i] + end for i, end in zip(picks, ends, strict=True))
    writer = TableWriter(folder, "train", arrow_schema(Pair))
    for start in range(0, count, BATCH):
        rows = min(BATCH, count - start)
        writer.write(pa.RecordBatch.from_pylist(
            [synthetic(start + i, text, rng) for i in range(rows)], schema=arrow_schema(Pair)
        ))  # fmt: skip
    return [file.path for file in writer.close()]


def synthetic(i: int, text: str, rng: np.random.Generator) -> dict[str, object]:
    """One accepted pair as a row of `arrow_schema(Pair)`."""

    def cut(length: int) -> str:
        start = int(rng.integers(0, len(text) - length))
        return text[start : start + length]

    def problem(answer: int) -> dict[str, object]:
        length = min(int(rng.lognormal(np.log(5_000), 0.6)), 100_000)
        trace = f"Okay, so {cut(length)}\n\n**Check:** {cut(80)}\n\n### Final Answer\n"
        trace += f"\\boxed{{{answer}}}"
        return {"question": cut(400), "trace": trace, "answer": str(answer)}

    return {
        "pair_id": f"{i:016x}",
        "verdict": "accepted",
        "reasons": [],
        "forward": problem(i),
        "reverse": problem(i + 1),
        "given": str(i + 1),
        "checks": [
            {"id": name, "version": 1, "outcome": "pass", "required": True, "evidence": "ok"}
            for name in ("parsed", "round_trip", "distinct", "length")
        ],
        "provenance": {"source": "synthetic", "source_row": i, "source_sha256": "0" * 64,
                       "inverter": "mask", "inverter_version": 1, "seed": 0},
    }  # fmt: skip


if __name__ == "__main__":
    main()
