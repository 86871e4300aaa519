"""The views over the pairs that people validated, with their corrections.

Built by the same code and template as all views. A corrected answer takes the place of the reverse
answer; the reverse trace led to another one, so the pair is rendered without traces, in both
directions as always. A corrected question takes the place of the reverse question; the trace stays,
for it was judged with the question in view and the correction leaves the answer as it was.
"""

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from r1k.config import Config, ViewsConfig
from r1k.schema import LabelRow, Pair, arrow_schema
from r1k.views.build import SCHEMAS, build_views
from r1k.views.table import File, TableWriter, read_groups

PREFIX = "validated_"


def write_validated(
    pairs: dict[str, list[Path]], labels: list[LabelRow], out: Path, config: Config
) -> tuple[dict[str, dict[str, list[File]]], dict[str, dict[str, int]]]:
    """Write `out/validated_<view>/<split>-….parquet` for all views.

    Args:
        pairs: the files of `pairs` by split. A pair stays in its split.
        labels: of these, the pairs whose decision is `validated` are taken, also those that the
            checks left unverified: people are what was missing.
        config: its seed shuffles the views.

    Returns:
        The files of each table and split, and the counts of `build_views`.
    """
    decided = {row.pair_id: row for row in labels if row.decision == "validated"}
    scratch = out / ".validated"
    schema = arrow_schema(Pair)
    paths = {}
    for split, parts in pairs.items():
        writer = TableWriter(scratch / "pairs", split, schema)
        for group in read_groups(parts, schema.names):
            taken = group.filter(pc.is_in(group["pair_id"], pa.array(decided, pa.string())))
            rows = [_corrected(row, decided[row["pair_id"]]) for row in taken.to_pylist()]
            writer.write(pa.RecordBatch.from_pylist(rows, schema=schema))
        if written := writer.close():
            paths[split] = [file.path for file in written]
    both = ViewsConfig(verdicts=["accepted", "unverified"])
    views = build_views(paths, scratch, config.model_copy(update={"views": both}))
    marked = [pair_id for pair_id, row in decided.items() if row.corrected]
    files = {
        f"{PREFIX}{view}": {
            split: _mark([file.path for file in parts], out / f"{PREFIX}{view}", split, marked)
            for split, parts in views.files[view].items()
        }
        for view in SCHEMAS
    }
    shutil.rmtree(scratch)
    return files, views.counts


def _corrected(row: dict[str, Any], label: LabelRow) -> dict[str, Any]:
    """A pair with what people corrected in it."""
    reverse = dict(row["reverse"])
    if label.corrected_question:
        reverse["question"] = label.corrected_question
    if label.corrected_answer:
        reverse |= {"answer": label.corrected_answer, "trace": None}
    return row | {"reverse": reverse}


def _mark(files: list[Path], folder: Path, split: str, marked: list[str]) -> list[File]:
    """The same rows with a column more, that says whether people corrected the pair."""
    column = pa.field("corrected", pa.bool_())
    schema = pq.read_schema(files[0])
    writer = TableWriter(folder, split, schema.append(column))
    for group in read_groups(files, schema.names):
        corrected = pc.is_in(group["pair_id"], pa.array(marked, pa.string()))
        for batch in group.append_column(column, corrected).combine_chunks().to_batches():
            writer.write(batch)
    return writer.close(keep_empty=True)
