"""The views: tables derived from the pairs, streamed, and the same bytes for the same seed.

`forward`, `reverse` and `inversion` follow the order of the pairs. The others are shuffled row by
row, with bounded memory: every row draws a random 64-bit key and is put aside in the bucket of its
key; then each bucket is sorted by key and written. Memory holds one row group and, later, one
bucket.
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from r1k.config import Config
from r1k.inversion.blocks import Block
from r1k.schema import (
    Direction,
    InversionRow,
    Message,
    PreferenceRow,
    TrainingRow,
    UnpairedRow,
    arrow_schema,
    sha256,
)
from r1k.views.table import File, TableWriter, read_groups
from r1k.views.template import answer_text, completion_text, question_text, trace_text

SCHEMAS: dict[str, pa.Schema] = {
    "forward": arrow_schema(TrainingRow),
    "reverse": arrow_schema(TrainingRow),
    "mixed": arrow_schema(TrainingRow),
    "tagged": arrow_schema(TrainingRow),
    "preference": arrow_schema(PreferenceRow),
    "preference_tagged": arrow_schema(PreferenceRow),
    "unpaired": arrow_schema(UnpairedRow),
    "inversion": arrow_schema(InversionRow),
}
LABELS = ("pair_id", "verdict", "family", "difficulty")
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

BUCKET_BYTES = 32 << 20
MAX_BUCKETS = 512  # files open at a time; above 16 GiB of text the buckets grow instead


@dataclass(frozen=True)
class Views:
    """The files of each view and split, and what is in them.

    `counts` has, for each split: pairs, traced (pairs rendered with their traces), and
    forward_chars and reverse_chars, the summed lengths of the completions.
    """

    files: dict[str, dict[str, list[File]]]
    counts: dict[str, dict[str, int]]


def build_views(pairs: dict[str, list[Path]], out: Path, config: Config) -> Views:
    """Write `out/<view>/<split>-….parquet` for all views.

    Args:
        pairs: the parquet files (`arrow_schema(Pair)`) of each split, in order. Memory is bounded
            by their largest row group.
        out: a folder for the views; `out/.shuffle` is used meanwhile and removed.
        config: `views.verdicts` says which pairs are taken, `seed` how they are shuffled. Pairs
            without a reverse problem, or with an empty question or answer, are left out.

    A split without rows has no file; a view without any row has one empty file, `train`.
    """
    files: dict[str, dict[str, list[File]]] = {view: {} for view in SCHEMAS}
    counts = {}
    for split, paths in pairs.items():
        writers = {view: TableWriter(out / view, split, schema) for view, schema in SCHEMAS.items()}
        counts[split] = _build_split(paths, split, writers, out / ".shuffle", config)
        for view, writer in writers.items():
            if written := writer.close():
                files[view][split] = written
    for view, schema in SCHEMAS.items():
        if not files[view]:
            empty = TableWriter(out / view, "train", schema)
            files[view]["train"] = empty.close(keep_empty=True)
    return Views(files, counts)


def render(pairs: pl.DataFrame, verdicts: list[str]) -> pl.DataFrame:
    """Prompts x, completions y, answers a and whole problems b of both directions.

    Args:
        pairs: the columns `LABELS`, and `forward.` and `reverse.` question, trace and answer.

    Returns:
        The columns `LABELS`, traced, and `forward.` and `reverse.` x, y, a, b; fewer rows where a
        pair is of another verdict, or has an empty question or answer.
    """
    pairs = pairs.filter(pl.col("verdict").is_in(verdicts))
    for field, as_text in (
        ("question", question_text),
        ("answer", answer_text),
        ("trace", trace_text),
    ):
        given = [pairs[f"{d}.{field}"].fill_null("") for d in DIRECTIONS]
        pairs = pairs.with_columns([as_text(texts) for texts in given])
    stated = [f"{d}.{field}" for d in DIRECTIONS for field in ("question", "answer")]
    traces = [f"{d}.trace" for d in DIRECTIONS]
    pairs = pairs.filter(pl.all_horizontal(pl.col(stated) != ""))
    # One problem without a trace takes the other's away: or its presence would tell the direction.
    pairs = pairs.with_columns(traced=pl.all_horizontal(pl.col(traces) != ""))
    columns: list[pl.Expr] = [pl.col(*LABELS, "traced")]
    for d in DIRECTIONS:
        trace, answer = pl.col(f"{d}.trace"), pl.col(f"{d}.answer")
        columns += [
            pl.col(f"{d}.question").alias(f"{d}.x"),
            completion_text(trace, answer, pl.col("traced")).alias(f"{d}.y"),
            answer.alias(f"{d}.a"),
            _block(d).alias(f"{d}.b"),
        ]
    return pairs.select(columns)


def _build_split(
    paths: list[Path], split: str, writers: dict[str, TableWriter], scratch: Path, config: Config
) -> dict[str, int]:
    counts = {"pairs": 0, "traced": 0, "forward_chars": 0, "reverse_chars": 0}
    text_bytes = sum(_text_bytes(path) for path in paths)
    fields = ("question", "trace", "answer")
    columns = [*LABELS, *(f"{d}.{field}" for d in DIRECTIONS for field in fields)]
    rng = np.random.default_rng(int(sha256(f"{config.seed}:{split}"), 16))
    # Writing a table compresses it: both cores are used by writing two at a time.
    with ThreadPoolExecutor(2) as pool, _Shuffle(scratch, 2 * text_bytes) as shuffle:
        writing: list[Future[None]] = []
        for group in read_groups(paths, columns):
            pairs = pl.from_arrow(group.flatten())
            assert isinstance(pairs, pl.DataFrame)
            rendered = render(pairs, list(config.views.verdicts))
            counts["pairs"] += rendered.height
            counts["traced"] += int(rendered["traced"].sum())
            for d in DIRECTIONS:
                counts[f"{d}_chars"] += int(rendered[f"{d}.y"].str.len_chars().sum())
            rows = {d: _rows(rendered, d) for d in DIRECTIONS}
            _wait(writing)
            writing = [
                pool.submit(writers["forward"].write, _training(rows["forward"])),
                pool.submit(writers["reverse"].write, _training(rows["reverse"])),
                pool.submit(writers["inversion"].write, _inversion(rendered)),
            ]
            # Two keys a pair, drawn in the order of the pairs, however they are grouped.
            keys = rng.integers(0, 2**64, (rendered.height, 2), np.uint64)
            shuffle.put(pa.concat_batches(list(rows.values())), keys.T.reshape(-1))
        unpaired = _Unpaired()
        for bucket in shuffle.take():
            made = {
                "preference": _preference(bucket),
                "preference_tagged": _preference(bucket, tagged=True),
                "unpaired": unpaired.add(bucket),
                "mixed": _training(bucket),
                "tagged": _training(bucket, tagged=True),
            }
            _wait(writing)
            writing = [pool.submit(writers[view].write, rows) for view, rows in made.items()]
        _wait(writing)
        writers["unpaired"].write(unpaired.end())
    return counts


def _block(d: Direction) -> pl.Expr:
    """A whole problem as one text, its trace where both problems have one."""
    fields = [pl.col(f"{d}.{field}") for field in Block._fields]
    traced, plain = (
        pl.format(Block("{}", trace, "{}").text(), *parts)
        for trace, parts in (("{}", fields), ("", [fields[0], fields[2]]))
    )
    return pl.when(pl.col("traced")).then(traced).otherwise(plain)


class _Shuffle:
    """Puts rows in the order of their keys, using files in `folder` for `expected` bytes."""

    def __init__(self, folder: Path, expected: int) -> None:
        self.folder = folder
        self.buckets = min(1 + expected // BUCKET_BYTES, MAX_BUCKETS)
        self._files: dict[int, pa.ipc.RecordBatchFileWriter] = {}

    def __enter__(self) -> "_Shuffle":
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()
        shutil.rmtree(self.folder)

    def put(self, rows: pa.RecordBatch, keys: npt.NDArray[np.uint64]) -> None:
        """Put rows aside; `keys` has one number a row."""
        bucket = ((keys >> 32) * np.uint64(self.buckets)) >> 32  # by size: low keys come first
        order = np.argsort(bucket, kind="stable")
        rows = rows.append_column("key", pa.array(keys)).take(pa.array(order))
        ends = np.searchsorted(bucket[order], np.arange(self.buckets + 1))
        for number in range(self.buckets):
            start, stop = int(ends[number]), int(ends[number + 1])
            if start == stop:
                continue
            if number not in self._files:
                self._files[number] = pa.ipc.new_file(self.folder / f"{number}.arrow", rows.schema)
            self._files[number].write_batch(rows.slice(start, stop - start))

    def take(self) -> Iterator[pa.RecordBatch]:
        """All rows, sorted by key, a bucket at a time."""
        for file in self._files.values():
            file.close()
        for number in sorted(self._files):
            path = self.folder / f"{number}.arrow"
            with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
                rows = pa.concat_batches(
                    reader.get_batch(i) for i in range(reader.num_record_batches)
                )
            path.unlink()
            order = np.argsort(rows["key"].to_numpy(), kind="stable")
            yield rows.drop_columns("key").take(pa.array(order))


def _rows(rendered: pl.DataFrame, d: Direction) -> pa.RecordBatch:
    """What mixed and preference rows are made of: `a`, prompt `x`, completions `y` and `other`."""
    other: Direction = "reverse" if d == "forward" else "forward"
    table = rendered.select(
        *LABELS,
        pl.lit(d).alias("direction"),
        "traced",
        pl.col(f"{d}.a").alias("a"),
        pl.col(f"{d}.x").alias("x"),
        pl.col(f"{d}.y").alias("y"),
        pl.col(f"{other}.y").alias("other"),
    )
    return _batch(table)


def _batch(rows: pl.DataFrame) -> pa.RecordBatch:
    table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    types = {"traced": pa.bool_(), "difficulty": pa.int64()}
    text = pa.schema([(f.name, types.get(f.name, pa.string())) for f in table.schema])
    return pa.concat_batches(table.cast(text).to_batches() or [_empty(text)])


def _inversion(rendered: pl.DataFrame) -> pa.RecordBatch:
    rows = _batch(rendered.select(*LABELS, "traced", "forward.b", "reverse.b"))
    prompt, completion = (
        _message("user", rows["forward.b"]),
        _message("assistant", rows["reverse.b"]),
    )
    return _table(rows, SCHEMAS["inversion"], prompt=prompt, completion=completion)


def _training(rows: pa.RecordBatch, tagged: bool = False) -> pa.RecordBatch:
    prompt, completion = _question(rows, tagged), _message("assistant", rows["y"])
    return _table(rows, SCHEMAS["mixed"], answer=rows["a"], prompt=prompt, completion=completion)


def _question(rows: pa.RecordBatch, tagged: bool) -> pa.Array:
    question = rows["x"]
    if tagged:
        told = pc.binary_join_element_wise("Direction:", rows["direction"], " ")
        question = pc.binary_join_element_wise(told, question, "\n\n")
    return _message("user", question)


def _preference(rows: pa.RecordBatch, tagged: bool = False) -> pa.RecordBatch:
    prompt = _question(rows, tagged)
    chosen, rejected = (_message("assistant", rows[name]) for name in ("y", "other"))
    return _table(rows, SCHEMAS["preference"], prompt=prompt, chosen=chosen, rejected=rejected)


class _Unpaired:
    """Chosen and rejected completions in turn, those of one prompt `APART` rows apart: KTO reads
    them in this order, and compares the completions of a batch with each other's prompts.

    The rejected completions of the last rows go with the chosen ones of the first, so that the
    order is the same however the rows come in.
    """

    APART = 32

    def __init__(self) -> None:
        self._first: pa.RecordBatch | None = None  # whose chosen completions come last
        self._last: pa.RecordBatch | None = None  # whose rejected completions are to come

    def add(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        if self._first is None or self._last is None:
            self._first = self._last = rows.slice(0, 0)
        missing = self.APART - len(self._first)
        self._first = pa.concat_batches([self._first, rows.slice(0, missing)])
        waiting = pa.concat_batches([self._last, rows])
        rows = rows.slice(missing) if missing else rows
        self._last = waiting.slice(len(rows))
        return self._turns(rows, waiting.slice(0, len(rows)))

    def end(self) -> pa.RecordBatch:
        if self._first is None or self._last is None:
            return _empty(SCHEMAS["unpaired"])
        return self._turns(self._first, self._last)

    def _turns(self, chosen: pa.RecordBatch, rejected: pa.RecordBatch) -> pa.RecordBatch:
        order = pa.array(np.arange(2 * len(chosen)).reshape(2, -1).T.reshape(-1))
        rows = pa.concat_batches([chosen, rejected]).take(order)
        label = pa.array(np.tile([True, False], len(chosen)))
        prompt = _message("user", rows["x"])
        completion = _message("assistant", pc.if_else(label, rows["y"], rows["other"]))
        made = {"prompt": prompt, "completion": completion, "label": label}
        return _table(rows, SCHEMAS["unpaired"], **made)


def _table(rows: pa.RecordBatch, schema: pa.Schema, **made: pa.Array) -> pa.RecordBatch:
    """The columns of `schema`: those in `made`, the others from `rows`."""
    columns = [made[name] if name in made else rows[name] for name in schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _message(role: str, text: pa.StringArray) -> pa.ListArray:
    """Each text as a list of one message."""
    fields = list(arrow_schema(Message))
    message = pa.StructArray.from_arrays([pa.repeat(role, len(text)), text], fields=fields)
    return pa.ListArray.from_arrays(pa.array(np.arange(len(text) + 1, dtype=np.int32)), message)


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=schema)


def _text_bytes(path: Path) -> int:
    metadata = pq.read_metadata(path)
    return sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))


def _wait(writing: list[Future[None]]) -> None:
    for future in writing:
        future.result()
