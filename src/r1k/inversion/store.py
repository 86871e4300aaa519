"""Finished completions on disk, found again by the hash of their request.

The store is what makes `r1k generate` resumable: a rerun asks it first, so only calls that were
not finished are sent again. It is one SQLite file in write-ahead mode, which several processes may
use at once, on a local disk (write-ahead mode does not work on network file systems).
"""

import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from r1k.errors import UserError
from r1k.schema import Completion, Request, canonical

FILE_NAME = "completions.sqlite"
BUSY_SECONDS = 60.0
APPLICATION_ID = int.from_bytes(b"r1k1")
SCHEMA_VERSION = 1
PAGE_ROWS = 256
NOT_UNICODE = Completion(
    text="", error="the prompt is not valid Unicode text (it holds half a surrogate pair)"
)


def key_of(request: Request) -> str | None:
    """The request's key; None if its text cannot be encoded: its completion is `NOT_UNICODE`."""
    try:
        return request.key()
    except TypeError:
        return None


class Store:
    """Completions of language model calls, by `Request.key()`.

    A completion that `put` was given is on disk when `put` returns: killing the process at any
    moment loses nothing (a power failure may lose the last ones, which are then asked for again).
    The first completion stored for a request stays. May be used from several threads.
    """

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`, which is made, for the owner alone, if it does not exist.

        Raises:
            UserError: the folder cannot be made or written to, or holds a file of that name that
                is damaged or not a store.
        """
        self.path = folder / FILE_NAME
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as e:
            raise UserError(f"{folder}: cannot make this folder ({e.strerror})") from None
        try:
            # Autocommit: each statement is a transaction of its own unless one is begun.
            self._db = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as e:
            raise self._explain(e) from None
        try:
            self._prepare()
        except BaseException as e:
            self._db.close()
            if isinstance(e, sqlite3.Error):
                raise self._explain(e) from None
            raise

    def get(self, key: str) -> Completion | None:
        """The completion stored for a request's key, or None.

        Raises:
            UserError: the file is damaged or cannot be read.
        """
        try:
            row = self._db.execute("SELECT value FROM completions WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as e:
            raise self._explain(e) from None
        return None if row is None else self._decode(row[0])[1]

    def put(self, request: Request, completion: Completion) -> None:
        """Store a completion; one with `error` set is not stored, so that a rerun tries again.

        Raises:
            UserError: the disk is full, or the file is damaged or cannot be written.
        """
        self.put_many([(request, completion)])

    def put_many(self, finished: Iterable[tuple[Request, Completion]]) -> None:
        """Store several completions: all of them, or, if the process is killed, none.

        Raises:
            UserError: as `put`.
        """
        rows = [
            (request.key(), _encode(request, completion))
            for request, completion in finished
            if completion.error is None
        ]
        insert = "INSERT OR IGNORE INTO completions (key, value) VALUES (?, ?)"
        try:
            if len(rows) == 1:
                self._db.execute(insert, rows[0])
            elif rows:
                with self._db:
                    self._db.execute("BEGIN IMMEDIATE")
                    self._db.executemany(insert, rows)
        except sqlite3.Error as e:
            raise self._explain(e) from None

    def __len__(self) -> int:
        try:
            return int(self._db.execute("SELECT COUNT(*) FROM completions").fetchone()[0])
        except sqlite3.Error as e:
            raise self._explain(e) from None

    def __iter__(self) -> Iterator[tuple[Request, Completion]]:
        """All requests and their completions in the order of their keys, a page at a time."""
        after = ""
        while True:
            try:
                page = self._db.execute(
                    "SELECT key, value FROM completions WHERE key > ? ORDER BY key LIMIT ?",
                    (after, PAGE_ROWS),
                ).fetchall()
            except sqlite3.Error as e:
                raise self._explain(e) from None
            if not page:
                return
            for _, value in page:
                yield self._decode(value)
            after = page[-1][0]

    def close(self) -> None:
        """Release the file. The store cannot be used afterwards."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        """Make the table, or make sure that the file is a store of this version."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            # The busy timeout does not cover the switch to write-ahead mode, which fails at once
            # where another process makes it at the same time.
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError as e:
                if "locked" not in str(e) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        # In write-ahead mode NORMAL writes before it returns but leaves the flush to the disk
        # to checkpoints: enough against a killed process, and 100 times faster than FULL.
        self._db.execute("PRAGMA synchronous = NORMAL")
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            application = self._pragma("application_id")
            tables = self._db.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()[0]
            if application == 0 and tables == 0:
                self._db.execute("CREATE TABLE completions (key TEXT PRIMARY KEY, value BLOB)")
                self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            elif application != APPLICATION_ID or self._pragma("user_version") != SCHEMA_VERSION:
                raise UserError(
                    f"{self.path}: not a store of completions that this version of r1k reads; "
                    "move the file away, or choose another output folder"
                )

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def _decode(self, value: bytes) -> tuple[Request, Completion]:
        try:
            tree = orjson.loads(zlib.decompress(value))
            return (
                Request.model_validate(tree["request"]),
                Completion.model_validate(tree["completion"]),
            )
        except (zlib.error, ValueError, KeyError, TypeError):
            raise self._damaged() from None

    def _damaged(self) -> UserError:
        return UserError(
            f"{self.path}: damaged, or not a store of completions; move it away and run again "
            "(its completions will be asked for again)"
        )

    def _explain(self, error: sqlite3.Error) -> UserError:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None:
            code &= 0xFF  # the primary code of an extended one
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return self._damaged()
        if code == sqlite3.SQLITE_FULL:
            return UserError(
                f"{self.path}: the disk at {_mount_point(self.path)} is full; free some space and "
                "run the same command again, finished calls are kept"
            )
        return UserError(f"{self.path}: the store of completions cannot be used ({error})")


def _encode(request: Request, completion: Completion) -> bytes:
    tree = {"request": request.model_dump(), "completion": completion.model_dump()}
    # Small answers hardly shrink, but zlib's checksum shows damage that SQLite does not see.
    return zlib.compress(canonical(tree), level=1)


def _mount_point(path: Path) -> Path:
    path = path.resolve()
    while not path.is_mount():
        path = path.parent
    return path
