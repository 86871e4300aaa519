"""`r1k curate`: decontaminated, deduplicated and selected rows of a source.

The source is read once, in batches that go to disk; of each row only a few numbers and its MinHash
stay in memory (about 500 bytes). Every row ends as kept, or as removed with the first rule that it
broke. The rows that stay are the same whatever the machine.
"""

import resource
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from r1k.cluster import check_ray
from r1k.curation.card import COMMAND, make_card, make_manifest
from r1k.curation.config import CurateConfig
from r1k.curation.kept import identity, known_rows, note_rows, remove, take_over
from r1k.curation.near import PERMUTATIONS, Signatures, link
from r1k.curation.reading import (
    CONTAMINATION,
    REMOVED,
    ROWS,
    SEEN,
    Job,
    check_columns,
    shards,
    versions,
)
from r1k.curation.rows import CONFIGS, CuratedRow
from r1k.curation.select import difficulty_rules, draw_diverse, quality_rules, repeats
from r1k.curation.workers import Read, read_all
from r1k.errors import UserError
from r1k.hub.manifest import dump
from r1k.hub.write import building, check_out, install
from r1k.progress import Ticker
from r1k.schema import arrow_schema
from r1k.source.benchmarks import read_benchmarks
from r1k.source.read import count_rows, describe
from r1k.views.table import File, TableWriter
from r1k.work import leave, lock, work_folder

_CURATED = arrow_schema(CuratedRow)
Bools = npt.NDArray[np.bool_]


def curate(
    source: str,
    config: CurateConfig,
    out: Path,
    work: Path | None = None,
    workers: int | None = None,
    ray: bool = False,
) -> dict[str, Any]:
    """Curate every row of `source` and write the dataset folder `out`; returns its manifest.

    `work` (default: `OUT.work`, beside `out`) keeps what was read until the dataset is written: run
    the same call again after an interruption, and only what is missing is read. So many `workers`
    read (default: this process alone); with `ray`, on the cluster of `RAY_ADDRESS` or a local one
    (default: on all its CPUs), and `source` and `work` must be on a disk that all nodes share.

    Raises:
        UserError: anything the user can mend.
    """
    started = time.monotonic()
    check_out(out, COMMAND)
    _check(config)
    if workers is not None and workers < 1:
        raise UserError(f"--workers {workers}: give 1 or more")
    if ray:
        check_ray()
    origin = describe(source, config.source)
    # From here on the very commit that the Hub's branch or tag stands for now.
    pinned = config.source.model_copy(update={"revision": origin.revision})
    config = config.model_copy(
        update={"source": pinned, "contamination": config.contamination.pinned()}
    )
    benchmarks = read_benchmarks(config.against, config.benchmarks)
    check_columns(source, config)
    work = work_folder(out, work)
    with lock(work):
        folder, kept = take_over(work, identity(source, origin, config, benchmarks.texts))
        with Ticker() as ticker:
            local = Path(source).expanduser()
            # Other machines have other working directories.
            where = str(local.resolve()) if ray and local.exists() else source
            job = Job(where, config, benchmarks.texts, folder.resolve(), versions())
            reading = _read(job, workers, ray, kept, ticker)
            with building(out, COMMAND) as build:
                run = _Run(config, shards(folder), reading.rows, bool(benchmarks.texts), ticker)
                run.judge()
                files = run.write(build)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
                facts = {
                    "source": {
                        "name": origin.source, "config": origin.config, "split": origin.split,
                        "revision": origin.revision, "rows": reading.rows,
                    },
                    "benchmarks": benchmarks.sources,
                    "run": {
                        "seconds": round(time.monotonic() - started, 1),
                        "cpu_seconds": round(time.process_time() + reading.cpu_seconds, 1),
                        "peak_mib": max(peak, reading.peak_mib),
                        "rows_taken_over": kept,
                    },
                }  # fmt: skip
                manifest = make_manifest(config, facts, run.steps, run.overlaps, files)
                (build / "manifest.json").write_text(dump(manifest), encoding="utf-8")
                card = make_card(manifest, files, config)
                (build / "README.md").write_text(card, encoding="utf-8")
                install(build, out, set(manifest["files"]), CONFIGS)
        remove(folder)
    leave(work)
    return manifest


def _check(config: CurateConfig) -> None:
    both = set(config.contamination.remove) & set(config.contamination.report)
    if both:
        raise UserError(
            f"contamination: {', '.join(sorted(both))} is in both remove and report; name it once"
        )
    if config.diversity.domain and not config.diversity.rows:
        raise UserError("diversity.domain: set diversity.rows too, how many rows shall stay")


