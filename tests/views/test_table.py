"""Parquet files: the same rows give the same bytes, and row groups are bounded."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from r1k.schema import Pair, arrow_schema
from r1k.views import table
from r1k.views.table import TableWriter, read_groups, row_bytes
from tests.pairs import batch, make_pair

PAIRS = [make_pair(i, reverse=None if i % 7 == 0 else make_pair(i).reverse) for i in range(300)]


def write(folder: Path, step: int, **options: int) -> list[table.File]:
    writer = TableWriter(folder, "train", arrow_schema(Pair), **options)
    for start in range(0, len(PAIRS), step):
        writer.write(batch(PAIRS[start : start + step]))
    return writer.close()


def test_bytes_do_not_depend_on_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "GROUP_BYTES", 20_000)
    hashes = {write(tmp_path / str(step), step)[0].sha256 for step in (1, 7, 300)}
    assert len(hashes) == 1


def test_groups_and_shards_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "GROUP_BYTES", 20_000)
    files = write(tmp_path, 100, shard_bytes=10_000)
    assert len(files) > 2
    assert files[1].path.name.startswith(f"train-00001-of-{len(files):05d}-{files[1].sha256[:12]}")
    groups = list(read_groups([file.path for file in files], ["pair_id"]))
    assert [i for g in groups for i in g["pair_id"].to_pylist()] == [p.pair_id for p in PAIRS]
    assert all(group.num_rows < 60 for group in groups)
    assert sum(file.rows for file in files) == len(PAIRS)


def test_a_row_larger_than_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "GROUP_BYTES", 10)
    [file] = write(tmp_path, 300)
    assert pq.read_metadata(file.path).num_row_groups == len(PAIRS)


def test_no_rows(tmp_path: Path) -> None:
    schema = arrow_schema(Pair)
    assert TableWriter(tmp_path, "test", schema).close() == []
    [file] = TableWriter(tmp_path, "train", schema).close(keep_empty=True)
    assert (file.rows, pq.read_schema(file.path).names) == (0, schema.names)
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.path.name]


def test_row_bytes() -> None:
    rows = pa.RecordBatch.from_pylist(
        [{"a": "xyz", "b": [{"c": "ab"}, {"c": None}]}, {"a": None, "b": []}, {"a": "é", "b": None}]
    )
    assert row_bytes(rows).tolist() == [5, 0, 2]
    assert row_bytes(rows.slice(1)).tolist() == [0, 2]
    assert np.all(row_bytes(batch(PAIRS)) > 300)
