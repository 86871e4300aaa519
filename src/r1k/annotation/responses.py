"""What people said: every response of every round, as rows of the `validation` table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pydantic import ValidationError

from r1k.annotation.pseudonyms import Pseudonyms
from r1k.annotation.rest import Argilla, Round
from r1k.errors import UserError
from r1k.schema import ResponseRow

QUESTIONS = (
    "faithful", "answer_right", "corrected_answer", "quality", "corrected_question", "comment",
)  # fmt: skip
_TRIES = 3


@dataclass(frozen=True)
class Response:
    """One response as Argilla has it; `user_id` says who gave it."""

    user_id: str
    round: int
    pair_id: str
    split: str
    content: str | None
    status: str
    values: dict[str, Any]
    inserted_at: str
    updated_at: str


@dataclass(frozen=True)
class Fetched:
    """Everything that people said, and the pairs that they were or are to be asked about.

    `records` has `(round, pair_id)` of each record, `usernames` the users that there are by id.
    """

    responses: list[Response]
    records: set[tuple[int, str]]
    usernames: dict[str, str]


def fetch(argilla: Argilla, rounds: Iterable[Round]) -> Fetched:
    """All responses of all rounds, whatever their status, oldest first.

    Raises:
        UserError: the server does not give all records that it says there are.
    """
    responses: dict[str, Response] = {}
    records: dict[str, tuple[int, str]] = {}
    for part in rounds:
        # Argilla sorts pages by time alone: on some databases records of the same moment may
        # change places between two pages. What was missed is in the next try.
        for _ in range(_TRIES):
            seen = set()
            for record in argilla.records(part.id):
                seen.add(record["id"])
                if record["external_id"]:  # or it is not from `r1k annotate push`
                    records[record["id"]] = part.number, record["external_id"]
                    responses |= _responses(record, part.number)
            total = argilla.get(f"datasets/{part.id}/records", limit=1)["total"]
            if len(seen) >= total:
                break
        else:
            raise UserError(
                f"{argilla.url} gave {len(seen):,} of the {total:,} records of {part.name}; pull"
                " again when nobody is pushing"
            )
    users = argilla.get("users")["items"]
    ordered = sorted(responses.items(), key=lambda item: (item[1].inserted_at, item[0]))
    return Fetched(
        [response for _, response in ordered],
        set(records.values()),
        {user["id"]: user["username"] for user in users},
    )


def _responses(record: dict[str, Any], number: int) -> dict[str, Response]:
    """The responses to one record, by their ids."""
    metadata = record.get("metadata") or {}
    return {
        found["id"]: Response(
            user_id=found["user_id"],
            round=number,
            pair_id=record["external_id"],
            split=str(metadata.get("split")),
            content=metadata.get("content"),
            status=found["status"],
            values={name: given["value"] for name, given in (found["values"] or {}).items()},
            inserted_at=_utc(found["inserted_at"]),
            updated_at=_utc(found["updated_at"]),
        )
        for found in record.get("responses") or []
    }


def make_rows(
    fetched: Fetched, pseudonyms: Pseudonyms, contents: Mapping[str, str]
) -> list[ResponseRow]:
    """The responses as rows, sorted by round, pair and annotator.

    Args:
        contents: of each pair that the dataset has, the hash of what would be shown today.

    Raises:
        UserError: an answer that is none of those offered.
    """
    first = list(dict.fromkeys(r.user_id for r in fetched.responses))
    names = pseudonyms.name(first, fetched.usernames)
    rows = []
    for r in fetched.responses:
        given = {name: r.values.get(name) for name in QUESTIONS}
        for name in ("corrected_answer", "corrected_question", "comment"):
            given[name] = str(given[name]).strip() or None if given[name] is not None else None
        row = {
            "pair_id": r.pair_id,
            "split": r.split,
            "round": r.round,
            "annotator": names[r.user_id],
            "status": r.status,
            **given,
            "inserted_at": r.inserted_at,
            "updated_at": r.updated_at,
            "content": r.content,
            "pair_changed": contents.get(r.pair_id) != r.content,
        }
        try:
            rows.append(ResponseRow.model_validate(row))
        except ValidationError as e:
            wrong = e.errors()[0]
            raise UserError(
                f"round {r.round}, pair {r.pair_id}: {wrong['input']!r} is no answer to"
                f" {wrong['loc'][0]!r}; the questions of an Argilla dataset that r1k annotate push"
                " made must stay as they are"
            ) from None
    return sorted(rows, key=_order)


def keep_departed(
    old: list[ResponseRow],
    rows: list[ResponseRow],
    fetched: Fetched,
    people: Mapping[str, list[str]],
    contents: Mapping[str, str],
) -> list[ResponseRow]:
    """Responses of an earlier pull that went with a person or a record that was deleted.

    Argilla deletes the responses of a person, or to a record, together with it; what was pulled
    before stays. A response that its author took back is not kept.

    Args:
        old: the `validation` table that is about to be replaced.
        rows: those fetched now.
        people: ids by pseudonym, as known before this pull; rows of unknown people are not kept.
        contents: as in `make_rows`.
    """
    there = {(r.round, r.pair_id, r.annotator) for r in rows}
    asked = {pair_id for _, pair_id in fetched.records} | contents.keys()
    kept = []
    for row in old:
        if (row.round, row.pair_id, row.annotator) in there or row.annotator not in people:
            continue
        gone = any(user_id not in fetched.usernames for user_id in people[row.annotator])
        if row.pair_id in asked and (gone or (row.round, row.pair_id) not in fetched.records):
            changed = contents.get(row.pair_id) != row.content
            kept.append(row.model_copy(update={"pair_changed": changed}))
    return kept


def read_rows(files: Iterable[Path]) -> list[ResponseRow]:
    """The rows of a `validation` table.

    Raises:
        UserError: the columns are others.
    """
    rows = []
    for file in files:
        try:
            rows += [ResponseRow.model_validate(row) for row in pq.read_table(file).to_pylist()]
        except (OSError, ValueError):
            raise UserError(
                f"{file}: is not a table of responses that this version of r1k wrote; pull into a"
                " new folder"
            ) from None
    return rows


def merge(rows: list[ResponseRow], kept: list[ResponseRow]) -> list[ResponseRow]:
    """Both, in the order of the table."""
    return sorted([*rows, *kept], key=_order)


def counting(rows: list[ResponseRow]) -> dict[str, list[ResponseRow]]:
    """The responses that count, by pair: submitted, to the pair as it is; of a person who judged a
    pair in several rounds, the last."""
    last: dict[tuple[str, str], ResponseRow] = {}
    for row in rows:  # by round
        if row.status == "submitted" and not row.pair_changed:
            last[row.pair_id, row.annotator] = row
    found: dict[str, list[ResponseRow]] = {}
    for row in last.values():
        found.setdefault(row.pair_id, []).append(row)
    return {pair_id: sorted(rows, key=_order) for pair_id, rows in found.items()}


def number(annotator: str) -> int:
    """The number in a pseudonym: annotator-10 comes after annotator-9."""
    return int(annotator.rpartition("-")[2])


def _order(row: ResponseRow) -> tuple[int, str, int]:
    return row.round, row.pair_id, number(row.annotator)


def _utc(time: str) -> str:
    """A time of Argilla, which is in UTC and says so or not, as ISO 8601 in UTC."""
    found = datetime.fromisoformat(time)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
