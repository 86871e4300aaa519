"""The inverter `mask` on the 1,000 problems of s1K, and how many of its pairs are sound.

    python -m benchmarks.s1k_mask             # the tables
    python -m benchmarks.s1k_mask --sample    # the 50 pairs that were judged, to read them

50 pairs, drawn with seed 0 from those that no check rejected, were judged by reading:
`s1k_mask_judged.csv` says of each whether it is sound (the answer is a given that the reverse
question determines, and the forward answer is needed for it) and if not, why.
"""

import argparse
import csv
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from scipy.stats import binomtest

from benchmarks.data import real
from benchmarks.machine import describe
from r1k.config import load_config
from r1k.generate import generate
from r1k.schema import Pair

JUDGED = Path(__file__).with_name("s1k_mask_judged.csv")
RECIPE = Path(__file__).parents[1] / "recipes" / "generate" / "mask.yaml"
SAMPLE = 50


def main() -> None:
    """Run `mask` and print the tables, or the sample."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", action="store_true", help="print the 50 pairs instead")
    show_sample = parser.parse_args().sample
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "s1k"
        manifest = generate(
            str(real("s1k.jsonl")), load_config(RECIPE, {"checks.against": "[]"}), out
        )
        rows = [row for f in out.glob("pairs/*.parquet") for row in pq.read_table(f).to_pylist()]
    pairs = sorted((Pair.model_validate(r) for r in rows), key=lambda p: p.provenance.source_row)
    chosen = random.Random(0).sample(pairs, SAMPLE)
    if show_sample:
        for pair in chosen:
            assert pair.reverse
            print(f"=== row {pair.provenance.source_row}, hidden: {pair.given}")
            print(pair.reverse.question, end="\n\n")
        return
    counts = manifest["counts"]
    print(describe("distilabel"))
    print(f"\n| verdict | rows of {counts['source_rows']:,} |\n| --- | --- |")
    for verdict in ("accepted", "unverified", "rejected"):
        print(f"| {verdict} | {counts[verdict]} |")
    print("\n| why rejected | rows |\n| --- | --- |")
    for reason, n in counts["reasons"]["rejected"].items():
        print(f"| {reason} | {n} |")
    print_judged(chosen)


def print_judged(chosen: list[Pair]) -> None:
    """The share of sound pairs in the judged sample, and what is wrong with the others."""
    with JUDGED.open(encoding="utf-8", newline="") as file:
        judged = {int(r["row"]): r for r in csv.DictReader(file)}
    if {p.provenance.source_row for p in chosen} != set(judged):
        sys.exit("the sample is not the one that was judged: read it (--sample) and judge it anew")
    sound = sum(r["sound"] == "yes" for r in judged.values())
    low, high = binomtest(sound, len(judged)).proportion_ci(method="wilson")
    print(
        f"\n{sound} of {len(judged)} pairs sound by reading"
        f" ({sound / len(judged):.0%}, 95 % interval {low:.0%} to {high:.0%})\n"
    )
    print("| what is wrong with the others | pairs |\n| --- | --- |")
    whys = Counter(r["why"] for r in judged.values() if r["sound"] == "no")
    for why, n in whys.most_common():
        print(f"| {why} | {n} |")


if __name__ == "__main__":
    main()
