"""`r1k curate`: what it finds in s1K, how fast, and how it grows.

    python -m benchmarks.curate hits               # the real table, and the hits judged by hand
    python -m benchmarks.curate speed              # 100,000 rows beside two loops: 5 minutes
    python -m benchmarks.curate scale              # 100,000, 300,000, 1,000,000 rows: 10 minutes
    python -m benchmarks.curate speed --rows 2000

`hits` compares the questions of s1K with those of MATH-500 and AIME 2024. `curate_judged.csv` has
the fifteen hits of the highest score by any rule, and fifteen drawn from the others, each read by
hand: `copy` (the same problem), `template` (another problem of the same kind, told alike), or
`boilerplate` (only a phrase in common).

`speed` and `scale` take made rows: each as long as a question of s1K, of words drawn from all of
them; every hundredth holds a part of a benchmark's question, every hundredth repeats an earlier
row. The loops are those of public repositories, by the rule of s1: one goes through all benchmark
questions for each row and intersects two sets, the other looks each run of a row up in one table of
all benchmarks' runs.
"""

import argparse
import csv
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.data import real
from benchmarks.machine import describe, watch
from r1k.curation.near import copies, signatures
from r1k.verification.ngrams import RULES, Index

JUDGED = Path(__file__).with_name("curate_judged.csv")
SIMILARITY = 0.6
SIZES = (100_000, 300_000, 1_000_000)
_BATCH = 20_000
Key = tuple[int, str, int]


def column(name: str, key: str) -> list[str]:
    """One column of a real data set."""
    with real(name).open(encoding="utf-8") as lines:
        return [json.loads(line)[key] for line in lines]


def benchmarks() -> list[tuple[str, int, str]]:
    """Benchmark, row and question."""
    return [
        (name, i, text)
        for name in ("math500", "aime24")
        for i, text in enumerate(column(f"{name}.jsonl", "problem"))
    ]


# ---------------------------------------------------------------------------------------- hits


def find() -> dict[str, dict[Key, float]]:
    """For each rule the hits of s1K with their scores."""
    questions, texts = column("s1k.jsonl", "question"), benchmarks()
    plain = [text for _, _, text in texts]
    found: dict[str, dict[Key, float]] = {}
    for name, rule in RULES.items():
        hits = Index(plain, rule).hits(questions)
        found[name] = {(hit.text, *texts[hit.other][:2]): hit.score for hit in hits}
    near = zip(*copies(signatures(questions), signatures(plain), SIMILARITY), strict=True)
    found["near"] = {(int(i), *texts[int(j)][:2]): float(alike) for i, j, alike in near}
    return found


def chosen(found: dict[str, dict[Key, float]]) -> list[Key]:
    """The hits to judge: the fifteen of the highest score, fifteen of the others at random."""
    best: dict[Key, float] = {}
    for hits in found.values():
        for key, score in hits.items():
            best[key] = max(score, best.get(key, 0.0))
    ordered = sorted(best, key=lambda key: (key[0], key[1] == "aime24", key[2]))
    order = sorted(ordered, key=lambda key: -best[key])
    rest = [key for key in ordered if key not in order[:15]]
    return order[:15] + random.Random(0).sample(rest, 15)


def show_hits() -> None:
    found = find()
    print("rule, benchmark, pairs of questions, rows of s1K")
    for rule, hits in found.items():
        for name in ("math500", "aime24"):
            keys = [key for key in hits if key[1] == name]
            print(f"  {rule:<9} {name:<8} {len(keys):>4} {len({key[0] for key in keys}):>4}")
        print(f"  {rule:<9} {'both':<8} {len(hits):>4} {len({key[0] for key in hits}):>4}")
    with JUDGED.open(encoding="utf-8", newline="") as lines:
        judged = {
            (int(row["row"]), row["benchmark"], int(row["benchmark_row"])): row["decision"]
            for row in csv.DictReader(lines)
        }
    if set(judged) != set(chosen(found)):
        sys.exit(f"{JUDGED}: these are not the hits that would be chosen today")
    every = {rule: set(hits) for rule, hits in found.items()}
    print("of the 30 judged by hand: copy, template, boilerplate")
    strict = {f"{rule}, half shared": {key for key, score in found[rule].items() if score >= 0.5}
              for rule in ("s1", "words-8", "words-13")}  # fmt: skip
    for rule, those in (every | strict).items():
        tally = Counter(judged[key] for key in those if key in judged)
        line = " ".join(f"{tally[d]:>4}" for d in ("copy", "template", "boilerplate"))
        print(f"  {rule:<21} {line}   (all hits: {len(those)})")


# --------------------------------------------------------------------------------------- speed


