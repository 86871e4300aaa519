"""The checks on 600 real pairs of word problems, and on wrong pairs made from them.

    python -m benchmarks.gsm8k_backward        # half a minute

MetaMath's GSM8K_Backward gives a forward question, a reverse question that asks for one of its
numbers, and both answers. A pair that the checks reject is a false rejection; a wrong pair that
they accept is a false acceptance. No solver is asked, so the checks that need one are left out.
Also prints how many of the forward questions the inverter `mask` can invert, and why not the rest.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from scipy.stats import binomtest

from benchmarks.data import real
from r1k.config import ChecksConfig
from r1k.inversion.llm import Draft
from r1k.inversion.mask import NoInverse, mask
from r1k.schema import Problem
from r1k.source.givens import numbers
from r1k.verification.checks import Subject, run_checks, verdict
from r1k.verification.equal import Equality, plain_number

FILE = "gsm8k-backward-600.jsonl"
BOUNDS = ChecksConfig(
    required=[
        "parsed",
        "length",
        "language",
        "not_paraphrase",
        "forward_answer_given",
        "answer_is_given",
        "answer_hidden",
        "givens_kept",
        "same_problem",
        "answers_equal",
    ]
)
_STATED = re.compile(r"answer (?:of|to) the above question is (.*?), ?what")
_STATEMENT = re.compile(r"\n?If we know.*?, what is")
_KNOWN = ("column", "stated")


@dataclass(frozen=True)
class Row:
    """A forward and a reverse question and their answers.

    `found` says where the forward answer was: in a `column`, `stated` by the reverse question in
    a set phrase, or `inferred` as the only number that the forward question does not have.
    """

    forward: str
    forward_answer: str
    reverse: str
    reverse_answer: str
    found: str = "column"


def load(path: Path) -> list[Row]:
    """The rows whose forward answer is known; `found` tells how."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        forward, reverse = raw["original_question"], raw["question"]
        answer, found = raw.get("original_answer"), "column"
        if answer is None:
            stated = _STATED.search(reverse)
            answer, found = (
                (stated[1], "stated") if stated else (_infer(forward, reverse), "inferred")
            )
        if answer is not None:
            rows.append(Row(forward, answer, reverse, raw["answer"], found))
    return rows


def _infer(forward: str, reverse: str) -> str | None:
    old = {n.value for n in numbers(forward)}
    new = {n.value: n.text for n in numbers(reverse) if n.value not in old and n.role != "implied"}
    return next(iter(new.values())) if len(new) == 1 else None


def wrong_pairs(rows: list[Row], seed: int = 0) -> Iterator[tuple[str, Row]]:
    """`(kind, row)` for every way in which a good row is made wrong, where that is possible.

    Not among them: the two directions swapped. The inverse of an inverse is a good inverse.
    """
    for i, row in enumerate(rows):
        rng = random.Random(f"{seed} {i}")
        other = rng.choice([r for r in rows if r.forward != row.forward])
        made = {
            "answers swapped": replace(
                row, forward_answer=row.reverse_answer, reverse_answer=row.forward_answer
            ),
            "answer of another": replace(row, reverse_answer=other.reverse_answer),
            "forward answer of another": replace(row, forward_answer=other.forward_answer),
            "question and answer of another": replace(
                row, reverse=other.reverse, reverse_answer=other.reverse_answer
            ),
            "question of another": replace(row, reverse=other.reverse),
            "answer leaked": replace(row, reverse=_leak(row, i)),
            "given removed": replace(row, reverse=_without_given(row, rng)),
            "statement removed": replace(row, reverse=_STATEMENT.sub("\nWhat is", row.reverse)),
        }
        yield from ((kind, wrong) for kind, wrong in made.items() if wrong != row)


