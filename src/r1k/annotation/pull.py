"""`r1k annotate pull`: what people said into the dataset, and what it comes to.

All responses of all rounds are fetched anew each time; the same responses give the same bytes.
Nothing is written before everything is there, and OUT loads as the old dataset or as the new one
whenever the command is killed: run it again.

Comments and corrections go into the dataset as they were typed; names do not.
"""

import shlex
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel

from r1k.annotation.agreement import make_agreement
from r1k.annotation.annotators import server_folder
from r1k.annotation.labels import MIN_PAIRS, Judged, make_labels, shared_pairs
from r1k.annotation.pseudonyms import Pseudonyms
from r1k.annotation.records import answer as answer_of
from r1k.annotation.records import content, pushed_name
from r1k.annotation.report import make_page
from r1k.annotation.responses import (
    Fetched,
    counting,
    fetch,
    keep_departed,
    make_rows,
    merge,
    read_rows,
)
from r1k.annotation.rest import connect, find_rounds
from r1k.annotation.validated import write_validated
from r1k.errors import UserError
from r1k.hub.extend import Added, Dataset, extend_dataset, read_dataset
from r1k.hub.validation_card import alpha_text
from r1k.hub.write import check_out
from r1k.schema import LabelRow, Pair, ResponseRow, arrow_schema
from r1k.show import printable
from r1k.verification.equal import Equality
from r1k.views.table import File, TableWriter, read_groups

_ROWS = 5_000


def pull(dataset: Path, out: Path, home: Path, url: str | None, name: str | None = None) -> int:
    """Fetch, write OUT, and print what it comes to.

    Args:
        dataset: the folder that was pushed, as it is now; left as it is unless it is `out`.
        out: new, empty, `dataset` itself, or an earlier dataset of r1k, which is replaced.
        home: with the server's credentials, and the file that says who is which annotator.
        url: another Argilla; its key is in the environment variable ARGILLA_API_KEY.
        name: the dataset's name in Argilla where it is not that of the folder.

    Raises:
        UserError: no dataset, no server, nothing pushed, OUT is somebody else's, ...
    """
    check_out(out)
    source = read_dataset(dataset)
    pushed = pushed_name(dataset, name)
    argilla = connect(home, url)
    rounds = find_rounds(argilla, pushed)
    if not rounds:
        raise UserError(
            f"{argilla.url} has no pairs of a dataset {pushed!r}; push them with r1k annotate push"
            f" {dataset}, or say with --name under which name they were pushed"
        )
    fetched = fetch(argilla, rounds)
    if not fetched.responses:
        raise UserError(
            f"{argilla.url}: nobody has answered anything of {pushed!r} yet; r1k annotate status"
            f" {pushed} shows how far they are"
        )
    private = home / "servers" / server_folder(url) if url else home
    overlaps = {part.number: part.overlap for part in rounds}
    facts, taken_back = take_in(source, out, fetched, overlaps, Pseudonyms(private), pushed)
    server = ["--url", url] if url else ["--home", str(home)]
    again = ["r1k", "annotate", "push", str(out), "--round", str(max(overlaps) + 1), *server]
    command = f"{shlex.join(again)} --users NAME ..."
    print(printable("\n".join(_summary(facts, out, taken_back, command))))
    return 0


