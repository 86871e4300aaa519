"""`r1k curate`: decontaminated, deduplicated and selected rows of a source.

The source is read once, in batches that go to disk; of each row only a few numbers and its MinHash
stay in memory (about 500 bytes). Every row ends as kept, or as removed with the first rule that it
broke. The rows that stay are the same whatever the machine.
"""

import resource
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from r1k.curation.card import COMMAND, make_card, make_manifest
from r1k.curation.config import CurateConfig
from r1k.curation.contamination import Benchmarked, Overlap, same_numbers
from r1k.curation.near import Signatures, key_hash, link, signatures
from r1k.curation.rows import CONFIGS, ContaminationRow, CuratedRow, RemovedRow
from r1k.curation.select import (
    difficulty_rules,
    draw_diverse,
    first_alike,
    first_broken,
    normalised,
    numbers_and_signs,
    quality_rules,
    repeats,
)
from r1k.errors import UserError
from r1k.hub.manifest import dump
from r1k.hub.write import building, check_out, install
from r1k.progress import Ticker
from r1k.schema import Source, arrow_schema
from r1k.source.benchmarks import Benchmarks, read_benchmarks
from r1k.source.read import count_rows, describe, read_both
from r1k.views.table import File, TableWriter

_BATCH_ROWS = 5_000
_BATCH_BYTES = 64 << 20
_CURATED, _REMOVED = arrow_schema(CuratedRow), arrow_schema(RemovedRow)
_CONTAMINATION = arrow_schema(ContaminationRow)
Bools = npt.NDArray[np.bool_]


def curate(source: str, config: CurateConfig, out: Path) -> dict[str, Any]:
    """Curate every row of `source` and write the dataset folder `out`; returns its manifest.

    Raises:
        UserError: anything the user can mend.
    """
    started = time.monotonic()
    check_out(out, COMMAND)
    _check(config)
    origin = describe(source, config.source)
    pinned = config.source.model_copy(update={"revision": origin.revision})
    config = config.model_copy(
        update={"source": pinned, "contamination": config.contamination.pinned()}
    )
    benchmarks = read_benchmarks(config.against, config.benchmarks)
    with building(out, COMMAND) as build, Ticker() as ticker:
        run = _Run(config, benchmarks, build, ticker)
        run.read(source)
        run.judge()
        files = run.write()
        shutil.rmtree(build / _Run.SCRATCH)
        facts = {
            "source": {
                "name": origin.source, "config": origin.config, "split": origin.split,
                "revision": origin.revision, "rows": len(run.reason),
            },
            "benchmarks": benchmarks.sources,
            "run": {
                "seconds": round(time.monotonic() - started, 1),
                "cpu_seconds": round(time.process_time(), 1),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
            },
        }  # fmt: skip
        manifest = make_manifest(config, facts, run.steps, run.overlaps, files)
        (build / "manifest.json").write_text(dump(manifest), encoding="utf-8")
        (build / "README.md").write_text(make_card(manifest, files, config), encoding="utf-8")
        install(build, out, set(manifest["files"]), CONFIGS)
    return manifest


def _check(config: CurateConfig) -> None:
    both = set(config.contamination.remove) & set(config.contamination.report)
    if both:
        raise UserError(
            f"contamination: {', '.join(sorted(both))} is in both remove and report; name it once"
        )
    if config.diversity.domain and not config.diversity.rows:
        raise UserError("diversity.domain: set diversity.rows too, how many rows shall stay")


