"""Rows of a source as problems, one at a time: files, dataset folders, datasets on the Hub.

    for source in read("s1k.jsonl", SourceConfig()):
        print(source.row, source.error or source.problem.answer)

Files are read here and not through `datasets`, so that one bad row is one row with an error and
what is wrong with a file can be told by line and byte. At no time is more than a few rows (of
parquet: a batch of rows) in memory.
"""

import csv
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from r1k.config import SourceConfig
from r1k.errors import UserError
from r1k.schema import Source, canonical, sha256
from r1k.source.columns import Layout, read_row, recognise

_HUB_ID = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?")
_FILE_ENDINGS = (".parquet", ".jsonl", ".json", ".jsonl.gz", ".json.gz", ".csv", ".csv.gz")
_OTHER_ENDINGS = (".txt", ".tsv", ".xlsx", ".xls", ".zip", ".gz", ".arrow", ".yaml", ".yml")
_HEAD = 20  # rows whose keys together are the columns of a source that has no header
_BATCH = 64  # rows of parquet in memory at once
_HUB_SECONDS = 10.0


@dataclass(frozen=True)
class Origin:
    """Where rows come from, for the provenance of pairs.

    `source` is the Hub id, or the name of a file or folder without the path to it. `revision` is
    the commit on the Hub; None for local files, whose rows are known by their hashes.
    """

    source: str
    config: str | None
    split: str | None
    revision: str | None


@dataclass(frozen=True)
class _BadRow:
    """A row that could not be read."""

    error: str
    sha256: str


_Row = Mapping[str, Any] | _BadRow


def read(source: str, config: SourceConfig) -> Iterator[Source]:
    """The rows of a source in order, each with its problem or with the reason it has none.

    `source` is a file (.parquet, .jsonl, .json with one object a line, .csv; the text formats
    also as .gz), a local dataset folder, or the id of a dataset on the Hub.

    Raises:
        UserError: when the first row is asked for, or at the place where a file is broken.
    """
    first_with_id: dict[str, int] = {}
    for _, row in read_both(source, config):
        if row.id is not None and row.error is None:
            first = first_with_id.setdefault(row.id, row.row)
            if first != row.row:
                error = f"duplicate id {row.id!r}, first at row {first}"
                row = row.model_copy(update={"problem": None, "error": error})
        yield row


def read_both(
    source: str, config: SourceConfig, wanted: Callable[[int], bool] = lambda row: True
) -> Iterator[tuple[Mapping[str, Any], Source]]:
    """As `read`, each row also as it stands in the source (empty where it could not be read).

    Every row is looked at by itself: an id that comes twice is no error. `wanted` is asked of all
    row numbers in order, and the others' rows are passed over, at a tenth of the cost.
    """
    where, rows = _open(source, config)
    rows = islice(rows, config.limit)
    head = list(islice(rows, _HEAD))
    names = dict.fromkeys(key for row in head if isinstance(row, Mapping) for key in row)
    if not head:
        raise UserError(f"{where}: no rows; give a source that has some")
    layout = recognise(names, config.columns, where) if names else None
    for number, row in enumerate(chain(head, rows)):
        if layout is None and not isinstance(row, _BadRow):  # every row so far was unreadable
            layout = recognise(list(row), config.columns, where)
        if not wanted(number):
            continue
        if isinstance(row, _BadRow):
            yield {}, Source(row=number, id=None, sha256=row.sha256, error=row.error)
        else:
            assert layout
            yield row, _read_row(number, row, layout, config)


def read_texts(source: str, config: SourceConfig, column: str) -> Iterator[str]:
    """The texts of one column of a source in order, whatever else its rows hold; "" for none.

    Raises:
        UserError: as `read`; there is no such column.
    """
    # A file's columns are looked at before its rows are: this one will do for all that is needed.
    config = config.model_copy(update={"columns": {"question": column, "answer": column}})
    where, rows = _open(source, config)
    for number, row in enumerate(islice(rows, config.limit)):
        if isinstance(row, _BadRow):
            raise UserError(f"{where}: {row.error}")
        if number == 0 and column not in row:
            raise UserError(f"{where}: no column {column!r} (columns: {', '.join(map(str, row))})")
        value = row.get(column)
        yield "" if value is None else str(value)


