"""The paper's own 50 inversions under r1k's checks.

    python -m benchmarks.paper_sample [--out out/paper-sample]

A local OpenAI-compatible server replays what the authors published (DeepSeek-R1's reverse question,
trace and answer) over HTTP, and `r1k generate` inverts the 50 forward problems through it with the
inverter `llm`. What was published names no hidden given and no expected answer: the published
reverse answer stands for both, so `answers_equal` and `round_trip` hold by construction here and
say nothing.

Prints which inversions pass which checks, and how the verdicts agree with the judgements of
`paper_sample_judged.csv`, made by reading the pairs, without the checks' outcomes in view.
"""

import argparse
import csv
import json
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from benchmarks.data import real
from r1k.config import Config, load_config
from r1k.generate import generate
from r1k.inversion.llm import invert, solve_requests
from r1k.source.answers import final_answer
from r1k.source.read import read
from r1k.views.probe import probe
from r1k.views.template import answer_text, completion_text, trace_text
from tests.server import serve

JUDGED = Path(__file__).with_name("paper_sample_judged.csv")
RECIPE = Path("recipes/generate/openai.yaml")


def published(row: dict[str, Any], column: str = "text") -> tuple[str, str]:
    """Trace and answer text of a published completion."""
    text = row[column].split("<|im_start|>assistant\n<|im_start|>think\n", 1)[1]
    trace, _, answer = text.rpartition("<|im_start|>answer\n")
    return trace.strip(), answer.replace("<|im_end|>", "").strip()


def replies(config: Config, source: Path) -> list[dict[str, str]]:
    """What the server answers to each prompt that r1k will send."""
    rows = pq.read_table(source).to_pylist()
    flipped = {r["question"]: r for r in rows if r["sample_type"] == "flipped"}
    found = []
    for entry in read(str(source), config.source):
        if not entry.problem:
            continue
        row = flipped[rows[entry.row]["question"]]
        trace, answer_text = published(row)
        answer = (final_answer(answer_text) or ("", ""))[0]
        question = row["relevant-question"].strip()
        try:
            (request,) = next(invert(entry.problem, config))
        except StopIteration:
            continue
        reply = {"hidden_given": answer, "expected_answer": answer, "reverse_question": question}
        found.append({"match": request.messages[-1].content, "text": json.dumps(reply)})
        if config.llm.solve:
            (solve,) = solve_requests(question, config.llm.solve, config.seed)
            found.append(
                {"match": solve.messages[-1].content, "text": answer_text, "reasoning": trace}
            )
    return found


def main() -> None:
    """Run the replay and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    out = parser.parse_args().out
    source = real("paper-sample-100.parquet")
    overrides = {"llm.solve.samples": "1", "llm.structured": "false", "checks.against": "[]"}
    with tempfile.TemporaryDirectory() as scratch:
        out = out or Path(scratch) / "paper-sample"
        lines = Path(scratch) / "replies.jsonl"
        with lines.open("w", encoding="utf-8") as file:
            for reply in replies(load_config(RECIPE, overrides), source):
                file.write(json.dumps(reply) + "\n")
        with serve("--replies", str(lines)) as server:
            config = load_config(RECIPE, {**overrides, "llm.base_url": server.base_url})
            manifest = generate(str(source), config, out)
        tables = [pl.read_parquet(f) for f in out.glob("pairs/*.parquet")]
        tables.append(pl.read_parquet(next(out.glob("rejected/*.parquet"))))
    pairs = pl.concat(tables).sort(pl.col("provenance").struct.field("source_row"))
    print(f"\ncounts: {manifest['counts']}")
    print_checks(pairs)
    print_rows(pairs)
    print_agreement(pairs)
    print_layout(source)


def print_checks(pairs: pl.DataFrame) -> None:
    """How many of the inversions pass each check."""
    made = pairs.filter(pl.col("reverse").is_not_null())
    print(f"\n{made.height} inversions reached the checks\n")
    print("| check | pass | fail | not run |\n| --- | --- | --- | --- |")
    checks = made.select(pl.col("checks").explode()).unnest("checks")
    for check_id in checks["id"].unique(maintain_order=True):
        counts = dict(checks.filter(pl.col("id") == check_id)["outcome"].value_counts().rows())
        row = (counts.get(o, 0) for o in ("pass", "fail", "not_run"))
        print(f"| {check_id} | {' | '.join(map(str, row))} |")


def print_rows(pairs: pl.DataFrame) -> None:
    """For each of the 50 inversions, the checks that it fails, or why there was none to check."""
    print("\n| row | verdict | fails |\n| --- | --- | --- |")
    for row in pairs.iter_rows(named=True):
        number = row["provenance"]["source_row"]
        if number >= 50:  # the flipped copies
            continue
        failed = [c["id"] for c in row["checks"] if c["outcome"] == "fail"]
        print(f"| {number} | {row['verdict']} | {', '.join(failed) or ', '.join(row['reasons'])} |")


def print_layout(source: Path) -> None:
    """How well layout alone tells the direction: as published, and in r1k's template."""
    rows = [r for r in pq.read_table(source).to_pylist() if r["sample_type"] == "original"]
    raw = [[r[c].split("<|im_start|>assistant\n")[1] for r in rows] for c in ("text", "worse-text")]
    parts = [[published(r, c) for r in rows] for c in ("text", "worse-text")]
    rendered = []
    for direction in parts:
        frame = pl.DataFrame(direction, schema=["trace", "answer"], orient="row")
        answers = [(final_answer(a) or ("", ""))[0] for a in frame["answer"]]
        frame = frame.with_columns(pl.Series("answer", answers))
        frame = frame.select(
            trace_text(frame["trace"]).alias("trace"), answer_text(frame["answer"])
        )
        texts = frame.select(completion_text(pl.col("trace"), pl.col("answer"), pl.lit(True)))
        rendered.append(texts.to_series().to_list())
    print("\n| completions | layout tells the direction | 95 % |\n| --- | --- | --- |")
    ids = [str(i) for i in range(len(rows))]
    for name, (forward, reverse) in (("as published", raw), ("in r1k's template", rendered)):
        score = probe(forward + reverse, [1] * len(ids) + [0] * len(ids), ids + ids, 0)
        print(f"| {name} | {score.accuracy:.0%} | {score.low:.0%} to {score.high:.0%} |")


def print_agreement(pairs: pl.DataFrame) -> None:
    """The verdicts against the judgements made by reading."""
    with JUDGED.open(encoding="utf-8", newline="") as file:
        judged = {int(r["row"]): r for r in csv.DictReader(file)}
    verdicts = {r["provenance"]["source_row"]: r["verdict"] for r in pairs.iter_rows(named=True)}
    table = {(h, v): 0 for h in ("yes", "no") for v in ("accepted", "rejected")}
    for row, entry in judged.items():
        found = "accepted" if verdicts[row] == "accepted" else "rejected"
        table[entry["sound"], found] += 1
    print(f"\n{len(judged)} judged by reading\n")
    print("| sound pair, by reading | accepted by the checks | not accepted |")
    print("| --- | --- | --- |")
    for h in ("yes", "no"):
        print(f"| {h} | {table[h, 'accepted']} | {table[h, 'rejected']} |")
    agree = table["yes", "accepted"] + table["no", "rejected"]
    print(f"\nagreement: {agree} of {len(judged)}")


if __name__ == "__main__":
    main()