def take_in(
    source: Dataset,
    out: Path,
    fetched: Fetched,
    overlaps: dict[int, int],
    pseudonyms: Pseudonyms,
    pushed: str,
) -> tuple[dict[str, Any], int]:
    """Write OUT.

    Args:
        overlaps: of each round, how many people were to judge a pair.
        pushed: the dataset's name in Argilla.

    Returns:
        What the manifest says of the validation, and how many responses of an earlier pull into
        OUT were taken back since.
    """
    people = pseudonyms.users()
    earlier = read_rows(read_dataset(out).validation) if (out / "manifest.json").exists() else []
    asked = {pair_id for _, pair_id in fetched.records} | {row.pair_id for row in earlier}
    pairs, contents = _judged(source, fetched, overlaps, asked)
    if not pairs:
        raise UserError(
            f"{source.folder} has none of the pairs that were pushed as {pushed!r}: give the folder"
            " that was pushed, or with --name the name of this one"
        )
    rows = make_rows(fetched, pseudonyms, contents)
    kept = keep_departed(earlier, rows, fetched, people, contents)
    rows = merge(rows, kept)
    pseudonyms.save()

    answered = {row.pair_id for row in rows}
    pairs = [pair for pair in pairs if pair.pair_id in answered]
    said = counting(rows)
    with Equality(source.config.checks.math_seconds) as same:
        labels = make_labels(pairs, said, same)
    agreement = make_agreement(pairs, rows, said)
    facts = _facts(pushed, overlaps, rows, labels, agreement, said)
    facts["responses"]["kept"] = len(kept)
    facts["pairs_waiting"] = len({pair_id for _, pair_id in fetched.records} - answered)

    def make(build: Path) -> Added:
        files = {
            "validation": {"train": _table(build / "validation", ResponseRow, rows)},
            "labels": {"train": _table(build / "labels", LabelRow, labels)},
        }
        views, facts["views"] = write_validated(source.paths("pairs"), labels, build, source.config)
        shown = sum(counts["pairs"] for counts in facts["views"].values())
        facts["not_in_views"] = facts["decisions"]["validated"] - shown
        option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        (build / "agreement.json").write_bytes(orjson.dumps(agreement, option=option))
        title = source.config.card.name or pushed
        page = make_page(title, facts, agreement, pairs, labels, rows)
        (build / "validation.html").write_text(page, encoding="utf-8")
        return Added(files | views, facts)

    extend_dataset(source, out, make)
    return facts, len({_key(row) for row in earlier} - {_key(row) for row in rows})


def _judged(
    source: Dataset, fetched: Fetched, overlaps: dict[int, int], asked: set[str]
) -> tuple[list[Judged], dict[str, str]]:
    """The pairs that people were asked about, in the dataset's order, and the hash of what would
    be shown of each."""
    first: dict[str, int] = {}
    for of, pair_id in sorted(fetched.records):
        first.setdefault(pair_id, of)
    lowest = overlaps[min(overlaps)]
    ids = pa.array(sorted(asked), pa.string())
    names = arrow_schema(Pair).names
    pairs, contents = [], {}
    tables = [*source.paths("pairs").items(), ("rejected", source.paths("rejected")["train"])]
    for split, paths in tables:
        for group in read_groups(paths, names):
            for row in group.filter(pc.is_in(group["pair_id"], ids)).to_pylist():
                pair = Pair.model_validate(row)
                if pair.reverse is None:
                    continue
                contents[pair.pair_id] = content(pair)
                number = first.get(pair.pair_id)
                pairs.append(
                    Judged(
                        pair_id=pair.pair_id,
                        split=split,
                        overlap=lowest if number is None else overlaps[number],
                        forward_question=pair.forward.question,
                        forward_answer=answer_of(pair.forward),
                        reverse_question=pair.reverse.question,
                        reverse_answer=pair.reverse.answer or "",
                        verdict=pair.verdict,
                        checks=[(c.id, c.version, c.outcome) for c in pair.checks],
                    )
                )
    return pairs, contents