def describe(source: str, config: SourceConfig) -> Origin:
    """What `read` would read; for a dataset on the Hub, with the commit its revision stands for.

    Set the config's `revision` to the one returned, and `read` reads that very commit.

    Raises:
        UserError: the Hub cannot be reached, or has no such dataset or revision.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return Origin(path.resolve().name, config.config, config.split, None)
    if path.exists() or not _is_hub_id(source):
        return Origin(path.name, None, None, None)
    return Origin(source, config.config, config.split, _hub_commit(source, config))


def fingerprint(source: str, config: SourceConfig) -> list[str]:
    """Names and hashes of the local files that `read` would read; none of a dataset on the Hub,
    which is known by its commit (see `describe`).

    Raises:
        UserError: as `read`.
    """
    path = Path(source).expanduser()
    found = []
    for file in _folder_files(path, config) if path.is_dir() else [path] * path.is_file():
        try:
            with file.open("rb") as data:
                found.append(f"{file.name} {hashlib.file_digest(data, 'sha256').hexdigest()}")
        except OSError as e:
            raise UserError(f"{file}: cannot be read ({e.strerror})") from None
    return found


def count_rows(source: str, config: SourceConfig) -> int | None:
    """How many rows `read` would yield, for the time left of a run; None if that is not known.

    Reads a local text file once, without looking into its rows; a dataset on the Hub is not
    streamed twice. What is wrong with a source is left to `read` to say.
    """
    path = Path(source).expanduser()
    if not path.exists():
        return None
    try:
        if path.is_file() and path.name.lower().endswith(".parquet"):
            rows = pq.ParquetFile(path).metadata.num_rows
            return int(min(rows, config.limit or rows))
        return sum(1 for _ in islice(_open(source, config)[1], config.limit))
    except (UserError, OSError, pa.ArrowException):
        return None


def _read_row(number: int, row: Mapping[str, Any], layout: Layout, config: SourceConfig) -> Source:
    try:
        data = canonical(row)
    except (TypeError, ValueError):  # lone surrogates, huge integers, keys that are not text
        data = json.dumps(row, sort_keys=True, default=str).encode()
    digest = sha256(data)
    if len(data) > config.max_row_bytes:
        return Source(row=number, id=None, sha256=digest, error=_too_large(len(data), config))
    return read_row(number, row, digest, layout)


def _too_large(size: int, config: SourceConfig) -> str:
    return f"row of {size} bytes, more than source.max_row_bytes ({config.max_row_bytes})"


def _open(source: str, config: SourceConfig) -> tuple[str, Iterator[_Row]]:
    """How to call the source in messages, and its rows."""
    path = Path(source).expanduser()
    if path.is_dir():
        return source, _folder(path, config)
    if path.is_file():
        return source, _file(path, config)
    if _is_hub_id(source):
        return source, _hub(source, config)
    raise UserError(f"{source}: no such file or folder")


def _is_hub_id(source: str) -> bool:
    is_file_name = source.lower().endswith(_FILE_ENDINGS + _OTHER_ENDINGS)
    return bool(_HUB_ID.fullmatch(source)) and not is_file_name


# ---------------------------------------------------------------------------------------- files


def _file(path: Path, config: SourceConfig) -> Iterator[_Row]:
    name = path.name.lower()
    if not name.endswith(_FILE_ENDINGS):
        raise UserError(
            f"{path}: unknown kind of file; give .parquet, .jsonl, .json or .csv (or .gz of these)"
        )
    try:
        if path.stat().st_size == 0:
            raise UserError(f"{path}: the file is empty")
        if name.endswith(".parquet"):
            yield from _parquet(path, config)
        else:
            with _open_bytes(path) as file:
                rows = _csv if ".csv" in name[-8:] else _json_lines
                yield from rows(path, file, config)
    except PermissionError:
        raise UserError(f"{path}: no permission to read it") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as e:
        raise UserError(f"{path}: truncated or corrupt gzip file ({e}); fetch it again") from None
    except OSError as e:
        raise UserError(f"{path}: cannot be read ({e})") from None


def _open_bytes(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]


def _parquet(path: Path, config: SourceConfig) -> Iterator[_Row]:
    number = 0
    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            schema = file.schema_arrow
            _check_types(schema, recognise(schema.names, config.columns, str(path)), path)
            for batch in file.iter_batches(batch_size=_BATCH):
                rows = batch.to_pylist()
                yield from rows
                number += len(rows)
    except UnicodeDecodeError as e:
        raise UserError(
            f"{path}: text that is not UTF-8 in rows {number} to {number + _BATCH - 1} ({e.reason} "
            f"at byte {e.start} of a value); write the file again from UTF-8 text"
        ) from None
    except (pa.ArrowException, OSError) as e:
        raise UserError(
            f"{path}: truncated or corrupt parquet file, after row {number} "
            f"({_first_line(e)}); fetch or write it again"
        ) from None


def _check_types(schema: pa.Schema, layout: Layout, path: Path) -> None:
    """Refuse a file whose columns cannot hold what they should, before any row is read."""
    for field, column in layout.used().items():
        if column not in schema.names:
            continue
        kind = schema.field(column).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_list(kind) and field == "trace":
            kind = kind.value_type
        is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
        is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        is_fine = is_text or kind == pa.string_view()
        if field != "question":  # an answer or an id may be a number, and anything may be missing
            is_fine = is_fine or is_number or pa.types.is_boolean(kind) or pa.types.is_null(kind)
        if not is_fine:
            raise UserError(
                f"{path}: column {column!r} is of type {kind}, text is needed for {field}; convert "
                f"it, or name another with --source.columns.{field} COLUMN"
            )


def _json_lines(path: Path, file: IO[bytes], config: SourceConfig) -> Iterator[_Row]:
    offset = 0
    for line, raw in _lines(file, config.max_row_bytes):
        where = f"{path.name} line {line}"
        if isinstance(raw, _BadRow):
            yield _BadRow(f"{where}: {raw.error}", raw.sha256)
            offset = file.tell()
            continue
        text = _decode(raw, path, line, offset)
        offset += len(raw)
        if not text.strip():
            continue
        if line == 1 and text.lstrip().startswith("["):
            raise UserError(
                f"{path}: a JSON array, one object a line is needed; "
                f"convert it with: jq -c '.[]' {path.name}"
            )
        try:
            row = json.loads(text.rstrip())
        except json.JSONDecodeError as e:
            yield _BadRow(f"{where}: not valid JSON ({e.msg}, column {e.colno})", sha256(raw))
        except (ValueError, RecursionError) as e:  # a number of 5,000 digits, 10,000 brackets
            yield _BadRow(f"{where}: JSON that cannot be read ({_first_line(e)})", sha256(raw))
        else:
            if isinstance(row, dict):
                yield row
            else:
                kind = type(row).__name__
                yield _BadRow(f"{where}: a JSON {kind}, an object is needed", sha256(raw))


def _lines(file: IO[bytes], most: int) -> Iterator[tuple[int, bytes | _BadRow]]:
    """Numbered lines; of one that is longer than `most` bytes only its size and hash are kept."""
    number = 0
    while raw := file.readline(most + 1):
        number += 1
        if len(raw) <= most or raw.endswith(b"\n"):
            yield number, raw
            continue
        size, digest = len(raw), hashlib.sha256(raw)
        while raw and not raw.endswith(b"\n"):
            raw = file.readline(1 << 20)
            size += len(raw)
            digest.update(raw)
        error = f"row of {size} bytes, more than source.max_row_bytes ({most})"
        yield number, _BadRow(error, digest.hexdigest())


def _decode(raw: bytes, path: Path, line: int, offset: int) -> str:
    try:
        return raw.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as e:
        raise UserError(
            f"{path}: line {line} is not UTF-8 (byte 0x{raw[e.start]:02x} at byte offset "
            f"{offset + e.start}); convert it with iconv -t UTF-8"
        ) from None


def _csv(path: Path, file: IO[bytes], config: SourceConfig) -> Iterator[_Row]:
    # A quote that is never closed would take the rest of the file for one value.
    most = max(64 << 20, 2 * config.max_row_bytes)
    csv.field_size_limit(most)
    row_bytes = 0

    def text_lines() -> Iterator[str]:
        nonlocal row_bytes
        offset = 0
        for line, raw in enumerate(iter(lambda: file.readline(most), b""), start=1):
            row_bytes += len(raw)
            if row_bytes > most:
                raise UserError(
                    f"{path}: a row of more than {most} bytes ends nowhere before line {line}; "
                    f"look for a quote that is not closed"
                )
            yield _decode(raw, path, line, offset)
            offset += len(raw)

    reader = csv.reader(text_lines())
    try:
        header = next(reader, [])
        recognise(header, config.columns, str(path))
        row_bytes = 0
        for values in reader:
            size, row_bytes = row_bytes, 0
            digest = sha256(json.dumps(values))
            where = f"{path.name} line {reader.line_num}"
            if not values:
                continue
            if size > config.max_row_bytes:
                yield _BadRow(f"{where}: {_too_large(size, config)}", digest)
            elif len(values) != len(header):
                yield _BadRow(
                    f"{where}: {len(values)} values, the header has {len(header)} columns", digest
                )
            else:
                yield dict(zip(header, values, strict=True))
    except csv.Error as e:
        raise UserError(f"{path}: line {reader.line_num + 1} is not valid CSV ({e})") from None


# ------------------------------------------------------------------- dataset folders and the Hub


def _folder(path: Path, config: SourceConfig) -> Iterator[_Row]:
    for file in _folder_files(path, config):
        yield from _file(file, config)


def _folder_files(path: Path, config: SourceConfig) -> list[Path]:
    """The files of one config and split, as the card's `configs:` or the files' names say."""
    from datasets import load_dataset_builder  # takes a second to import, files do not need it

    try:
        builder = load_dataset_builder(str(path), config.config)
    except Exception as e:  # datasets raises many kinds, and says in each what is wrong
        raise UserError(_dataset_error(str(path), e, config)) from None
    splits: Mapping[Any, Iterable[str]] = builder.config.data_files or {}
    files = {str(split): list(names) for split, names in splits.items()}
    if config.split not in files:
        raise UserError(_no_split(str(path), config, list(files)))
    return [Path(name) for name in files[config.split]]


def _hub(source: str, config: SourceConfig) -> Iterator[_Row]:
    commit = _hub_commit(source, config)
    from datasets import load_dataset

    try:
        splits = load_dataset(source, config.config, revision=commit, streaming=True)
        if config.split not in splits:
            raise UserError(_no_split(source, config, list(splits)))
        yield from splits[config.split]
    except UserError:
        raise
    except Exception as e:  # as above; while rows come, also the network's errors
        raise UserError(_dataset_error(source, e, config)) from None


def _hub_commit(source: str, config: SourceConfig) -> str | None:
    """The commit of a dataset's revision: one request, so that what is wrong shows in seconds."""
    import httpx
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    is_no_path = f"{source}: no such file or folder, and"
    try:
        info = HfApi().dataset_info(source, revision=config.revision, timeout=_HUB_SECONDS)
    except OfflineModeIsEnabled:
        raise UserError(
            f"{is_no_path} the Hub is not asked because HF_HUB_OFFLINE is set; unset it, or give "
            f"a local file or folder"
        ) from None
    except GatedRepoError:
        raise UserError(
            f"{source}: a gated dataset; accept its terms on the Hub, then: hf auth login"
        ) from None
    except (RepositoryNotFoundError, HFValidationError):
        raise UserError(
            f"{is_no_path} no such dataset on the Hub (if it is private: hf auth login)"
        ) from None
    except RevisionNotFoundError:
        raise UserError(
            f"{source}: no revision {config.revision!r}; see "
            f"https://huggingface.co/datasets/{source}/commits/main"
        ) from None
    except (HfHubHTTPError, httpx.HTTPError, OSError) as e:
        raise UserError(
            f"{is_no_path} the Hub cannot be reached ({_first_line(e)}); check the network, or "
            f"give a local file or folder"
        ) from None
    return info.sha


def _no_split(source: str, config: SourceConfig, splits: list[str]) -> str:
    return (
        f"{source}: no split {config.split!r}; choose with --source.split one of: "
        f"{', '.join(map(str, splits)) or 'none'}"
    )


def _dataset_error(source: str, error: Exception, config: SourceConfig) -> str:
    """What `datasets` says, in one line; it lists the configs where the one asked for is none."""
    text = " ".join(str(error).split())
    if "BuilderConfig" in text or "Config name is missing" in text:
        names = re.search(r"\[[^\]]*\]", text)
        wanted = f"no config {config.config!r}" if config.config else "has several configs"
        one_of = names[0].strip("[]").replace("'", "") if names else "see its card"
        return f"{source}: {wanted}; choose with --source.config one of: {one_of}"
    return f"{source}: cannot be read as a dataset ({text[:300]})"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
