"""The benchmarks to which data must not be contaminated: named in a file, read from anywhere.

read_benchmarks(["math500", "aime24=data/aime24.jsonl"], BENCHMARKS)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from r1k.config import PAPER_BENCHMARKS, Section, SourceConfig, read_config
from r1k.errors import UserError, nearest
from r1k.offline import hub_answers
from r1k.source.read import read_texts

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
    """All questions of some benchmarks, and where each was read: name, source, revision, rows.

    `unread` says of those that were to be read if they can be had why they cannot, by name.
    """

    texts: list[Text]
    sources: list[dict[str, str | int | None]]
    unread: dict[str, str] = field(default_factory=dict)


def read_benchmarks(against: Sequence[str], file: Path) -> Benchmarks:
    """Read benchmarks, each given as `NAME` in `file` or as `NAME=PATH`.

    What is on the Hub is read through its cache, so that it is there without a network from then
    on. Of a path, the column is that of NAME in `file`, else `question` or `problem`.

    Raises:
        UserError: a name that is not in the file, a source that cannot be read, a name twice.
    """
    known = _known(file)
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
            try:
                rows, revision = _from_hub(entry)
            except UserError as e:
                raise UserError(f"{e}; a file or folder will do: {name}=PATH") from None
            source = entry.id
        elif Path(name).expanduser().exists():
            raise UserError(f"--against {one}: name it: --against {Path(name).stem}={one}")
        else:
            there = f"there are {', '.join(known)} in {file}" if known else f"{file} has none"
            raise UserError(
                f"--against {one}: no such benchmark{nearest(name, known)} ({there}); add it, or "
                f"give a file or folder: --against {name}=PATH"
            )
        texts += [Text(name, i, text) for i, text in enumerate(rows)]
        sources.append({"name": name, "source": source, "revision": revision, "rows": len(rows)})
    return Benchmarks(texts, sources)


def read_paper_benchmarks(file: Path) -> Benchmarks:
    """Those that the paper is scored on, as far as they can be had here."""
    known = _known(file)
    found = Benchmarks([], [])
    for name in PAPER_BENCHMARKS:
        if name not in known:
            found.unread[name] = f"{file.name} does not name it"
            continue
        source = known[name].id
        try:
            rows, revision = _from_hub(known[name])
        except UserError as e:
            found.unread[name] = str(e).removeprefix(f"{source}: ")
            continue
        found.texts.extend(Text(name, i, text) for i, text in enumerate(rows))
        found.sources.append(
            {"name": name, "source": source, "revision": revision, "rows": len(rows)}
        )
    return found


def with_reasons(unread: dict[str, str]) -> str:
    """`a, b (why); c (another why)`, for "not checked against"."""
    names: dict[str, list[str]] = {}
    for name, why in sorted(unread.items()):
        names.setdefault(why, []).append(name)
    return "; ".join(f"{', '.join(several)} ({why})" for why, several in names.items())


def _known(file: Path) -> dict[str, Benchmark]:
    return read_config(file, {}, _File).benchmarks if file.exists() else {}


def _from_hub(entry: Benchmark) -> tuple[list[str], str]:
    """The questions, and the commit that they are of."""
    folder = _cached(entry)
    return _read_cached(folder, entry), folder.name


def _cached(entry: Benchmark) -> Path:
    """A folder in the Hub's cache, with the commit for its name.

    Its errors go into datasets that are published: they hold no address and no path.
    """
    import httpx
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    try:
        return Path(
            snapshot_download(
                entry.id,
                repo_type="dataset",
                revision=entry.revision,
                local_files_only=not hub_answers(),
            )
        )
    except GatedRepoError:
        why = "gated on the Hub; accept its terms there, then: hf auth login"
    except RevisionNotFoundError:
        why = f"no revision {entry.revision!r} on the Hub"
    except RepositoryNotFoundError:
        why = "no such dataset on the Hub (if it is private: hf auth login)"
    except LocalEntryNotFoundError:
        why = "the Hub cannot be reached, and its cache does not hold it"
    except (HfHubHTTPError, httpx.HTTPError, OSError) as e:
        why = f"cannot be fetched from the Hub ({type(e).__name__})"
    raise UserError(f"{entry.id}: {why}")


def _read_cached(folder: Path, entry: Benchmark) -> list[str]:
    """The questions, whatever the format of the files."""
    from datasets import load_dataset

    try:
        splits = load_dataset(str(folder), entry.config, streaming=True)
        if entry.split not in splits:
            raise UserError(
                f"{entry.id}: no split {entry.split!r}; there are {', '.join(map(str, splits))}"
            )
        rows = []
        for row in splits[entry.split]:
            if entry.column not in row:
                raise UserError(
                    f"{entry.id}: no column {entry.column!r}; there are {', '.join(row)}"
                )
            text = row[entry.column]
            rows.append("" if text is None else str(text))
    except UserError:
        raise
    except Exception as e:  # datasets raises many kinds, and says in each what is wrong
        why = " ".join(str(e).split()).replace(str(folder), entry.id)
        raise UserError(f"{entry.id}: cannot be read as a dataset ({why[:300]})") from None
    return rows


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