class _Run:
    """One run: `read`, `judge`, `write`, in this order.

    `reason` is why each row goes ("": it stays), `detail` says more of some; `steps` are the rules
    in their order with the rows that each removed and left.
    """

    SCRATCH = "scratch"

    def __init__(
        self, config: CurateConfig, benchmarks: Benchmarks, build: Path, ticker: Ticker
    ) -> None:
        self.config, self.build, self.ticker = config, build, ticker
        rules = config.contamination
        self._rules = [*rules.remove, *rules.report]
        self._near = "near" in config.duplicates.kinds
        self._benchmarked = (
            Benchmarked.of(
                benchmarks.texts,
                self._rules,
                rules.similarity,
                rules.encoder(),
                rules.semantic_similarity,
            )
            if benchmarks.texts
            else None
        )
        self._signs = self._near or (bool(self._benchmarked) and "near" in self._rules)
        # Rules that look at a row by itself.
        self._own = {
            "quality": quality_rules(config.quality),
            "difficulty": difficulty_rules(config.difficulty),
        }
        self._frames: list[pl.DataFrame] = []
        self._signatures: list[Signatures] = []
        self._hits = TableWriter(build / "contamination", "train", _CONTAMINATION)
        self._shards: list[Path] = []
        self.reason: list[str] = []
        self.detail: dict[int, str] = {}
        self.steps: list[dict[str, Any]] = []
        self.overlaps: Counter[tuple[str, str, str]] = Counter()
        (build / self.SCRATCH).mkdir()

    # ----------------------------------------------------------------------------------- reading

    def read(self, source: str) -> None:
        """Read the source to disk, and look at each row by itself."""
        total = count_rows(source, self.config.source)
        of = f"/{total:,}" if total else ""
        done = 0
        for batch in _batches(source, self.config):
            self._look_at(batch, done)
            done += len(batch)
            self.ticker.tick(f"{done:,}{of} rows read")

    def _look_at(self, batch: list[dict[str, Any]], offset: int) -> None:
        shard = self.build / self.SCRATCH / f"{offset:012d}.parquet"
        pq.write_table(pa.Table.from_pylist(batch, schema=_REMOVED), shard, compression="zstd")
        self._shards.append(shard)
        frame = pl.DataFrame(batch, schema={**_POLARS, "reason": pl.String, "detail": pl.String})
        questions = frame["question"]
        signed = signatures(questions) if self._signs else None
        exact, alike = first_alike(questions), first_alike(normalised(questions))
        self._frames.append(
            pl.DataFrame(
                {
                    "reason": frame["reason"],
                    "exact_a": exact["a"],
                    "exact_b": exact["b"],
                    "normalised_a": alike["a"],
                    "normalised_b": alike["b"],
                    "key": pl.Series(
                        [key_hash(numbers_and_signs(q)) for q in questions], dtype=pl.UInt64
                    ),
                    "quality": first_broken(frame, self._own["quality"]),
                    "difficulty": first_broken(frame, self._own["difficulty"]),
                    "domain": frame["domain"],
                    "length": frame["trace"].fill_null("").str.len_chars(),
                    "contaminated": self._contaminated(batch, signed, offset),
                },
                schema_overrides={"quality": pl.Categorical, "difficulty": pl.Categorical,
                                  "domain": pl.Categorical, "reason": pl.Categorical},
            )
        )  # fmt: skip
        if self._near and signed is not None:
            self._signatures.append(signed)

    def _contaminated(
        self, batch: list[dict[str, Any]], signed: Signatures | None, offset: int
    ) -> list[bool]:
        """Whether each row goes for what it shares with a benchmark; notes every overlap."""
        flags = [False] * len(batch)
        if self._benchmarked is None:
            return flags
        texts, rows = self._benchmarked.texts, []
        usable = [i for i, row in enumerate(batch) if not row["reason"]]
        questions = [batch[i]["question"] for i in usable]
        for found in self._benchmarked.find(
            questions, signed[usable] if signed is not None else None
        ):
            at = usable[found.question]
            rules = self.config.contamination
            removed = found.rule in rules.remove and (
                not found.runs or found.score >= rules.min_share
            )
            other = texts[found.other]
            if removed and not flags[at]:
                flags[at] = True
                self.detail[offset + at] = f"{other.benchmark} row {other.row} ({found.rule})"
            self.overlaps[other.benchmark, found.rule, "removed" if removed else "reported"] += 1
            rows.append(_contamination_row(batch[at], found, other, removed))
        if rows:
            self._hits.write(pa.RecordBatch.from_pylist(rows, schema=_CONTAMINATION))
        return flags

    # ----------------------------------------------------------------------------------- judging

    def judge(self) -> None:
        """Apply the rules in order, each to the rows that the earlier ones left."""
        rows = pl.concat(self._frames)
        self._frames = []
        self.reason = rows["reason"].cast(pl.String).to_list()
        self._note("read", np.zeros(len(rows), bool), "")
        self._step("readable", np.array([bool(r) for r in self.reason]), None)
        if self._benchmarked is not None:
            self._step("uncontaminated", rows["contaminated"].to_numpy(), "contaminated")
        for kind in self.config.duplicates.kinds:
            first = self._first(kind, rows)
            again = first != np.arange(len(rows))
            for row in np.flatnonzero(again & self._alive()).tolist():
                self.detail[row] = f"repeats row {first[row]}"
            self._step(f"no {kind} duplicate", again, f"{kind} duplicate")
        for column, rules in self._own.items():
            for why in rules:
                broken = (rows[column] == why).fill_null(False).to_numpy()
                self._step(f"{column}: {why}", broken, f"{column}: {why}")
        wanted = self.config.diversity.rows
        if wanted:
            alive = np.flatnonzero(self._alive())
            domains = rows["domain"].cast(pl.String).fill_null("").gather(alive).to_list()
            chosen = draw_diverse(
                domains, rows["length"].to_numpy()[alive].astype(np.int64), wanted,
                self.config.seed,
            )  # fmt: skip
            not_drawn = np.ones(len(rows), bool)
            not_drawn[alive[chosen]] = False
            self._step("drawn for diversity", not_drawn, "not drawn")

    def _first(self, kind: str, rows: pl.DataFrame) -> npt.NDArray[np.int64]:
        """For each living row the earliest living row that it repeats (itself if none)."""
        alive = self._alive()
        if kind != "near":
            hashes = rows.select(a=f"{kind}_a", b=f"{kind}_b")
            return repeats(hashes, alive)
        at = np.flatnonzero(alive)
        signed = np.concatenate(self._signatures)[at]
        self._signatures = []
        self.ticker.tick(f"{len(at):,} rows compared with each other")
        least = self.config.duplicates.similarity
        near = link(signed, rows["key"].to_numpy()[at], least, least)
        first = np.arange(len(rows))
        first[at] = at[near.first]
        return first

    def _alive(self) -> Bools:
        return np.array([not reason for reason in self.reason], bool)

    def _step(self, name: str, broken: Bools, reason: str | None) -> None:
        """Remove the living rows that are `broken`; None: their reason is known."""
        goes = broken if reason is None else broken & self._alive()
        if reason is not None:
            for row in np.flatnonzero(goes).tolist():
                self.reason[row] = reason
        self._note(name, goes, reason or "unreadable")

    def _note(self, name: str, goes: Bools, reason: str) -> None:
        self.steps.append(
            {"rule": name, "reason": reason, "removed": int(goes.sum()),
             "left": int(self._alive().sum()) if name != "read" else len(self.reason)}
        )  # fmt: skip

    # ----------------------------------------------------------------------------------- writing

    def write(self) -> dict[str, list[File]]:
        """Write the rows that stay and those that go, in the order of the source."""
        writers = {
            "curated": TableWriter(self.build / "curated", "train", _CURATED),
            "removed": TableWriter(self.build / "removed", "train", _REMOVED),
        }
        at = 0
        for shard in self._shards:
            batch = pq.read_table(shard).combine_chunks()
            rows = range(at, at + batch.num_rows)
            why = [self.reason[i] for i in rows]
            known = batch["detail"].to_pylist()
            detail = [self.detail.get(i, d) for i, d in zip(rows, known, strict=True)]
            stays = pa.array([not reason for reason in why])
            batch = batch.set_column(batch.schema.get_field_index("reason"), "reason",
                                     pa.array(why, pa.string()))  # fmt: skip
            batch = batch.set_column(batch.schema.get_field_index("detail"), "detail",
                                     pa.array(detail, pa.string()))  # fmt: skip
            kept = batch.filter(stays).select(_CURATED.names).cast(_CURATED)
            gone = batch.filter(pa.array([bool(reason) for reason in why])).cast(_REMOVED)
            for name, table in (("curated", kept), ("removed", gone)):
                for part in table.to_batches():
                    writers[name].write(part)
            at += batch.num_rows
            self.ticker.tick(f"{at:,} rows written")
        files = {name: writer.close(keep_empty=True) for name, writer in writers.items()}
        files["contamination"] = self._hits.close(keep_empty=True)
        kept_rows, gone_rows = (writers[n].rows for n in ("curated", "removed"))
        if not kept_rows + gone_rows == at == len(self.reason):
            raise RuntimeError(f"{at} rows read, {kept_rows} kept and {gone_rows} removed")
        return files


_POLARS = pl.DataFrame(arrow_schema(CuratedRow).empty_table()).schema


def _batches(source: str, config: CurateConfig) -> Iterator[list[dict[str, Any]]]:
    """The rows of the source as those of the table `removed`, in batches."""
    batch: list[dict[str, Any]] = []
    size = 0
    for raw, row in read_both(source, config.source):
        if row.row == 0:
            _check_columns(source, raw, config)
        one = _row(raw, row, config)
        batch.append(one)
        size += len(one["question"]) + len(one["trace"] or "")
        if len(batch) == _BATCH_ROWS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _check_columns(source: str, first: Mapping[str, Any], config: CurateConfig) -> None:
    wanted = [*config.difficulty.pass_rates, config.diversity.domain]
    for column in filter(None, wanted):
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
    row: Mapping[str, Any], found: Overlap, other: Any, removed: bool
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
