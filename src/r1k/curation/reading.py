"""The reading of `r1k curate`: rows of the source go to shards, with all that is seen in each.

A shard holds `ROWS` rows that follow each other, as they will be written, with the hashes, MinHash,
rules broken and overlaps with benchmarks. It depends on nothing but those rows, so that any process
on any machine can make it, and what is there already need not be made again.
"""

import os
import platform
import socket
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from r1k.curation.config import CurateConfig
from r1k.curation.contamination import Benchmarked, Overlap, same_numbers
from r1k.curation.near import PERMUTATIONS, Signatures, key_hash, signatures
from r1k.curation.rows import ContaminationRow, CuratedRow, RemovedRow
from r1k.curation.select import (
    difficulty_rules,
    first_alike,
    first_broken,
    normalised,
    numbers_and_signs,
    quality_rules,
)
from r1k.errors import UserError
from r1k.schema import Source, arrow_schema
from r1k.source.benchmarks import Text
from r1k.source.read import read_both

ROWS = 1_000
# Raised whenever a shard of the same rows would be another: earlier ones are then not taken over.
VERSION = 1
REMOVED, CONTAMINATION = arrow_schema(RemovedRow), arrow_schema(ContaminationRow)
SIGNATURE_BYTES = 2 * PERMUTATIONS
_WORDS = ["exact_a", "exact_b", "normalised_a", "normalised_b", "id_a", "id_b", "key"]
# What judging needs of every row at once.
SEEN = pa.schema(
    [
        ("reason", pa.string()),
        ("domain", pa.string()),
        *((name, pa.uint64()) for name in _WORDS),
        ("quality", pa.string()),
        ("difficulty", pa.string()),
        ("length", pa.uint32()),
        ("contaminated", pa.string()),
        ("signature", pa.binary(SIGNATURE_BYTES)),
    ]
)
_SHARD = pa.schema(
    [
        *REMOVED,
        *(field for field in SEEN if field.name not in REMOVED.names),
        ("overlaps", pa.list_(pa.struct(list(CONTAMINATION)))),
    ]
)
_POLARS = pl.DataFrame(arrow_schema(CuratedRow).empty_table()).schema
_LIBRARIES = ("r1k", "numpy", "polars", "pyarrow", "rensa", "xxhash")


@dataclass(frozen=True)
class Job:
    """What is read, how, and the folder of the shards."""

    source: str
    config: CurateConfig
    texts: list[Text]
    folder: Path
    versions: dict[str, str]


def versions() -> dict[str, str]:
    """What two processes must have in common for their shards to be the same."""
    found = {name: version(name) for name in _LIBRARIES}
    return {"reading": str(VERSION), "python": platform.python_version(), **found}


def shards(folder: Path) -> list[Path]:
    """The finished shards, in the order of the source."""
    return sorted(folder.glob("*.parquet"))