def _facts(
    pushed: str,
    overlaps: dict[int, int],
    rows: list[ResponseRow],
    labels: list[LabelRow],
    agreement: dict[str, Any],
    said: dict[str, list[ResponseRow]],
) -> dict[str, Any]:
    """What the manifest says of the validation.

    Raises:
        RuntimeError: pairs or responses do not add up: some were lost.
    """
    statuses = Counter(row.status for row in rows)
    decisions = Counter(row.decision for row in labels)
    reasons = Counter((row.decision, reason) for row in labels for reason in row.reasons)
    gone = {row.pair_id for row in rows} - {row.pair_id for row in labels}
    if len(labels) + len(gone) != len({row.pair_id for row in rows}) or any(
        not row.pair_changed for row in rows if row.pair_id in gone
    ):
        raise RuntimeError("pairs that people judged have no label: rows were lost")
    figures = ("units", "alpha", "alpha_low", "alpha_high", "alpha_note", "interval_note",
               "percent_agreement", "percent_low", "percent_high")  # fmt: skip
    return {
        "dataset": pushed,
        "rounds": [{"round": n, "overlap": overlap} for n, overlap in sorted(overlaps.items())],
        "annotators": len({row.annotator for row in rows}),
        "pairs": len(labels),
        "pairs_gone": len(gone),
        "responses": {
            **{status: statuses[status] for status in ("submitted", "discarded", "draft")},
            "changed": sum(row.pair_changed for row in rows),
            "counted": sum(map(len, said.values())),
        },
        "decisions": {d: decisions[d] for d in ("validated", "rejected", "undecided")},
        "reasons": {
            d: {r: n for (of, r), n in sorted(reasons.items(), key=lambda i: (-i[1], i[0]))
                if of == d}
            for d in ("validated", "rejected", "undecided")
        },
        "corrected": {n: sum(n in row.corrected for row in labels) for n in ("answer", "question")},
        "third_opinion": sum(row.third_opinion for row in labels),
        # Of each question: were there enough pairs that two people judged?
        "dawid_skene": {
            q: shared_pairs(said, q) >= MIN_PAIRS for q in ("faithful", "answer_right")
        },
        "agreement": {
            name: {key: found[key] for key in figures if key in found}
            for name, found in agreement["questions"].items()
        },
        "libraries": {name: version(name) for name in ("crowd-kit", "krippendorff", "scipy")},
    }  # fmt: skip


def _table(folder: Path, model: type[BaseModel], rows: Iterable[BaseModel]) -> list[File]:
    schema = arrow_schema(model)
    writer = TableWriter(folder, "train", schema)
    values = [row.model_dump() for row in rows]
    for start in range(0, len(values), _ROWS):
        writer.write(pa.RecordBatch.from_pylist(values[start : start + _ROWS], schema=schema))
    return writer.close(keep_empty=True)


def _summary(facts: dict[str, Any], out: Path, taken_back: int, command: str) -> list[str]:
    """What a person wants to know after a pull; `command` starts the next round."""
    responses, corrected = facts["responses"], facts["corrected"]
    lines = [
        f"{facts['pairs']:,} pairs answered by {facts['annotators']} people, "
        f"{facts['pairs_waiting']:,} not yet: {responses['submitted']:,} responses submitted, "
        f"{responses['discarded']:,} discarded, {responses['draft']:,} drafts"
    ]
    for decision, n in facts["decisions"].items():
        lines.append(f"  {decision:<11}{n:>7,}")
        lines += [f"{count:>20,}  {why}" for why, count in facts["reasons"][decision].items()]
    lines.append(
        f"  corrected: {corrected['answer']:,} answers, {corrected['question']:,} questions"
    )
    lines.append("agreement of people (Krippendorff's alpha, 95 % interval):")
    for name, found in facts["agreement"].items():
        lines.append(f"  {name:<13}{alpha_text(found)}; {found['units']:,} pairs judged by several")
    if facts["not_in_views"]:
        lines.append(
            f"{facts['not_in_views']:,} validated pairs are in no view: the checks rejected them,"
            " so they have no split"
        )
    lines += _missing(responses, taken_back)
    if facts["third_opinion"]:
        lines.append(f"{facts['third_opinion']:,} pairs need a third opinion: {command}")
    lines.append(
        f"written to {out}: validation.html to read, agreement.json, and the tables "
        f"(load_dataset({str(out)!r}, 'validated_reverse'))"
    )
    return lines


def _missing(responses: dict[str, int], taken_back: int) -> list[str]:
    """A line for each kind of response that does not count, or is not there."""
    changed, kept, lines = responses["changed"], responses["kept"], []
    if changed:
        lines.append(f"{changed} responses are to pairs that changed since they were pushed, or "
                     "are gone: kept in validation, counted nowhere")  # fmt: skip
    if kept:
        lines.append(f"{kept} responses are no longer in Argilla, which deletes them with the "
                     "person or the record: kept from the earlier pull, and counted")  # fmt: skip
    if taken_back:
        lines.append(f"{taken_back} responses of the earlier pull were taken back in Argilla: "
                     "they are gone from here too")  # fmt: skip
    return lines


def _key(row: ResponseRow) -> tuple[int, str, str]:
    return row.round, row.pair_id, row.annotator
