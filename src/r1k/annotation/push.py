"""`r1k annotate push`: the pairs of a dataset into Argilla, for people to judge.

Everything is found by name and by pair id, so that running it again adds what is missing and
carries on where it was killed. Answers are never touched, and no record is ever removed.

A round is one dataset of Argilla. Argilla cannot show a record to some members of a workspace and
not to others, so each round after the first is in a workspace of its own, with only the people who
were named for it; and it has only pairs of which none of them has given an opinion before.
"""

import json
import shlex
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from r1k.annotation.annotators import Annotators, check_names, existing, invite
from r1k.annotation.records import GUIDELINES, content, make_record, pushed_name, settings
from r1k.annotation.rest import MARK, Argilla, Refused, Round, connect, find_rounds
from r1k.errors import UserError
from r1k.progress import Ticker, clock
from r1k.schema import Pair, arrow_schema, sha256

MAX_CHARS = 300_000  # of a record; with more, its page takes a browser many seconds
_BATCH = 50
_BATCH_CHARS = 1_000_000
_NO_REVERSE = "have no reverse problem"
_TOO_LONG = f"have more than {MAX_CHARS:,} characters"
_TOO_LARGE = "are too large for the server"


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for; `overlap` None: what the round has, or the usual."""

    users: list[str]
    overlap: int | None = None
    pairs: int | None = None
    splits: list[str] | None = None
    rejected: bool = False
    number: int = 1


@dataclass
class _Row:
    """Where a pair of the dataset is, and what is done with it.

    `why` says why it is not sent, None for a pair that is to be sent or is in Argilla.
    """

    pair_id: str
    split: str
    why: str | None


@dataclass
class _Record:
    """A record that is in Argilla already."""

    fields: dict[str, str]
    content: str | None
    answers: int


@dataclass
class _Done:
    """What became of the pairs: sent, same, updated, answered (changed, but left as they are), and
    those left out by reason."""

    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)


def push(dataset: Path, home: Path, url: str | None, name: str | None, wanted: Wanted) -> int:
    """Send what is missing, print what was done, and return 0.

    Args:
        dataset: a folder that `r1k generate` or, from the second round on, `r1k annotate pull`
            wrote.
        home: that of `r1k annotate serve`; the passwords of the people are kept in it.
        url: another Argilla instead; see `r1k.annotation.rest.connect`.
        name: in Argilla, if not that of the folder.

    Raises:
        UserError: the dataset, the people or the round are not fit for it, or the server is not.
            Nothing has been changed then; or, where the server went away meanwhile, what was sent
            stays, and the same command carries on.
    """
    users = check_names(wanted.users)
    if any(n is not None and n < 1 for n in (wanted.number, wanted.overlap, wanted.pairs)):
        raise UserError("--round, --overlap and --pairs are 1 or more")
    pushed = pushed_name(dataset, name)
    files = _files(dataset)
    rows = _catalog(dataset, files, wanted)
    argilla = connect(home, url)
    file = Annotators.of(home, url)
    accounts = existing(argilla, users)
    rounds = find_rounds(argilla, pushed)
    found = next((r for r in rounds if r.number == wanted.number and r.ready), None)
    there = _there(argilla, found) if found else {}
    members = _members(argilla, found) if found else {}
    if found:
        _check_round(argilla, found, wanted.overlap)
    overlap = found.overlap if found else wanted.overlap or (2 if wanted.number == 1 else 1)
    if overlap > len(set(members) | set(users)):
        raise UserError(
            f"--overlap {overlap}: each pair needs as many people, name them by --users"
        )
    if wanted.number > 1:
        earlier = [r for r in rounds if r.number < wanted.number]
        _third_opinions(argilla, dataset, files, rows, earlier, accounts, members, there)
    _choose(dataset, rows, there, wanted)

    found = found or _make_round(argilla, pushed, wanted.number, overlap, rounds)
    made = invite(argilla, users, found.workspace_id, found.name, file)
    done = _send(argilla, found, files, rows, there)
    print("\n".join(_summary(dataset, found, rows, there, done)))
    print("\n".join(_next(argilla, found, users, made, file, dataset, home, url, name)))
    return 0


def _files(dataset: Path) -> dict[str, list[Path]]:
    """The parquet files of the pairs, by split; those of rejected pairs as `rejected`."""
    try:
        manifest = json.loads((dataset / "manifest.json").read_text(encoding="utf-8"))
        listed = {name: known["split"] for name, known in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UserError(
            f"{dataset}: not a dataset of r1k (no manifest.json that it wrote)"
        ) from None
    files: dict[str, list[Path]] = {}
    for name, split in sorted(listed.items()):
        config = name.partition("/")[0]
        if config in ("pairs", "rejected", "labels"):
            files.setdefault(split if config == "pairs" else config, []).append(dataset / name)
    if missing := [path for paths in files.values() for path in paths if not path.is_file()]:
        raise UserError(f"{missing[0]}: is missing; the manifest of {dataset} lists it")
    return files


def _catalog(dataset: Path, files: dict[str, list[Path]], wanted: Wanted) -> list[_Row]:
    """Every pair of the dataset, in the order in which they are sent: shuffled, but the same each
    time, so that the first pairs that people judge are a fair sample."""
    splits = [s for s in files if s not in ("rejected", "labels")]
    if unknown := [s for s in wanted.splits or [] if s not in splits]:
        raise UserError(f"--splits {unknown[0]}: {dataset} has {', '.join(splits)}")
    rows = []
    for split in [*splits, "rejected"]:
        for path in files.get(split, []):
            table = pq.ParquetFile(path).read(columns=["pair_id", "reverse.question"])
            absent = pc.is_null(pc.struct_field(table["reverse"], "question")).to_pylist()
            for pair_id, no_reverse in zip(table["pair_id"].to_pylist(), absent, strict=True):
                why = None
                if no_reverse:
                    why = _NO_REVERSE
                elif split == "rejected" and not wanted.rejected:
                    why = "were rejected by the checks (--rejected sends them)"
                elif wanted.splits and split not in (*wanted.splits, "rejected"):
                    why = f"are not of --splits {' '.join(wanted.splits)}"
                rows.append(_Row(pair_id, split, why))
    return sorted(rows, key=lambda row: sha256(f"order of {row.pair_id}"))


def _there(argilla: Argilla, found: Round) -> dict[str, _Record]:
    """The records of a round by pair id."""
    return {
        record["external_id"]: _Record(
            fields=record["fields"],
            content=(record.get("metadata") or {}).get("content"),
            answers=len(record.get("responses") or []),
        )
        for record in argilla.records(found.id)
    }


def _members(argilla: Argilla, found: Round) -> dict[str, str]:
    """Those who judge a round: ids by name."""
    users = argilla.get(f"workspaces/{found.workspace_id}/users")["items"]
    return {u["username"]: u["id"] for u in users if u["role"] == "annotator"}


def _check_round(argilla: Argilla, found: Round, overlap: int | None) -> None:
    """Refuse a round that was made otherwise than this one would be."""
    if overlap not in (None, found.overlap):
        raise UserError(
            f"{found.name} on {argilla.url} asks {found.overlap} people for each pair, not"
            f" {overlap}: leave out --overlap, or push under another --name"
        )
    for what, ours in settings().items():
        if what == "metadata-properties":
            continue  # only owners see it
        theirs = argilla.get(f"datasets/{found.id}/{what}")["items"]
        if [_essence(item) for item in theirs] != [_essence(item) for item in ours]:
            raise UserError(
                f"{found.name} on {argilla.url} has other {what} than this version of r1k asks:"
                " push under another --name"
            )


def _essence(item: dict[str, Any]) -> tuple[Any, ...]:
    """Of a field or a question what decides which answers there can be."""
    how = item["settings"]
    options = tuple(option["value"] for option in how.get("options", []))
    return item["name"], item["required"], how["type"], how.get("use_markdown"), options


def _third_opinions(
    argilla: Argilla,
    dataset: Path,
    files: dict[str, list[Path]],
    rows: list[_Row],
    earlier: list[Round],
    accounts: dict[str, str],
    members: dict[str, str],
    there: dict[str, _Record],
) -> None:
    """Leave out what needs no further opinion, or has one already of those who are asked."""
    if "labels" not in files:
        raise UserError(
            f"{dataset}: has no labels, which say what people disagree on; give the folder that"
            " r1k annotate pull wrote"
        )
    if not earlier:
        raise UserError(
            f"{argilla.url} has no earlier round of this dataset; name it with --name, as it was"
            " pushed"
        )
    labels = pq.read_table(files["labels"], columns=["pair_id", "third_opinion"])
    needed = set(labels.filter(labels["third_opinion"])["pair_id"].to_pylist())
    by_id = {user_id: name for name, user_id in (accounts | members).items()}
    judged: dict[str, set[str]] = {}  # names of those who are asked, by pair
    for part in earlier:
        for record in argilla.records(part.id):
            for answer in record.get("responses") or []:
                if name := by_id.get(answer["user_id"]):
                    judged.setdefault(record["external_id"], set()).add(name)
    for name in accounts:
        if name not in members and (again := sum(name in judged.get(i, ()) for i in there)):
            raise UserError(
                f"--users {name}: has judged {again} pairs of this round before; name people who"
                " have not, or make a further round"
            )
    for row in rows:
        if row.why is None and row.pair_id not in needed:
            row.why = "need no further opinion"
        elif row.why is None and (who := judged.get(row.pair_id)):
            row.why = f"were judged by {', '.join(sorted(who))} before"


def _choose(dataset: Path, rows: list[_Row], there: dict[str, _Record], wanted: Wanted) -> None:
    """Settle which pairs are sent.

    Raises:
        UserError: none, or what is in Argilla under this name are pairs of another dataset.
    """
    ids = {row.pair_id for row in rows}
    if there and not ids & there.keys():
        raise UserError(
            f"{dataset} has none of the {len(there):,} pairs that Argilla has under this name: push"
            " it under another --name"
        )
    room = len(rows) if wanted.pairs is None else wanted.pairs
    for row in rows:
        if row.pair_id in there and row.why != _NO_REVERSE:
            row.why = None
            room -= 1
    for row in rows:
        if row.why is None and row.pair_id not in there:
            if room <= 0:
                row.why = f"are more than --pairs {wanted.pairs}"
            room -= 1
    if all(row.why for row in rows):
        whys = Counter(row.why for row in rows)
        said = "; ".join(f"{n:,} {why}" for why, n in whys.most_common())
        raise UserError(f"{dataset}: no pairs to send: {said or 'it has none'}")


def _make_round(
    argilla: Argilla, pushed: str, number: int, overlap: int, rounds: list[Round]
) -> Round:
    """A new round, ready for records; one that was left half made is made anew."""
    for part in rounds:
        if part.number == number:
            argilla.delete(f"datasets/{part.id}")
    name = f"{pushed}-round-{number}"
    workspace = pushed if number == 1 else name
    known = {w["name"]: w["id"] for w in argilla.get("me/workspaces")["items"]}
    if workspace not in known:
        known[workspace] = argilla.post("workspaces", {"name": workspace})["id"]
    body = {
        "name": name,
        "guidelines": GUIDELINES,
        "allow_extra_metadata": False,
        "distribution": {"strategy": "overlap", "min_submitted": overlap},
        "metadata": {MARK: {"dataset": pushed, "round": number}},
        "workspace_id": known[workspace],
    }
    try:
        made = argilla.post("datasets", body)
    except Refused as e:
        if e.status != 409:
            raise
        raise UserError(
            f"{argilla.url} has a dataset {name} that r1k did not make; push under another --name"
        ) from None
    for what, items in settings().items():
        for item in items:
            argilla.post(f"datasets/{made['id']}/{what}", item)
    argilla.put(f"datasets/{made['id']}/publish", None)
    return Round(made["id"], name, pushed, number, known[workspace], overlap, ready=True)


def _send(
    argilla: Argilla,
    found: Round,
    files: dict[str, list[Path]],
    rows: list[_Row],
    there: dict[str, _Record],
) -> _Done:
    """Send new pairs, and those that changed while nobody had answered."""
    done = _Done(left_out=Counter(row.why for row in rows if row.why))
    chosen = [row for row in rows if row.why is None]
    started, looked, put = time.monotonic(), 0, 0
    batch: list[dict[str, Any]] = []

    def flush() -> None:
        nonlocal put
        too_large = _put(argilla, found, batch)
        put += len(batch) - len(too_large)
        for refused in too_large:
            known = refused["external_id"] in there
            done.counts["updated" if known else "sent"] -= 1
            done.left_out[_TOO_LARGE] += 1
            done.lines.append(f"pair {refused['external_id']}: too large for {argilla.url}")
        batch.clear()

    with Ticker() as ticker:
        try:
            for pair, split in _pairs(files, chosen):
                looked += 1
                record = make_record(pair, split)
                known = there.get(pair.pair_id)
                if known is None and sum(map(len, record["fields"].values())) > MAX_CHARS:
                    done.left_out[_TOO_LONG] += 1
                    done.lines.append(f"pair {pair.pair_id}: {_TOO_LONG[5:]}")
                    continue
                if known is None:
                    done.counts["sent"] += 1
                    batch.append(record)
                elif known.answers:
                    done.counts["same" if known.content == content(pair) else "answered"] += 1
                elif known.content == content(pair) and known.fields == record["fields"]:
                    done.counts["same"] += 1
                else:
                    done.counts["updated"] += 1
                    batch.append(record)
                chars = sum(len(text) for r in batch for text in r["fields"].values())
                if len(batch) >= _BATCH or chars > _BATCH_CHARS:
                    flush()
                ticker.tick(_progress(looked, len(chosen), time.monotonic() - started))
            flush()
        except UserError as e:
            raise UserError(
                f"{e} ({put:,} pairs are there now; the same command carries on)"
            ) from e
        ticker.tick(_progress(looked, len(chosen), time.monotonic() - started), final=True)
    if done.counts.total() + done.left_out.total() != len(rows):
        raise RuntimeError(f"{len(rows)} pairs, but {done} were accounted for")
    return done


def _pairs(files: dict[str, list[Path]], chosen: list[_Row]) -> Iterator[tuple[Pair, str]]:
    """The chosen pairs in their order, each with its split."""
    ids = pa.array([row.pair_id for row in chosen], pa.string())
    columns = arrow_schema(Pair).names
    tables = []
    for split in dict.fromkeys(row.split for row in chosen):
        for path in files[split]:
            with pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(group, columns=columns)
                    tables.append(table.filter(pc.is_in(table["pair_id"], ids)))
    table = pa.concat_tables(tables)
    place = {pair_id: i for i, pair_id in enumerate(table["pair_id"].to_pylist())}
    for start in range(0, len(chosen), _BATCH):
        part = chosen[start : start + _BATCH]
        found = table.take([place[row.pair_id] for row in part]).to_pylist()
        for row, values in zip(part, found, strict=True):
            yield Pair.model_validate(values), row.split


def _put(argilla: Argilla, found: Round, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send records, in smaller parts where the server finds them too large.

    Returns:
        The records that are too large by themselves.
    """
    if not batch:
        return []
    try:
        argilla.put(f"datasets/{found.id}/records/bulk", {"items": batch})
    except Refused as e:
        if e.status != 413:
            raise
        if len(batch) == 1:
            return list(batch)
        half = len(batch) // 2
        return _put(argilla, found, batch[:half]) + _put(argilla, found, batch[half:])
    return []


