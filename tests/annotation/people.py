"""What people said, for tests: responses as they come from Argilla, without one."""

from typing import Any

from r1k.annotation.records import content
from r1k.annotation.responses import Fetched, Response
from r1k.schema import Pair


def said(
    pair: Pair,
    user: str,
    faithful: str | None = "faithful",
    right: str | None = "yes",
    *,
    status: str = "submitted",
    round: int = 1,
    split: str = "train",
    changed: bool = False,
    minute: int = 0,
    **more: Any,
) -> Response:
    """One person's response to a pair; `more` are answers to the other questions."""
    values = {"faithful": faithful, "answer_right": right, "quality": 4} | more
    return Response(
        user_id=f"id of {user}",
        round=round,
        pair_id=pair.pair_id,
        split=split,
        content="what was shown then" if changed else content(pair),
        status=status,
        values={name: value for name, value in values.items() if value is not None},
        inserted_at=f"2026-01-01T10:{minute:02}:00+00:00",
        updated_at=f"2026-01-01T10:{minute:02}:30+00:00",
    )


def fetched(responses: list[Response], gone: tuple[str, ...] = (), **more: Any) -> Fetched:
    """These responses, from users who are all there but for those `gone`."""
    users = dict.fromkeys(r.user_id for r in responses) | dict.fromkeys(more.get("users", []))
    return Fetched(
        responses,
        {(r.round, r.pair_id) for r in responses} | set(more.get("records", [])),
        {u: u.removeprefix("id of ") for u in users if u.removeprefix("id of ") not in gone},
    )
