"""The check `uncontaminated`: neither question of a pair repeats a part of a benchmark's.

A reverse question can reproduce a benchmark's problem that its forward question did not, so both
are looked at, by the rule of s1: no 8 words in a row in common.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from r1k.schema import Outcome
from r1k.source.benchmarks import Text, read_benchmarks
from r1k.verification.ngrams import RULES, Index

UNCONTAMINATED = ("uncontaminated", 1)
RULE = "s1"
# How the evidence of a failure tells which question it is about.
SAID = {d: f"the {d} question shares" for d in ("forward", "reverse")}
_SHOWN = 3


def check_questions(
    forward: str, reverse: str, against: Sequence[str], benchmarks: Path
) -> tuple[Outcome, str]:
    """Whether a pair's questions share a run of words with a benchmark, and with which problem.

    Raises:
        UserError: a benchmark cannot be read.
    """
    index, texts = load(tuple(against), benchmarks)
    found: dict[str, list[str]] = {said: [] for said in SAID.values()}
    for hit in index.hits([forward, reverse]):
        said, other = list(found)[hit.text], texts[hit.other]
        found[said].append(f"{said} {hit.score:.0%} of {other.benchmark} row {other.row}")
    shown = [one for several in found.values() for one in several[:_SHOWN]]
    return ("fail", "; ".join(shown)) if shown else ("pass", "")


@lru_cache(maxsize=1)
def load(against: tuple[str, ...], benchmarks: Path) -> tuple[Index, list[Text]]:
    """The benchmarks' questions, ready to be compared with."""
    texts = read_benchmarks(against, benchmarks).texts
    return Index([text.text for text in texts], RULES[RULE]), texts
