"""Which questions repeat a benchmark's: by runs of words, by MinHash, by an encoder's vectors."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from r1k.curation.embed import Encoder, Vectors, similar
from r1k.curation.near import Signatures, copies, signatures
from r1k.source.benchmarks import Text
from r1k.verification.ngrams import RULES, Index

RuleName = Literal["s1", "open-r1", "words-8", "words-13", "near", "semantic"]
_NUMBER = re.compile(r"\d+")


class Overlap(NamedTuple):
    """By `rule`, question number `question` overlaps with text number `other` of the benchmarks.

    `score` is the share of the other text's runs that are shared, or the MinHash similarity, or
    the cosine; only in the first case are there `runs`.
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
    encoder: Encoder | None
    vectors: Vectors
    semantic_similarity: float

    @classmethod
    def of(
        cls,
        texts: list[Text],
        rules: Sequence[RuleName],
        similarity: float,
        encoder: Encoder | None = None,
        semantic_similarity: float = 1.0,
    ) -> "Benchmarked":
        """Compare with `texts` by `rules`; the similarities are the least that are near-copies."""
        plain = [text.text for text in texts]
        by_runs = [rule for rule in dict.fromkeys(rules) if rule in RULES]
        indexes: dict[str, Index] = {rule: Index(plain, RULES[rule]) for rule in by_runs}
        near = signatures(plain) if "near" in rules else None
        vectors = encoder.embed(plain) if encoder else np.empty((0, 0))
        return cls(texts, indexes, similarity, near, encoder, vectors, semantic_similarity)

    def find(self, questions: Sequence[str], signed: Signatures | None) -> list[Overlap]:
        """All overlaps of `questions`, whose signatures are `signed` (used by the rule `near`)."""
        found = [
            Overlap(hit.text, hit.other, rule, hit.shared, hit.score, hit.runs)
            for rule, index in self.indexes.items()
            for hit in index.hits(questions)
        ]
        if self.signatures is not None and signed is not None:
            near = copies(signed, self.signatures, self.similarity)
            found += _overlaps("near", *near)
        if self.encoder is not None and questions:
            mine = self.encoder.embed(questions)
            found += _overlaps("semantic", *similar(mine, self.vectors, self.semantic_similarity))
        return sorted(found, key=lambda o: (o.question, o.other))


def _overlaps(
    rule: str, here: NDArray[np.int64], there: NDArray[np.int64], alike: NDArray[np.float64]
) -> list[Overlap]:
    rows = zip(here.tolist(), there.tolist(), alike.tolist(), strict=True)
    return [Overlap(one, other, rule, 0, score, []) for one, other, score in rows]


def same_numbers(one: str, other: str) -> bool:
    """Whether two texts have the same numbers, as often."""
    return sorted(_NUMBER.findall(one)) == sorted(_NUMBER.findall(other))