def make(rows: int, seed: int = 0) -> Iterator[list[str]]:
    """Made questions, in batches."""
    draw = random.Random(seed)
    lines = [question.split() for question in column("s1k.jsonl", "question")]
    words = [word for line in lines for word in line]
    lengths = [len(line) for line in lines]
    others = [text.split() for _, _, text in benchmarks()]
    batch: list[str] = []
    earlier = ""
    for row in range(rows):
        text = draw.choices(words, k=draw.choice(lengths))
        if row % 100 == 50:
            other = draw.choice(others)
            start = draw.randrange(len(other))
            text[len(text) // 2 : len(text) // 2] = other[start : start + 20]
        question = " ".join(text)
        if row % 100 == 99:
            question = earlier
        elif row % 100 == 0:
            earlier = question
        batch.append(question)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def runs(text: str, n: int = 8) -> set[str]:
    """All runs of n words, as s1 and open-r1 take them."""
    words = text.lower().split()
    return {" ".join(words[i : i + n]) for i in range(len(words) - n + 1)}


def each_with_each(rows: list[str], others: list[str]) -> set[tuple[int, int]]:
    """Row after row, benchmark question after benchmark question."""
    theirs = [runs(other) for other in others]
    found = set()
    for i, row in enumerate(rows):
        mine = runs(row)
        for j, other in enumerate(theirs):
            if mine & other:
                found.add((i, j))
    return found


def look_up(rows: list[str], others: list[str]) -> set[tuple[int, int]]:
    """Row after row, each run looked up among all of the benchmarks."""
    table: dict[str, set[int]] = {}
    for j, other in enumerate(others):
        for run in runs(other):
            table.setdefault(run, set()).add(j)
    return {(i, j) for i, row in enumerate(rows) for run in runs(row) for j in table.get(run, ())}


def indexed(rows: list[str], others: list[str]) -> set[tuple[int, int]]:
    """r1k, with the shared passages of every hit."""
    return {(hit.text, hit.other) for hit in Index(others, RULES["s1"]).hits(rows)}


def show_speed(rows: int) -> None:
    others = [text for _, _, text in benchmarks()]
    made = [question for batch in make(rows) for question in batch]
    words = sum(len(question.split()) for question in made) / rows
    print(f"{rows:,} rows of {words:.0f} words, {len(others)} benchmark questions")
    results, seconds = [], []
    for function in (indexed, look_up, each_with_each):
        started = time.perf_counter()
        results.append(function(made, others))
        seconds.append(time.perf_counter() - started)
        print(f"  {function.__name__:<15} {seconds[-1]:8.2f} s  {seconds[-1] / seconds[0]:6.1f} "
              f"times r1k's  {len(results[-1]):,} hits", flush=True)  # fmt: skip
    if not results[0] == results[1] == results[2]:
        sys.exit("the hits differ")
    print("  the hits are the same")


# --------------------------------------------------------------------------------------- scale


def show_scale(sizes: list[int]) -> None:
    against = ",".join(f"{name}={real(f'{name}.jsonl')}" for name in ("math500", "aime24"))
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            source, out = Path(folder, "made.parquet"), Path(folder, f"out-{size}")
            schema = pa.schema({"question": pa.string(), "answer": pa.string()})
            with pq.ParquetWriter(source, schema) as writer:
                for batch in make(size):
                    answers = [str(i % 97) for i in range(len(batch))]
                    writer.write_table(pa.table({"question": batch, "answer": answers}))
            run = watch(
                [sys.executable, "-m", "r1k.cli", "curate", str(source), "--against", against,
                 "-o", str(out)],
                Path.cwd(),
            )  # fmt: skip
            if run.code:
                sys.exit(run.output)
            manifest = json.loads((out / "manifest.json").read_text())
            cpu = manifest["run"]["cpu_seconds"]
            removed = Counter({s["reason"]: s["removed"] for s in manifest["steps"][1:]})
            print(f"{size:>9,} rows {run.seconds:7.0f} s "
                  f"{cpu:7.0f} s of CPU {1e6 * cpu / size:5.0f} us a row "
                  f"{run.peak:6.0f} MiB  left {manifest['steps'][-1]['left']:,}, removed: "
                  f"{', '.join(f'{n:,} {why}' for why, n in (+removed).items())}",
                  flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", choices=["hits", "speed", "scale"])
    parser.add_argument("--rows", type=int, action="append")
    options = parser.parse_args()
    print(describe("polars", "numpy", "rensa"), f"{pl.thread_pool_size()} threads", flush=True)
    if options.what == "hits":
        show_hits()
    elif options.what == "speed":
        show_speed((options.rows or [100_000])[0])
    else:
        show_scale(options.rows or list(SIZES))


if __name__ == "__main__":
    main()
