"""The tables that `r1k curate` writes."""

from typing import Literal

from r1k.schema import Record


class CuratedRow(Record):
    """A row that stays, and can be inverted: `r1k generate OUT --source.config curated`."""

    source_row: int
    source_sha256: str
    id: str | None
    question: str
    trace: str | None
    answer: str | None
    reference: str | None
    grade: str | None
    domain: str | None
    pass_rate: float | None


class RemovedRow(CuratedRow):
    """A row that goes: `reason` is the first rule that it broke, `detail` says more."""

    reason: str
    detail: str


class ContaminationRow(Record):
    """A question of the source and one of a benchmark that overlap by one rule."""

    source_row: int
    id: str | None
    benchmark: str
    benchmark_row: int
    rule: str
    shared: int
    score: float
    passages: list[str]
    same_numbers: bool
    decision: Literal["removed", "reported"]
    question: str
    benchmark_question: str


CONFIGS = {
    "curated": "the rows that stay",
    "removed": "the rows that go, each with the first rule that it broke",
    "contamination": "every overlap with a benchmark: both texts, what they share, the decision",
}
_ROW = {
    "source_row": "the row's number in the source, from 0",
    "source_sha256": "SHA-256 of the row's canonical JSON",
    "id": "the row's id in the source",
    "question": "the question",
    "trace": "the reasoning",
    "answer": "the final answer",
    "reference": "the answer of a second text of the source",
    "grade": "what the source says of the answer",
    "domain": "the domain, where a column with it was named",
    "pass_rate": "the highest of the solvers' pass rates, where columns with them were named",
}
FIELDS = {
    "curated": _ROW,
    "removed": _ROW | {
        "reason": "the first rule that the row broke",
        "detail": "which row it repeats, which benchmark it overlaps with, what could not be read",
    },
    "contamination": {
        "source_row": _ROW["source_row"],
        "id": _ROW["id"],
        "benchmark": "the benchmark",
        "benchmark_row": "the number of its question, from 0",
        "rule": "the rule by which they overlap",
        "shared": "how many of the benchmark question's runs of words are in the source's question",
        "score": "the share of that; for `near`, the similarity by MinHash",
        "passages": "what both say, as the rule's words; overlapping runs are one passage",
        "same_numbers": "whether both have the same numbers",
        "decision": "whether the row was removed for it, or it is only reported",
        "question": "the source's question",
        "benchmark_question": "the benchmark's question",
    },
}  # fmt: skip