def _read(job: Job, workers: int | None, ray: bool, kept: int, ticker: Ticker) -> Read:
    """Make the shards that are missing; how many rows there are in all."""
    rows = known_rows(job.folder)
    if rows is not None:
        return Read(rows, 0.0, 0)
    total: list[int | None] = [None]

    def count() -> None:
        total[0] = count_rows(job.source, job.config.source)

    threading.Thread(target=count, daemon=True).start()  # reading a large file takes seconds
    before = f" ({kept:,} of them by an earlier run)" if kept else ""

    def tick() -> None:
        done = len(shards(job.folder)) * ROWS
        of = f"/{total[0]:,}" if total[0] else ""
        ticker.tick(f"{min(done, total[0] or done):,}{of} rows read{before}")

    reading = read_all(job, workers, ray, tick)
    there = [int(path.stem) for path in shards(job.folder)]
    if there != list(range(-(-reading.rows // ROWS))):
        raise RuntimeError(f"shards are missing: {len(there)} of {reading.rows} rows")
    note_rows(job.folder, reading.rows)
    return reading


class _Run:
    """One run: `judge`, then `write`.

    `reason` is why each row goes ("": it stays), `detail` says more of some; `steps` are the rules
    in their order with the rows that each removed and left.
    """

    def __init__(
        self, config: CurateConfig, parts: list[Path], rows: int, compared: bool, ticker: Ticker
    ) -> None:
        self.config, self._parts, self._total = config, parts, rows
        self._compared, self.ticker = compared, ticker
        # Rules that look at a row by itself.
        self._own = {
            "quality": quality_rules(config.quality),
            "difficulty": difficulty_rules(config.difficulty),
        }
        self._signatures: list[Signatures] = []
        self.reason: list[str] = []
        self.detail: dict[int, str] = {}
        self.steps: list[dict[str, Any]] = []
        self.overlaps: Counter[tuple[str, str, str]] = Counter()

    # ----------------------------------------------------------------------------------- judging

    def judge(self) -> None:
        """Apply the rules in order, each to the rows that the earlier ones left."""
        rows = self._seen()
        self.reason = rows["reason"].cast(pl.String).to_list()
        self._refuse_repeated_ids(rows)
        self._note("read", np.zeros(len(rows), bool), "")
        self._step("readable", np.array([bool(r) for r in self.reason]), None)
        if self._compared:
            overlap = rows["contaminated"].cast(pl.String)
            contaminated = overlap.is_not_null().to_numpy()
            for row in np.flatnonzero(contaminated & self._alive()).tolist():
                self.detail[row] = overlap[row]
            self._step("uncontaminated", contaminated, "contaminated")
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

    def _seen(self) -> pl.DataFrame:
        """What reading saw of every row; the signatures, half of it, apart."""
        near = "near" in self.config.duplicates.kinds
        frames = []
        for part in self._parts:
            table = pq.read_table(part, columns=SEEN.names)
            if near:
                data = b"".join(table["signature"].to_pylist())
                self._signatures.append(np.frombuffer(data, np.uint16).reshape(-1, PERMUTATIONS))
            frame = pl.DataFrame(pl.from_arrow(table.drop_columns("signature")))
            few = pl.col("reason", "domain", "quality", "difficulty", "contaminated")
            frames.append(frame.with_columns(few.cast(pl.Categorical)))
        rows = pl.concat(frames)
        if len(rows) != self._total:
            raise RuntimeError(f"{self._total} rows read, {len(rows)} kept")
        return rows

    def _refuse_repeated_ids(self, rows: pl.DataFrame) -> None:
        """An id is one row's: the first readable one's."""
        known = self._alive() & rows["id_a"].is_not_null().to_numpy()
        first = repeats(rows.select(a="id_a", b="id_b"), known)
        for row in np.flatnonzero(first != np.arange(len(rows))).tolist():
            self.reason[row] = "unreadable"
            self.detail[row] = f"the same id as row {first[row]}"

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

    def write(self, build: Path) -> dict[str, list[File]]:
        """Write the rows that stay, those that go, and the overlaps, in the order of the source."""
        schemas = {"curated": _CURATED, "removed": REMOVED, "contamination": CONTAMINATION}
        writers = {
            name: TableWriter(build / name, "train", schema) for name, schema in schemas.items()
        }
        at = 0
        for part in self._parts:
            batch = pq.read_table(part, columns=[*REMOVED.names, "overlaps"]).combine_chunks()
            rows = range(at, at + batch.num_rows)
            why = [self.reason[i] for i in rows]
            known = batch["detail"].to_pylist()
            detail = [self.detail.get(i, d) for i, d in zip(rows, known, strict=True)]
            stays = pa.array([not reason for reason in why])
            readable = pa.array([reason != "unreadable" for reason in why])
            overlaps = self._overlaps(batch.filter(readable)["overlaps"])
            batch = batch.select(REMOVED.names)
            for name, values in (("reason", why), ("detail", detail)):
                place = batch.schema.get_field_index(name)
                batch = batch.set_column(place, name, pa.array(values, pa.string()))
            kept = batch.filter(stays).select(_CURATED.names).cast(_CURATED)
            gone = batch.filter(pc.invert(stays)).cast(REMOVED)
            tables = {"curated": kept, "removed": gone, "contamination": overlaps}
            for name, table in tables.items():
                for piece in table.to_batches():
                    writers[name].write(piece)
            at += batch.num_rows
            self.ticker.tick(f"{at:,} rows written")
        files = {name: writer.close(keep_empty=True) for name, writer in writers.items()}
        kept_rows, gone_rows = (writers[n].rows for n in ("curated", "removed"))
        if not kept_rows + gone_rows == at == len(self.reason):
            raise RuntimeError(f"{at} rows read, {kept_rows} kept and {gone_rows} removed")
        return files

    def _overlaps(self, lists: pa.ChunkedArray) -> pa.Table:
        """The overlaps of some rows as a table of their own; counts them."""
        found = lists.combine_chunks().flatten()
        table = pa.Table.from_arrays(found.flatten(), schema=CONTAMINATION)
        names = ("benchmark", "rule", "decision")
        self.overlaps.update(zip(*(table[name].to_pylist() for name in names), strict=True))
        return table
