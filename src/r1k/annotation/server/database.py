"""Argilla's SQLite database: migrated, indexed for text search, with its owner in it."""

import asyncio
import json
import sqlite3
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any

import argilla_server.database as argilla_database
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from argilla_server.cli.database.migrate import migrate_db
from argilla_server.contexts import accounts
from argilla_server.models import User
from sqlalchemy import AsyncAdaptedQueuePool, event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util.queue import Queue

_KEPT_CONNECTIONS = 10
# One row a field of a record. The text itself is not kept a second time: to take it out of the
# index, FTS5 is told what it was, which the old row of `records` still says.
_TEXT = """
    CASE f.type WHEN 'text' THEN f.atom ELSE (
        SELECT group_concat(t.atom, char(10)) FROM json_tree(f.value) t WHERE t.atom IS NOT NULL
    ) END"""
_FIELDS = "json_each(CASE WHEN json_valid({0}.fields) THEN {0}.fields ELSE '{{}}' END) f"
_ADD = f"""
    INSERT INTO r1k_texts (record_id, field)
        SELECT new.id, f.key FROM {_FIELDS.format("new")}
        JOIN fields d ON d.dataset_id = new.dataset_id AND d.name = f.key
        WHERE f.type != 'null' AND json_extract(d.settings, '$.type') != 'image';
    INSERT INTO r1k_words (rowid, text)
        SELECT t.id, {_TEXT} FROM {_FIELDS.format("new")}
        JOIN r1k_texts t ON t.record_id = new.id AND t.field = f.key;"""
_REMOVE = f"""
    INSERT INTO r1k_words (r1k_words, rowid, text)
        SELECT 'delete', t.id, {_TEXT} FROM {_FIELDS.format("old")}
        JOIN r1k_texts t ON t.record_id = old.id AND t.field = f.key;
    DELETE FROM r1k_texts WHERE record_id = old.id;"""
_INDEX = {
    "r1k_texts": "CREATE TABLE r1k_texts (id INTEGER PRIMARY KEY, record_id TEXT, field TEXT)",
    "r1k_texts_record": "CREATE INDEX r1k_texts_record ON r1k_texts (record_id, field)",
    "r1k_words": (
        "CREATE VIRTUAL TABLE r1k_words USING"
        " fts5(text, content='', tokenize='unicode61 remove_diacritics 0')"
    ),
    "r1k_insert": f"CREATE TRIGGER r1k_insert AFTER INSERT ON records BEGIN {_ADD} END",
    "r1k_update": (
        f"CREATE TRIGGER r1k_update AFTER UPDATE OF fields ON records BEGIN {_REMOVE} {_ADD} END"
    ),
    "r1k_delete": f"CREATE TRIGGER r1k_delete AFTER DELETE ON records BEGIN {_REMOVE} END",
}
_DROP = """
    DROP TRIGGER IF EXISTS r1k_insert;
    DROP TRIGGER IF EXISTS r1k_update;
    DROP TRIGGER IF EXISTS r1k_delete;
    DROP TABLE IF EXISTS r1k_words;
    DROP TABLE IF EXISTS r1k_texts;"""
_STATUSES = """
    UPDATE records SET status = due.status FROM (
        SELECT r.id AS id, CASE
            WHEN count(s.id) >= json_extract(d.distribution, '$.min_submitted') THEN 'completed'
            ELSE 'pending' END AS status
        FROM records r JOIN datasets d ON d.id = r.dataset_id
        LEFT JOIN responses s ON s.record_id = r.id AND s.status = 'submitted'
        WHERE json_extract(d.distribution, '$.strategy') = 'overlap'
        GROUP BY r.id
    ) due WHERE due.id = records.id AND due.status != records.status"""


class DatabaseError(Exception):
    """The database cannot be used; one line that says why."""


def prepare(path: Path) -> sqlite3.Connection:
    """Make or migrate the database at `path`; a connection to hold while the server runs.

    The last connection that closes writes the whole write-ahead log back; while one is held,
    those of single requests do not.

    Raises:
        DatabaseError: the file is not a database of this version of Argilla, or of an older one.
    """
    try:
        _migrate(path)
        held = sqlite3.connect(path, timeout=30)
        held.execute("PRAGMA journal_mode = WAL").fetchone()
        _index(held)
        # A kill between a response and the status of its record, or within a change of the
        # overlap, leaves statuses behind.
        with held:
            held.execute(_STATUSES)
    except sqlite3.DatabaseError as e:
        raise DatabaseError(f"{path}: {e}; put a copy of yours there, or set --home") from e
    _connect_anew()
    return held