def _progress(done: int, total: int, seconds: float) -> str:
    """One line: pairs, rate, time left."""
    rate = done / max(seconds, 1e-3)
    left = f"{clock((total - done) / rate)} left" if done < total else clock(seconds)
    return f"{done:,}/{total:,} pairs | {rate:,.0f} pairs/s | {left}"


def _summary(
    dataset: Path, found: Round, rows: list[_Row], there: dict[str, _Record], done: _Done
) -> list[str]:
    """What became of every pair; the counts add up."""
    said = {
        "sent": f"sent to {found.name}",
        "same": "there already",
        "updated": "there already, updated: what is shown changed, and nobody had answered",
        "answered": "there already, left as they are: the pair changed, but people have answered",
    }
    lines = [*done.lines, f"{len(rows):,} pairs of {dataset}"]
    lines += [f"{done.counts[key]:>9,}  {text}" for key, text in said.items() if done.counts[key]]
    lines += [f"{n:>9,}  left out: they {why}" for why, n in done.left_out.most_common()]
    if gone := len(there.keys() - {row.pair_id for row in rows}):
        lines.append(f"{gone:,} pairs in {found.name} are no longer in {dataset}; they stay there")
    return lines


def _next(
    argilla: Argilla,
    found: Round,
    users: list[str],
    made: list[str],
    file: Annotators,
    dataset: Path,
    home: Path,
    url: str | None,
    name: str | None,
) -> list[str]:
    """Where people judge, who they are and how they get in, and what to do then."""
    own = [user for user in users if file.people[user]["password"] is None]
    server = ["--url", url] if url else ["--home", str(home)]
    folder = shlex.quote(str(dataset))
    rest = shlex.join(server + (["--name", name] if name else []))
    lines = [
        f"each is shown until {found.overlap} of the people below have judged it",
        f"address    {argilla.url}",
        f"people     {', '.join(f'{u} (new)' if u in made else u for u in users)}",
        f"passwords  {file.path}",
    ]
    if own:
        lines.append(
            f"           ({', '.join(own)}: had an account, and its password is not there)"
        )
    return [
        *lines,
        "next       give each of them the address, the name and the password; to see how far they",
        f"           are: r1k annotate status {shlex.quote(found.dataset)} {shlex.join(server)}",
        f"           what they said: r1k annotate pull {folder} -o OUT {rest}",
    ]
