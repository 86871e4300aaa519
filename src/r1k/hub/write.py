"""`write_dataset`: a folder exactly as it lies on the Hub.

    OUT/README.md                       card, with the YAML that names every data file
    OUT/manifest.json
    OUT/plots/traces.png
    OUT/<config>/<split>-<hash>.parquet  for pairs, the views, rejected

File names hold the hash of their content because the cache of `datasets` answers with the old
rows where a file of the same name was edited. It also makes replacing safe: new files never
overwrite old ones, the card is the switch from the old to the new, and only then are old files
removed. Whenever the process is killed, OUT loads as the old dataset or as the new one.

What people said of the pairs (`r1k.hub.extend`) is no rerun's to delete: its tables stay in OUT,
unlisted, until `r1k annotate pull` replaces and lists them.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from r1k.config import Config
from r1k.errors import UserError
from r1k.hub.card import CONFIGS, make_card
from r1k.hub.manifest import Tally, dump, is_ours, make_manifest
from r1k.hub.statistics import plot, statistics
from r1k.schema import Pair, arrow_schema
from r1k.views.build import build_views
from r1k.views.probe import probe_views
from r1k.views.table import File, TableWriter

Tag = Literal["train", "validation", "test", "test_ood", "rejected"]
PLOT = "plots/traces.png"
SPLITS: tuple[Tag, ...] = ("train", "validation", "test", "test_ood")
_OURS = re.compile(r"(?:train|validation|test|test_ood)(?:-\d{5}-of-\d{5})?-[0-9a-f]{12}\.parquet")


def write_dataset(
    out: Path, pairs: Iterable[tuple[Tag, pa.RecordBatch]], config: Config, facts: dict[str, Any]
) -> dict[str, Any]:
    """Write the dataset and return its manifest.

    Args:
        out: new, empty, or an earlier dataset of r1k, whose data files are then replaced; other
            files in it stay.
        pairs: batches of `arrow_schema(Pair)` in the order of the source, each tagged with its
            split; `rejected` for all rejected pairs and for nothing else. Read once, streamed.
        config: the resolved config.
        facts: for the manifest, read when `pairs` is exhausted: `source` (`name`, and `rows` to be
            checked against the pairs; the rest as it is), `benchmarks` (`checked`: name, source,
            revision, rows of each; `not_checked`: name to reason; absent where pairs are not
            compared with any), `prompts` (name to text), `tokens`, `run` (times, the machine:
            whatever differs from run to run).

    Raises:
        UserError: `out` holds files that r1k did not write.
        ValueError: a tag that is not one of the five or does not fit the verdict.
        RuntimeError: the pairs are not as many as the source's rows.
    """
    with building(out) as build:
        manifest = _build(build, pairs, config, facts)
        install(build, out, set(manifest["files"]), CONFIGS)
    return manifest


@contextmanager
def building(out: Path, command: str | None = None) -> Iterator[Path]:
    """An empty folder beside `out`, on the same disk, that is removed in the end.

    Raises:
        UserError: see `check_out`.
    """
    check_out(out, command)
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(out)
    build = out.parent / f".{out.name}.r1k-{os.getpid()}"
    build.mkdir()
    try:
        yield build
    finally:
        shutil.rmtree(build, ignore_errors=True)


def check_out(out: Path, command: str | None = None) -> None:
    """Refuse a folder that `write_dataset` would refuse: to be called before a long run.

    Raises:
        UserError: `out` is a file, or a folder with files and without a manifest of this command.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; name a folder for the dataset")
    if out.exists() and any(out.iterdir()) and not is_ours(out / "manifest.json", command):
        other = is_ours(out / "manifest.json", None if command else "curate")
        whose = "of another command of r1k" if other else "that r1k did not write"
        raise UserError(f"{out}: holds files {whose}; name a new or empty folder")


def _build(
    build: Path, pairs: Iterable[tuple[Tag, pa.RecordBatch]], config: Config, facts: dict[str, Any]
) -> dict[str, Any]:
    tally = Tally()
    schema = arrow_schema(Pair)
    writers = {split: TableWriter(build / "pairs", split, schema) for split in SPLITS}
    writers["rejected"] = TableWriter(build / "rejected", "train", schema)
    for tag, batch in pairs:
        if tag not in writers:
            raise ValueError(f"{tag!r}: pairs are tagged {', '.join(writers)}")
        rejected = pc.sum(pc.equal(batch["verdict"], "rejected")).as_py() or 0
        if rejected != (batch.num_rows if tag == "rejected" else 0):
            raise ValueError(f"{rejected} of {batch.num_rows} pairs tagged {tag!r} are rejected")
        tally.add(batch)
        writers[tag].write(batch)

    files: dict[str, dict[str, list[File]]] = {name: {} for name in CONFIGS}
    for split in SPLITS:
        if written := writers[split].close():
            files["pairs"][split] = written
    if not files["pairs"]:
        empty = TableWriter(build / "pairs", "train", schema)
        files["pairs"]["train"] = empty.close(keep_empty=True)
    files["rejected"]["train"] = writers["rejected"].close(keep_empty=True)

    paths = {split: [file.path for file in parts] for split, parts in files["pairs"].items()}
    views = build_views(paths, build, config)
    files |= views.files
    first = next(iter(views.files["forward"]))
    forward, reverse, preference = (
        views.files[view][first] for view in ("forward", "reverse", "preference")
    )
    scores = probe_views(forward, reverse, preference, config.seed)
    found = statistics(paths)
    manifest = make_manifest(config, facts, tally, files, views.counts, scores, found)
    (build / "plots").mkdir()
    (build / PLOT).write_bytes(plot(found))
    (build / "manifest.json").write_text(dump(manifest), encoding="utf-8")
    example = first_example(paths) if config.inverter == "program" else None
    card = make_card(manifest, files, config, example)
    (build / "README.md").write_text(card, encoding="utf-8")
    return manifest


def first_example(paths: dict[str, list[Path]]) -> Pair:
    """The first pair that is not of the lowest difficulty, to show in the card."""
    first = next(path for parts in paths.values() for path in parts)
    rows = next(pq.ParquetFile(first).iter_batches(1_000)).to_pylist()
    return Pair.model_validate(next((row for row in rows if row["difficulty"] > 1), rows[0]))


def install(build: Path, out: Path, names: Set[str], configs: Iterable[str]) -> None:
    """Make the files of a finished build those of the dataset: data first, the card last.

    Args:
        build: holds README.md and manifest.json, and whatever of the data is not in `out` yet.
        out: the dataset; absent or empty where `build` is all of it.
        names: the data files that the new card lists.
        configs: the tables of which `out` keeps no other file that r1k wrote.
    """
    out = out.resolve()
    if not out.exists() or not any(out.iterdir()):
        build.rename(out)
        return
    files = [path.relative_to(build) for path in build.rglob("*") if path.is_file()]
    last = [Path("manifest.json"), Path("README.md")]
    pages = [name for name in files if str(name) not in names and name not in last]
    for name in [*sorted(name for name in files if str(name) in names), *sorted(pages), *last]:
        (out / name).parent.mkdir(exist_ok=True)
        (build / name).replace(out / name)
    for config_name in configs:
        for path in (out / config_name).glob("*.parquet"):
            if f"{config_name}/{path.name}" not in names and _OURS.fullmatch(path.name):
                path.unlink()


def _remove_stale(out: Path) -> None:
    """Remove what a killed build of the same dataset left beside it."""
    prefix = f".{out.name}.r1k-"
    for path in out.parent.iterdir():
        pid = path.name.removeprefix(prefix)
        if path.name.startswith(prefix) and pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(path, ignore_errors=True)