def _migrate(path: Path) -> None:
    """Migrate a copy, and put it in place when it is done: a migration is no transaction."""
    settings = argilla_database.settings
    script = ScriptDirectory.from_config(Config(argilla_database.ALEMBIC_CONFIG_FILE))
    made = path.with_name(path.name + ".new")
    for left in path.parent.glob(made.name + "*"):
        left.unlink()
    with closing(sqlite3.connect(path)) as there, closing(sqlite3.connect(made)) as copy:
        revision = _revision(there)
        if revision == script.get_current_head():
            made.unlink()
            return
        there.backup(copy)
        # No log may be left that belongs to the file of now, or SQLite would apply it to the copy.
        there.execute("PRAGMA journal_mode = DELETE").fetchone()
    url = settings.database_url
    settings.database_url = url.replace(str(path), str(made))
    try:
        if revision is not None:
            script.get_revision(revision)
        migrate_db(revision="head")
    except CommandError as e:
        raise DatabaseError(
            f"{path}: it was made by another version of Argilla that this one cannot migrate ({e})"
        ) from e
    finally:
        settings.database_url = url
    made.replace(path)


def _revision(database: sqlite3.Connection) -> str | None:
    """Argilla's version of a database; None if nothing is in it."""
    if not database.execute(
        "SELECT * FROM sqlite_master WHERE name = 'alembic_version'"
    ).fetchone():
        return None
    found: str = database.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    return found


def _index(held: sqlite3.Connection) -> None:
    """Make the text index and its triggers, where they are missing or not these.

    A migration that rebuilds the table `records` drops its triggers.
    """
    there = dict(held.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'r1k%'"))
    if all(there.get(name) == sql for name, sql in _INDEX.items()):
        return
    held.executescript(f"BEGIN IMMEDIATE; {_DROP} {';'.join(_INDEX.values())};")
    held.execute(
        f"""INSERT INTO r1k_texts (record_id, field)
            SELECT new.id, f.key FROM records new, {_FIELDS.format("new")}
            JOIN fields d ON d.dataset_id = new.dataset_id AND d.name = f.key
            WHERE f.type != 'null' AND json_extract(d.settings, '$.type') != 'image'"""
    )
    held.execute(
        f"""INSERT INTO r1k_words (rowid, text)
            SELECT t.id, {_TEXT} FROM records new, {_FIELDS.format("new")}
            JOIN r1k_texts t ON t.record_id = new.id AND t.field = f.key"""
    )
    held.commit()


class _Pool(AsyncAdaptedQueuePool):
    """Connections that requests in one event loop and jobs in others may share.

    Never waits for one: a request may hold a connection while the search engine needs another.
    """

    _queue_class = Queue  # safe among threads; SQLAlchemy's own for asyncio is not


def _connect_anew() -> None:
    settings = argilla_database.settings
    engine = create_async_engine(
        settings.database_url,
        poolclass=_Pool,
        pool_size=_KEPT_CONNECTIONS,
        max_overflow=-1,
        **settings.database_engine_args,
    )
    event.listen(engine.sync_engine, "connect", _set_up)
    argilla_database.async_engine = engine
    argilla_database.AsyncSessionLocal.configure(bind=engine)


def _set_up(connection: Any, _: Any) -> None:
    # What was acknowledged outlives even a power failure; takes a disk some milliseconds.
    connection.execute("PRAGMA synchronous = FULL")
    connection.create_function("r1k_shuffle", 2, _shuffle, deterministic=True)


def _shuffle(user: str, record: str) -> bytes:
    """The place of a record in a user's own order."""
    return blake2b(f"{user} {record}".encode(), digest_size=16).digest()


def close(held: sqlite3.Connection) -> None:
    """Write everything back, so that the database is one file."""
    asyncio.run(argilla_database.async_engine.dispose())
    held.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    held.close()


def ensure_owner(credentials: Path) -> None:
    """Let the user in `credentials` (JSON: username, password, api_key) be an owner.

    Somebody who lost that file gets in again with the new one: a user of that name whose API key
    is another gets the file's password and key.
    """
    asyncio.run(_ensure_owner(json.loads(credentials.read_bytes())))


async def _ensure_owner(kept: dict[str, str]) -> None:
    async with argilla_database.AsyncSessionLocal() as db:
        user = await User.get_by(db, username=kept["username"])
        if user is not None and user.api_key == kept["api_key"]:
            return
        values = {
            "role": "owner",
            "password_hash": accounts.hash_password(kept["password"]),
            "api_key": kept["api_key"],
        }
        if user is not None:
            await user.update(db, **values)
        else:
            await User.create(db, first_name="Owner", username=kept["username"], **values)
