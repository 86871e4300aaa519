"""How well final answers are found and compared, against labels from elsewhere.

    python -m benchmarks.answers out/scores

Three sets of replies: the written hard cases of tests/evaluation/answers.jsonl, labelled by hand;
what the models scored under out/scores answered to questions of r1k, labelled by
whether the text in the last box after the reasoning is the gold answer, letter for letter; and the
50 attempts of DeepSeek-R1 in the paper's sample, labelled by the grades published with them (which
a model gave). Every disagreement is printed, to be read.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow.parquet as pq

from benchmarks.data import real
from benchmarks.machine import describe
from r1k.evaluation.answers import answer_of, is_right
from r1k.hub.markdown import table
from r1k.show import printable
from r1k.source.answers import final_answer

CASES = Path(__file__).parents[1] / "tests" / "evaluation" / "answers.jsonl"


class Labelled(NamedTuple):
    """A reply to a question, and whether it is right by someone else's lights."""

    question: str
    gold: str
    reply: str
    right: bool


def written() -> Iterator[Labelled]:
    """The hard cases."""
    for line in CASES.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        yield Labelled(case["question"], case["gold"], case["reply"], case["right"])


def of_models(folder: Path) -> Iterator[Labelled]:
    """What models replied, by lighteval's details."""
    for file in sorted(folder.rglob("details_r1k*.parquet")):
        if "direction" in file.name or "invert" in file.name:
            continue
        rows = pl.read_parquet(file, columns=["doc", "model_response"], glob=False)
        for doc, response in rows.iter_rows():
            gold = doc["choices"][0]
            for reply in response["text"]:
                boxes = re.findall(r"\\boxed\{([^\n]*)\}", reply.rpartition("</think>")[2])
                yield Labelled(doc["query"], gold, reply, bool(boxes) and boxes[-1] == gold)


def of_deepseek() -> Iterator[Labelled]:
    """Published attempts with their grades."""
    for row in pq.read_table(real("paper-sample-100.parquet")).to_pylist():
        if row["sample_type"] == "original":
            found = final_answer(row["solution"])
            gold = found[0] if found else row["solution"]
            right = row["deepseek_grade"] == "Yes"
            yield Labelled(row["question"], gold, row["deepseek_attempt"], right)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scores", type=Path, help="what lighteval left, with details")
    folder = parser.parse_args().scores
    print(describe("math-verify"), "\n")
    rows = []
    for name, cases in (
        ("written hard cases", written()),
        ("embedded models", of_models(folder)),
        ("DeepSeek-R1, graded", of_deepseek()),
    ):
        counts = {True: 0, False: 0}
        wrong = {True: 0, False: 0}
        for case in cases:
            answer = answer_of(case.reply)
            right = answer is not None and is_right(case.question, case.gold, answer)
            counts[case.right] += 1
            if right != case.right:
                wrong[case.right] += 1
                kind = "not found right" if case.right else "found right"
                print(f"{name}: {kind}: {printable(str(answer))!r}, gold {printable(case.gold)!r}")
        rows.append(
            [name, f"{wrong[True]} of {counts[True]}", f"{wrong[False]} of {counts[False]}"]
        )
    print("\n" + table(["replies", "right, not found so", "wrong, found right"], rows))


if __name__ == "__main__":
    main()
