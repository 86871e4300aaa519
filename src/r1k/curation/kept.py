"""What a run of `r1k curate` that was interrupted leaves to the next: the folder of its shards.

WORK/read-<hash>/identity.json     all that the shards depend on, whose hash is in the name
WORK/read-<hash>/000000000.parquet  the shards
WORK/read-<hash>/rows               how many rows there are, once all are read
"""

import json
import shutil
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from r1k.curation.config import CurateConfig
from r1k.curation.reading import ROWS, shards, versions
from r1k.schema import canonical, sha256
from r1k.source.benchmarks import Text
from r1k.source.read import Origin, fingerprint


def identity(
    source: str, origin: Origin, config: CurateConfig, texts: Sequence[Text]
) -> dict[str, Any]:
    """All that shards depend on, by what it is called in a message."""
    tree = config.model_dump(mode="json")
    return {
        "the source": [origin.source, origin.revision, *fingerprint(source, config.source)],
        "the configuration": {
            **{key: tree[key] for key in ("source", "contamination", "quality", "difficulty")},
            "domain": config.diversity.domain,
            "near": "near" in config.duplicates.kinds,
            "rows": ROWS,
        },
        "the benchmarks": sha256(canonical([list(text) for text in texts])),
        "the versions of r1k and its libraries": {
            **versions(),
            **({"torch": version("torch")} if config.contamination.embeddings else {}),
        },
    }


def take_over(work: Path, wanted: dict[str, Any]) -> tuple[Path, int]:
    """The folder for the shards, and how many rows are in it already; says what becomes of those
    that an earlier run read."""
    folder = work / f"read-{sha256(canonical(wanted))[:16]}"
    for other in work.glob("read-*"):
        if other == folder:
            continue
        rows = _rows(other)
        if rows:
            theirs = json.loads((other / "identity.json").read_text(encoding="utf-8"))
            changed = ", ".join(key for key in wanted if theirs.get(key) != wanted[key])
            _say(f"{rows:,} rows read by an earlier run are read again, for {changed} changed")
        remove(other)
    folder.mkdir(exist_ok=True)
    for part in folder.glob("*.part"):
        part.unlink()
    _write(folder / "identity.json", json.dumps(wanted))
    rows = _rows(folder)
    if rows:
        _say(f"{rows:,} rows were read by an earlier run, and are not read again")
    return folder, rows


def known_rows(folder: Path) -> int | None:
    """How many rows the source has; None if not all shards are there."""
    path = folder / "rows"
    return int(path.read_text()) if path.exists() else None


def note_rows(folder: Path, rows: int) -> None:
    """Note that all shards are there."""
    _write(folder / "rows", str(rows))


def remove(folder: Path) -> None:
    """Remove a folder of shards: for whoever may still write into it, at once."""
    gone = folder.with_name("gone")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone)


def _rows(folder: Path) -> int:
    return sum(pq.read_metadata(path).num_rows for path in shards(folder))


def _say(line: str) -> None:
    print(f"r1k: {line}", file=sys.stderr, flush=True)


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
