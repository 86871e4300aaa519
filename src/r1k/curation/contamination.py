"""Which questions repeat a benchmark's: by runs of words, and by MinHash."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from r1k.curation.near import Signatures, copies, signatures
from r1k.source.benchmarks import Text
from r1k.verification.ngrams import RULES, Index

RuleName = Literal["s1", "open-r1", "words-8", "words-13", "near"]
_NUMBER = re.compile(r"\d+")


class Overlap(NamedTuple):
    """By `rule`, question number `question` overlaps with text number `other` of the benchmarks.

    `score` is the share of the other text's runs that are shared, or the MinHash similarity.
    """

    question: int
    other: int
    rule: str
    shared: int
    score: float
    runs: list[str]


@dataclass(frozen=True)
class Benchmarked:
    """Benchmark questions, ready to be compared with by some rules."""

    texts: list[Text]
    indexes: dict[str, Index]
    similarity: float
    signatures: Signatures | None

    @classmethod
    def of(cls, texts: list[Text], rules: Sequence[RuleName], similarity: float) -> "Benchmarked":
        """Compare with `texts` by `rules`; `similarity` is the least that is a near-copy."""
        plain = [text.text for text in texts]
        by_runs = [rule for rule in dict.fromkeys(rules) if rule != "near"]
        indexes: dict[str, Index] = {rule: Index(plain, RULES[rule]) for rule in by_runs}
        near = signatures(plain) if "near" in rules else None
        return cls(texts, indexes, similarity, near)

    def find(self, questions: Sequence[str], signed: Signatures | None) -> list[Overlap]:
        """All overlaps of `questions`, whose signatures are `signed` (used by the rule `near`)."""
        found = [
            Overlap(hit.text, hit.other, rule, hit.shared, hit.score, hit.runs)
            for rule, index in self.indexes.items()
            for hit in index.hits(questions)
        ]
        if self.signatures is not None and signed is not None:
            for here, there, alike in zip(
                *(a.tolist() for a in copies(signed, self.signatures, self.similarity)), strict=True
            ):
                found.append(Overlap(here, there, "near", 0, alike, []))
        return sorted(found, key=lambda o: (o.question, o.other))


def same_numbers(one: str, other: str) -> bool:
    """Whether two texts have the same numbers, as often."""
    return sorted(_NUMBER.findall(one)) == sorted(_NUMBER.findall(other))