def read_share(job: Job, share: int, of: int, tick: Callable[[], None]) -> int:
    """Make every `of`-th shard, from number `share` on, that is not there yet.

    Returns:
        How many rows the source has.

    Raises:
        UserError: the source or the machine is not as it must be.
    """
    if not job.folder.is_dir():
        raise UserError(
            f"{job.folder}: is not there on {socket.gethostname()}; set --work to a folder on a "
            "disk that all nodes share"
        )
    if job.versions != versions():
        differ = ", ".join(k for k, v in versions().items() if job.versions.get(k) != v)
        raise UserError(
            f"{socket.gethostname()}: other versions than where the command was typed, of {differ};"
            " install the same"
        )
    made = {int(path.stem) for path in shards(job.folder)}
    rows = 0

    def wanted(row: int) -> bool:
        nonlocal rows
        rows = row + 1
        return row // ROWS % of == share and row // ROWS not in made

    look = _Look(job.config, job.texts)
    each = read_both(job.source, job.config.source, wanted)
    for number, group in groupby(each, lambda both: both[1].row // ROWS):
        table = look.at([_row(raw, row, job.config) for raw, row in group])
        # Whole or not at all, whenever the process ends; and nobody else writes this file.
        part = job.folder / f"{uuid.uuid4().hex}.part"
        with part.open("wb") as file:
            pq.write_table(table, file, compression="zstd", compression_level=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(job.folder / f"{number:09d}.parquet")
        tick()
    return rows


class _Look:
    """Looks at each row by itself."""

    def __init__(self, config: CurateConfig, texts: list[Text]) -> None:
        self._rules = config.contamination
        rules = [*self._rules.remove, *self._rules.report]
        self._benchmarked = (
            Benchmarked.of(
                texts,
                rules,
                self._rules.similarity,
                self._rules.encoder(),
                self._rules.semantic_similarity,
            )
            if texts
            else None
        )
        self._near = "near" in config.duplicates.kinds
        self._signs = self._near or (bool(texts) and "near" in rules)
        self._quality = quality_rules(config.quality)
        self._difficulty = difficulty_rules(config.difficulty)

    def at(self, rows: list[dict[str, Any]]) -> pa.Table:
        """The shard of these rows."""
        frame = pl.DataFrame(rows, schema={**_POLARS, "reason": pl.String, "detail": pl.String})
        questions = frame["question"]
        signed = signatures(questions) if self._signs else None
        hashes = {
            "exact": first_alike(questions),
            "normalised": first_alike(normalised(questions)),
            "id": first_alike(frame["id"]).with_columns(
                pl.when(frame["id"].is_not_null()).then(pl.col("a", "b"))
            ),
        }
        contaminated, overlaps = self._contaminated(rows, signed)
        seen: dict[str, Any] = {
            **{f"{name}_{half}": h[half].to_arrow() for name, h in hashes.items() for half in "ab"},
            "key": [key_hash(numbers_and_signs(q)) for q in questions],
            "quality": first_broken(frame, self._quality).to_arrow(),
            "difficulty": first_broken(frame, self._difficulty).to_arrow(),
            "length": frame["trace"].fill_null("").str.len_chars().to_arrow(),
            "contaminated": contaminated,
            "signature": [s.tobytes() for s in signed]
            if self._near and signed is not None
            else pa.nulls(len(rows)),
            "overlaps": overlaps,
        }
        table = pa.Table.from_pylist(rows, schema=REMOVED)
        for name in _SHARD.names[len(REMOVED) :]:
            field = _SHARD.field(name)
            values = seen[name]
            is_arrow = isinstance(values, pa.Array)
            column = values.cast(field.type) if is_arrow else pa.array(values, field.type)
            table = table.append_column(field, column)
        return table

    def _contaminated(
        self, rows: Sequence[Mapping[str, Any]], signed: Signatures | None
    ) -> tuple[list[str | None], list[list[dict[str, Any]]]]:
        """Of each row for what benchmark question it goes, if for any; and all its overlaps."""
        goes: list[str | None] = [None] * len(rows)
        overlaps: list[list[dict[str, Any]]] = [[] for _ in rows]
        if self._benchmarked is None:
            return goes, overlaps
        usable = [i for i, row in enumerate(rows) if not row["reason"]]
        questions = [rows[i]["question"] for i in usable]
        for found in self._benchmarked.find(
            questions, signed[usable] if signed is not None else None
        ):
            at = usable[found.question]
            removed = found.rule in self._rules.remove and (
                not found.runs or found.score >= self._rules.min_share
            )
            other = self._benchmarked.texts[found.other]
            if removed:
                goes[at] = goes[at] or f"{other.benchmark} row {other.row} ({found.rule})"
            overlaps[at].append(_contamination_row(rows[at], found, other, removed))
        return goes, overlaps


def check_columns(source: str, config: CurateConfig) -> None:
    """Read the first row, so that a bad source is refused at once.

    Raises:
        UserError: a column that the configuration names is not there.
    """
    first, _ = next(read_both(source, config.source))
    for column in filter(None, [*config.difficulty.pass_rates, config.diversity.domain]):
        if first and column not in first:
            raise UserError(
                f"{source}: no column {column!r} (columns: {', '.join(map(str, first))}); see "
                "difficulty.pass_rates and diversity.domain"
            )


def _row(raw: Mapping[str, Any], row: Source, config: CurateConfig) -> dict[str, Any]:
    problem = row.problem
    rates = [_rate(raw.get(name), name, row.row) for name in config.difficulty.pass_rates]
    known = [rate for rate in rates if rate is not None]
    domain = raw.get(config.diversity.domain) if config.diversity.domain else None
    return {
        "source_row": row.row,
        "source_sha256": row.sha256,
        "id": row.id,
        "question": problem.question if problem else "",
        "trace": problem.trace if problem else None,
        "answer": problem.answer if problem else None,
        "reference": problem.reference if problem else None,
        "grade": row.grade,
        "domain": None if domain is None else str(domain),
        "pass_rate": max(known, default=None),
        "reason": "unreadable" if row.error else "",
        "detail": row.error or "",
    }


def _rate(value: Any, column: str, row: int) -> float | None:
    """A pass rate as a number; yes and no, true and false are 1 and 0."""
    if isinstance(value, str):
        value = {"true": 1, "yes": 1, "false": 0, "no": 0, "": None}.get(
            value.strip().lower(), value
        )
    try:
        rate = None if value is None else float(value)
    except (TypeError, ValueError):
        rate = -1
    if rate is not None and not 0 <= rate <= 1:
        raise UserError(
            f"row {row}: column {column!r} holds {str(value)[:40]!r}; difficulty.pass_rates needs "
            "numbers from 0 to 1, or true and false"
        )
    return rate


def _contamination_row(
    row: Mapping[str, Any], found: Overlap, other: Text, removed: bool
) -> dict[str, Any]:
    return {
        "source_row": row["source_row"],
        "id": row["id"],
        "benchmark": other.benchmark,
        "benchmark_row": other.row,
        "rule": found.rule,
        "shared": found.shared,
        "score": found.score,
        "passages": found.runs,
        "same_numbers": same_numbers(row["question"], other.text),
        "decision": "removed" if removed else "reported",
        "question": row["question"],
        "benchmark_question": other.text,
    }
