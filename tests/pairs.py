"""Small pairs for tests: `make_pair(i)` is a faithful pair about i apples."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from r1k.schema import Check, Pair, Problem, Provenance, arrow_schema, sha256


def make_pair(i: int, **changes: Any) -> Pair:
    """Pair number `i`, accepted; `changes` replaces fields of `Pair`."""
    total = i + 3
    pair = Pair(
        pair_id=f"pair-{i:06d}",
        verdict="accepted",
        reasons=[],
        forward=Problem(
            question=f"Ann has {i} apples and buys 3 more. How many apples has she?",
            trace=f"She starts with {i}.\n\nThree more make {i} + 3 = {total}.",
            answer=str(total),
            answer_from="column",
            reference=str(total),
        ),
        reverse=Problem(
            question=f"Ann buys 3 apples and then has {total}. How many had she before?",
            trace=f"She ends with {total}.\n\nWithout the three, {total} - 3 = {i}.",
            answer=str(i),
            answer_from="boxed",
            reference=str(i),
        ),
        given=str(i),
        checks=[
            Check(id="parsed", version=1, outcome="pass", required=True, evidence="both"),
            Check(id="round_trip", version=2, outcome="not_run", required=False, evidence=""),
        ],
        provenance=Provenance(
            source="apples", source_row=i, source_sha256=sha256(str(i)), inverter="mask",
            inverter_version=1, seed=0,
        ),
    )  # fmt: skip
    return pair.model_copy(update=changes)


def batch(pairs: list[Pair]) -> pa.RecordBatch:
    """Pairs as one record batch."""
    rows = [pair.model_dump() for pair in pairs]
    return pa.RecordBatch.from_pylist(rows, schema=arrow_schema(Pair))


def write_pairs(path: Path, pairs: list[Pair], group: int = 100) -> Path:
    """Pairs as a parquet file with row groups of `group` rows."""
    pq.write_table(pa.Table.from_batches([batch(pairs)]), path, row_group_size=group)
    return path