def _leak(row: Row, i: int) -> str:
    answer = row.reverse_answer
    if i % 3 == 0:
        return f"{row.reverse} (Hint: x = {answer}.)"
    if i % 3 == 1:
        return re.sub(r"\bx\b", answer, row.reverse, count=1)
    return f"It is known that x is {answer}. {row.reverse}"


def _without_given(row: Row, rng: random.Random) -> str:
    stated = plain_number(row.forward_answer)
    end = row.reverse.rfind("answer")
    removable = [
        n
        for n in numbers(row.reverse)
        if n.role in ("given", "word") and n.end < end and (not stated or n.value != stated[0])
    ]
    if not removable:
        return row.reverse
    number = rng.choice(removable)
    return f"{row.reverse[: number.start]}some{row.reverse[number.end :]}"


def judge(row: Row, equal: Equality) -> tuple[str, list[str]]:
    """The verdict on a row, and the checks that failed."""
    subject = Subject(
        forward=Problem(question=row.forward, answer=row.forward_answer),
        grade=None,
        draft=Draft(question=row.reverse, given=row.reverse_answer, expected=row.reverse_answer),
        bounds=BOUNDS,
        equal=equal,
    )
    return verdict(run_checks(subject))


def rejections(rows: Iterable[Row], equal: Equality) -> list[tuple[Row, list[str]]]:
    """The rows that are not accepted, with the checks that failed."""
    judged = ((row, *judge(row, equal)) for row in rows)
    return [(row, reasons) for row, outcome, reasons in judged if outcome != "accepted"]


def acceptances(rows: list[Row], equal: Equality, seed: int = 0) -> dict[str, tuple[int, int]]:
    """For each kind of wrong pair, how many were accepted, and of how many."""
    accepted: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for kind, row in wrong_pairs(rows, seed):
        total[kind] += 1
        accepted[kind] += judge(row, equal)[0] == "accepted"
    return {kind: (accepted[kind], n) for kind, n in total.items()}


def masked(rows: Iterable[Row], seed: int = 0) -> Counter[str]:
    """How many of the forward questions `mask` inverts (`made`), and why it does not the others."""
    counts: Counter[str] = Counter()
    for question, answer in {(row.forward, row.forward_answer) for row in rows}:
        try:
            mask(Problem(question=question, answer=answer), seed)
            counts["made"] += 1
        except NoInverse as e:
            counts[str(e)] += 1
    return counts


def _line(name: str, hits: int, total: int) -> str:
    if not total:
        return f"| {name} | 0 / 0 | | |"
    interval = binomtest(hits, total).proportion_ci(method="wilson")
    return (
        f"| {name} | {hits} / {total} | {hits / total:.2%} "
        f"| {float(interval.low):.2%} to {float(interval.high):.2%} |"
    )


def main() -> None:
    """Print the tables."""
    rows = load(real(FILE))
    known = [row for row in rows if row.found in _KNOWN]
    inferred = [row for row in rows if row.found == "inferred"]
    print(f"forward answers: {dict(Counter(row.found for row in rows))}\n")
    with Equality(2.0) as equal:
        print(
            "| good pairs rejected | rejected | share | 95 % (Wilson) |\n| --- | --- | --- | --- |"
        )
        whys: Counter[str] = Counter()
        for name, part in (("answer known", known), ("answer inferred", inferred)):
            rejected = rejections(part, equal)
            whys.update(reason for _, reasons in rejected for reason in reasons)
            print(_line(name, len(rejected), len(part)))
        print(f"\nby check: {dict(whys.most_common())}\n")
        print(
            "| wrong pairs accepted | accepted | share | 95 % (Wilson) |\n| --- | --- | --- | --- |"
        )
        for kind, (accepted, total) in acceptances(known, equal).items():
            print(_line(kind, accepted, total))
    counts = masked(known)
    print("\n| mask on the forward questions | count |\n| --- | --- |")
    for why, count in counts.most_common():
        print(f"| {why} | {count} |")


if __name__ == "__main__":
    main()
