"""The stored records: their parquet form, their hashes, what they refuse."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel, ValidationError

from r1k.schema import (
    Message,
    Pair,
    PreferenceRow,
    Problem,
    Request,
    TrainingRow,
    arrow_schema,
    canonical,
    sha256,
)
from tests.pairs import make_pair, write_pairs

PINNED_LIST = "135f17a475a61afdeeaf3759ad2e45ad1c7abb192395abe47e41fc8e395dc1a9"
PINNED_KEY = "d619c4ee963eb29dd9069ef77920646af3c068aec9940b13341d5b9639738608"


def make_request(**changes: object) -> Request:
    values = {
        "model": "m",
        "revision": "r",
        "messages": [Message(role="user", content="What is 2 + 2?")],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 100,
        "seed": 1,
        "sample": 0,
        "json_schema": None,
    }
    return Request.model_validate({**values, **changes})


def test_pair_survives_parquet(tmp_path) -> None:
    pairs = [
        make_pair(1),
        make_pair(2, reverse=None, given=None, checks=[], verdict="rejected", reasons=["no: ünï"]),
    ]
    table = pq.read_table(write_pairs(tmp_path / "pairs.parquet", pairs))
    assert table.schema.remove_metadata() == arrow_schema(Pair)
    assert [Pair.model_validate(row) for row in table.to_pylist()] == pairs


@pytest.mark.parametrize("model", [Pair, Problem, TrainingRow, PreferenceRow])
def test_empty_table_has_the_same_schema(model: type[BaseModel]) -> None:
    schema = arrow_schema(model)
    assert schema.empty_table().schema == schema
    assert schema.names == list(model.model_fields)
    assert not any(pa.types.is_null(field.type) for field in schema)


def test_column_types() -> None:
    schema = arrow_schema(Pair)
    assert schema.field("verdict").type == pa.string()
    assert schema.field("reasons").type == pa.list_(pa.string())
    assert schema.field("reverse").type == schema.field("forward").type
    assert schema.field("forward").type.field("tokens").type == pa.int64()
    assert schema.field("checks").type.value_type.field("required").type == pa.bool_()
    assert arrow_schema(Request).field("temperature").type == pa.float64()


def test_canonical_does_not_depend_on_order() -> None:
    assert canonical({"b": 1, "a": [1.5, None, "é"]}) == '{"a":[1.5,null,"é"],"b":1}'.encode()
    assert canonical({"a": 1, "b": {"d": 2, "c": 3}}) == canonical({"b": {"c": 3, "d": 2}, "a": 1})


def test_hashes_are_those_of_the_published_data() -> None:
    # A change here gives every pair a new id and finds no stored completion again.
    assert sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256("é") == sha256("é".encode())
    assert sha256(canonical(["a", 1])) == PINNED_LIST
    assert make_request().key() == PINNED_KEY


@pytest.mark.parametrize(
    "change",
    [
        {"model": "n"},
        {"revision": None},
        {"messages": [Message(role="system", content="What is 2 + 2?")]},
        {"messages": [Message(role="user", content="What is 2 + 3?")]},
        {"messages": [Message(role="user", content="What is 2 + 2?")] * 2},
        {"temperature": 0.6},
        {"top_p": 1.0},
        {"max_tokens": 101},
        {"seed": 2},
        {"sample": 1},
        {"json_schema": "{}"},
    ],
    ids=str,
)
def test_any_field_changes_the_key(change: dict[str, object]) -> None:
    assert make_request(**change).key() != make_request().key()
    assert make_request(**change).key() == make_request(**change).key()
    assert len(make_request().key()) == 64


def test_every_field_of_a_request_is_in_the_test_above() -> None:
    assert set(Request.model_fields) == {
        "model", "revision", "messages", "temperature", "top_p", "max_tokens", "seed", "sample",
        "json_schema",
    }  # fmt: skip


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError):
        Problem.model_validate({"question": "?", "hint": "none"})
    with pytest.raises(ValidationError):
        make_pair(1).model_copy().__class__.model_validate(
            {**make_pair(1).model_dump(), "verdict": "perhaps"}
        )


def test_records_are_frozen() -> None:
    with pytest.raises(ValidationError):
        make_pair(1).given = "7"  # type: ignore[misc]
