"""`r1k annotate status`: how far people are, per person and per pair."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from r1k.annotation.annotators import Annotators
from r1k.annotation.records import pushed_name
from r1k.annotation.rest import Argilla, Round, all_rounds, connect
from r1k.errors import UserError

_WIDTH = 96  # where it is no terminal


@dataclass
class Progress:
    """What has been answered in a round.

    Attributes:
        people: of each person, by name, the answers by status, and `left`: the pairs that Argilla
            still shows to the person.
        pairs: how many pairs have 0, 1, ... submitted answers.
        gone: those who were named for the round and have no account any more, or no place in it.
            Argilla deletes the answers of an account with it.
    """

    people: dict[str, Counter[str]] = field(default_factory=dict)
    pairs: Counter[int] = field(default_factory=Counter)
    gone: list[str] = field(default_factory=list)


def show_status(dataset: str, home: Path, url: str | None) -> int:
    """Print how far people are with each round of a dataset, and return 0.

    Args:
        dataset: the folder that was pushed, or the name under which it was.
        home: that of `r1k annotate serve`.
        url: another Argilla instead.

    Raises:
        UserError: nothing was pushed under that name, or no server; see `connect`.
    """
    argilla = connect(home, url)
    folder = Path(dataset)
    name = pushed_name(folder) if folder.is_dir() else pushed_name(folder, dataset)
    every = all_rounds(argilla)
    rounds = sorted((r for r in every if r.dataset == name), key=lambda r: r.number)
    if not rounds:
        known = ", ".join(sorted({r.dataset for r in every}))
        raise UserError(
            f"{argilla.url} has no dataset {name!r} that r1k pushed"
            + (f", only {known}" if known else "; push one with r1k annotate push")
        )
    file = Annotators.of(home, url)
    width = None if sys.stdout.isatty() else _WIDTH
    console = Console(width=width, markup=False, highlight=False, emoji=False)
    for part in rounds:
        _print(console, part, look(argilla, part, file))
    return 0


def look(argilla: Argilla, part: Round, file: Annotators) -> Progress:
    """Count the answers of a round."""
    found = Progress()
    accounts = {u["id"]: u["username"] for u in argilla.get("users")["items"]}
    users = argilla.get(f"workspaces/{part.workspace_id}/users")["items"]
    members = [u["username"] for u in users if u["role"] == "annotator"]
    for name in members:
        found.people[name] = Counter(left=0)
    for record in argilla.records(part.id):
        answers = record.get("responses") or []
        submitted = sum(answer["status"] == "submitted" for answer in answers)
        found.pairs[submitted] += 1
        answered = set()
        for answer in answers:
            name = accounts.get(answer["user_id"], "(deleted)")
            found.people.setdefault(name, Counter())[answer["status"]] += 1
            if answer["status"] != "draft":
                answered.add(name)
        if submitted < part.overlap:
            for name in members:
                found.people[name]["left"] += name not in answered
    named = [name for name, known in file.people.items() if part.name in known["rounds"]]
    found.gone = [name for name in named if name not in members]
    return found


def _print(console: Console, part: Round, found: Progress) -> None:
    total = found.pairs.total()
    people = "1 person" if part.overlap == 1 else f"{part.overlap} people"
    console.print(f"{part.name}: {total:,} pairs, {people} for each")
    if not part.ready:
        console.print("  its settings are incomplete: push was interrupted; run it again")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("person")
    for column in ("submitted", "discarded", "draft", "left"):
        table.add_column(column, justify="right")
    for name, counts in sorted(found.people.items()):
        cells = [f"{counts[key]:,}" for key in ("submitted", "discarded", "draft", "left")]
        table.add_row(name, *cells)
    for name in found.gone:
        if name not in found.people:
            table.add_row(f"{name} (deleted)", "-", "-", "-", "-")
    console.print(table)
    complete = sum(n for submitted, n in found.pairs.items() if submitted >= part.overlap)
    said = [f"{complete:,} pairs complete ({complete / max(total, 1):.0%})"]
    for k in range(part.overlap - 1, -1, -1):
        n = found.pairs[k]
        said.append(f"{n:,} with {k or 'none'} ({n / max(total, 1):.0%})")
    console.print(", ".join(said))
