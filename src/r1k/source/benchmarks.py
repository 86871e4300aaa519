"""The benchmarks to which data must not be contaminated: named in a file, read from anywhere.

read_benchmarks(["math500", "aime24=data/aime24.jsonl"], BENCHMARKS)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from r1k.config import Section, SourceConfig, read_config
from r1k.errors import UserError, nearest
from r1k.source.read import describe, read_texts

# Looked for in a benchmark that is in no file, in this order.
_COLUMNS = ("question", "problem")


class Benchmark(Section):
    """A benchmark on the Hub: `id`, `revision` (a commit; none: what is there now), `config` and
    `split`, and the `column` that holds its questions."""

    id: str
    revision: str | None = None
    config: str | None = None
    split: str = "test"
    column: str = "problem"


class _File(Section):
    benchmarks: dict[str, Benchmark] = Field(default_factory=dict)


class Text(NamedTuple):
    """A question of a benchmark; `row` counts from 0."""

    benchmark: str
    row: int
    text: str


@dataclass(frozen=True)
class Benchmarks:
    """All questions of some benchmarks, and where each was read: name, source, revision, rows."""

    texts: list[Text]
    sources: list[dict[str, str | int | None]]


def read_benchmarks(against: Sequence[str], file: Path) -> Benchmarks:
    """Read benchmarks, each given as `NAME` in `file` or as `NAME=PATH`.

    Of a path, the column is that of NAME in `file`, else `question` or `problem`.

    Raises:
        UserError: a name that is not in the file, a source that cannot be read, a name twice.
    """
    known = read_config(file, {}, _File).benchmarks if file.exists() else {}
    texts: list[Text] = []
    sources: list[dict[str, str | int | None]] = []
    for one in against:
        name, _, path = one.partition("=")
        revision: str | None = None
        entry = known.get(name)
        if not name or any(name == s["name"] for s in sources):
            raise UserError(f"--against {one}: give each benchmark a name, and once")
        if path:
            where = Path(path).expanduser()
            if not where.exists():
                raise UserError(f"--against {one}: no such file or folder")
            split = entry.split if entry and where.is_dir() else "test"
            config = SourceConfig(split=split)
            columns = dict.fromkeys([*([entry.column] if entry else []), *_COLUMNS])
            rows = _first_readable(path, config, columns)
            source = where.name
        elif entry:
            pinned = SourceConfig(config=entry.config, split=entry.split, revision=entry.revision)
            revision = describe(entry.id, pinned).revision
            pinned = pinned.model_copy(update={"revision": revision})
            rows = list(read_texts(entry.id, pinned, entry.column))
            source = entry.id
        else:
            there = f"there are {', '.join(known)} in {file}" if known else f"{file} has none"
            raise UserError(
                f"--against {one}: no such benchmark{nearest(name, known)} ({there}); add it, or "
                f"give a file or folder: --against {name}=PATH"
            )
        texts += [Text(name, i, text) for i, text in enumerate(rows)]
        sources.append({"name": name, "source": source, "revision": revision, "rows": len(rows)})
    return Benchmarks(texts, sources)


def _first_readable(path: str, config: SourceConfig, columns: Iterable[str]) -> list[str]:
    """The texts of the first of these columns that there is."""
    first: UserError | None = None
    for column in columns:
        try:
            return list(read_texts(path, config, column))
        except UserError as e:
            first = first or e
    assert first
    raise first
