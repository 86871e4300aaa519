"""The same question to every model: a few that show where they differ."""

from typing import NamedTuple

import polars as pl

from r1k.report.read import Runs

DISAGREED = 2  # of each direction


class Sample(NamedTuple):
    """A question and each run's first reply, with whether it is right."""

    direction: str
    family: str | None
    difficulty: int | None
    question: str
    gold: str
    replies: list[tuple[str, bool, str]]

    @property
    def right(self) -> int:
        """How many replies are."""
        return sum(right for _, right, _ in self.replies)


def choose(runs: Runs) -> list[Sample]:
    """Questions of the first seed on which models disagree, two of each direction; one that all
    answer right; one that none does. Of each kind the first in the order of the pairs' ids."""
    if runs.answers.is_empty():
        return []
    own = runs.answers.filter(pl.col("seed") == pl.col("seed").min())
    order = {name: i for i, name in enumerate(runs.names())}
    disagreed: dict[str, list[Sample]] = {"forward": [], "reverse": []}
    right: list[Sample] = []
    wrong: list[Sample] = []
    keys = ["pair_id", "direction"]
    for (_, direction), part in own.sort(keys).group_by(keys, maintain_order=True):
        rows = sorted(part.to_dicts(), key=lambda row: order[row["name"]])
        one = Sample(
            str(direction), rows[0]["family"], rows[0]["difficulty"], rows[0]["question"] or "",
            rows[0]["gold"] or "",
            [(row["name"], row["right"] >= 0.5, row["reply"] or "") for row in rows],
        )  # fmt: skip
        if 0 < one.right < len(rows):
            kept, most = disagreed.setdefault(str(direction), []), DISAGREED
        else:
            kept, most = (right if one.right else wrong), 1
        if len(kept) < most:
            kept.append(one)
    return [one for found in disagreed.values() for one in found] + right + wrong
