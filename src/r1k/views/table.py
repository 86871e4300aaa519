"""Writing one table as parquet files: bounded memory, and the same rows give the same bytes.

Row groups are cut by the rows alone, never by how they were batched on their way here, so that a
run that was interrupted and resumed writes the same files as one that was not.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

GROUP_BYTES = 16 << 20
GROUP_ROWS = 5_000
SHARD_BYTES = 400_000_000


@dataclass(frozen=True)
class File:
    """A finished parquet file: `<split>[-<shard>-of-<shards>]-<12 hex of its SHA-256>.parquet`."""

    path: Path
    rows: int
    sha256: str


class TableWriter:
    """Writes one split of one table to `folder`, streamed.

    Args:
        folder: made if absent; holds `.part` files until `close`.
        split: train, validation or test.
        schema: what every batch must have.
        shard_bytes: a new file is begun after the row group that brings one to this size.
    """

    def __init__(
        self, folder: Path, split: str, schema: pa.Schema, shard_bytes: int = SHARD_BYTES
    ) -> None:
        self.folder, self.split, self.schema, self.shard_bytes = folder, split, schema, shard_bytes
        self.rows = 0
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = self._pending_bytes = 0
        self._parts: list[tuple[Path, int]] = []
        self._writer: pq.ParquetWriter | None = None
        self._part_rows = 0
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, batch: pa.RecordBatch) -> None:
        """Take over the rows of `batch`; whole row groups are written as they fill."""
        if not batch.num_rows:
            return
        ends = np.cumsum(row_bytes(batch))
        start = 0
        while start < batch.num_rows:
            before = int(ends[start - 1]) if start else 0
            room = before + GROUP_BYTES - self._pending_bytes
            # The row that fills the group still belongs to it: a row larger than a group fits.
            stop = int(np.searchsorted(ends, room)) + 1
            stop = min(stop, start + GROUP_ROWS - self._pending_rows, batch.num_rows)
            self._pending.append(batch.slice(start, stop - start))
            self._pending_rows += stop - start
            self._pending_bytes += int(ends[stop - 1]) - before
            if self._pending_bytes >= GROUP_BYTES or self._pending_rows >= GROUP_ROWS:
                self._flush()
            start = stop

    def close(self, keep_empty: bool = False) -> list[File]:
        """Finish and name the files; a table without rows gives none, or one if `keep_empty`."""
        if self._pending:
            self._flush()
        if keep_empty and not self.rows:
            self._open()
        self._end_part()
        files = []
        for number, (part, rows) in enumerate(self._parts):
            with part.open("rb") as f:
                digest = hashlib.file_digest(f, "sha256").hexdigest()
            shard = f"-{number:05d}-of-{len(self._parts):05d}" if len(self._parts) > 1 else ""
            path = self.folder / f"{self.split}{shard}-{digest[:12]}.parquet"
            part.rename(path)
            files.append(File(path, rows, digest))
        return files

    def _flush(self) -> None:
        # One chunk a column: the pages, too, then do not depend on how the rows arrived.
        table = pa.Table.from_batches(self._pending, self.schema).combine_chunks()
        self._pending, self._pending_rows, self._pending_bytes = [], 0, 0
        if self._writer is None:
            self._open()
        assert self._writer is not None
        self._writer.write_table(table, row_group_size=table.num_rows)
        self.rows += table.num_rows
        self._part_rows += table.num_rows
        if self._parts[-1][0].stat().st_size >= self.shard_bytes:
            self._end_part()

    def _open(self) -> None:
        path = self.folder / f"{self.split}-{len(self._parts):05d}.part"
        # Long texts are all different: a dictionary or min/max of them costs time and helps nobody.
        short = [name for name in ("verdict", "direction") if name in self.schema.names]
        self._writer = pq.ParquetWriter(
            path,
            self.schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=short,
            write_statistics=["pair_id", *short],
        )
        self._parts.append((path, 0))

    def _end_part(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._parts[-1] = (self._parts[-1][0], self._part_rows)
            self._part_rows = 0


def read_groups(files: list[Path], columns: list[str]) -> Iterator[pa.Table]:
    """The rows of parquet files, a row group at a time, in order."""
    for path in files:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, columns=columns)


Ints = npt.NDArray[np.int64]


def row_bytes(batch: pa.RecordBatch) -> Ints:
    """How many bytes each row's texts take, plus 8 for any other value. Shape (rows,)."""
    total = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        total += _value_bytes(column)
    return total


def _value_bytes(array: pa.Array) -> Ints:
    total = np.zeros(len(array), np.int64)
    if pa.types.is_struct(array.type):
        for part in array.flatten():
            total += _value_bytes(part)
    elif pa.types.is_list(array.type):
        ends = np.concatenate([[0], np.cumsum(_value_bytes(array.flatten()))])
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        stops = np.cumsum(lengths, dtype=np.int64)
        total += ends[stops] - ends[stops - lengths]
    elif pa.types.is_string(array.type):
        total += pc.fill_null(pc.binary_length(array), 0).to_numpy(zero_copy_only=False)
    else:
        total += 8
    return total
