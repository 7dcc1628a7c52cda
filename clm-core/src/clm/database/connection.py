"""Opening CLM's databases: identity, schema version, migrations, waiting for locks."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from clm.database.journal import journal_mode
from clm.errors import (
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseError,
    NotAClmDatabaseError,
    SchemaVersionError,
)

BUSY_SECONDS = 30.0


@frozen
class Schema:
    """What one kind of database looks like.

    `application_id` marks its files. `migrations[0]` creates version 1, `migrations[n]` brings
    version n to n + 1; each is SQL. `durable` files survive a power cut; the others are made
    anew when one has damaged them.
    """

    name: str
    application_id: int
    migrations: tuple[str, ...]
    durable: bool

    @property
    def version(self) -> int:
        return len(self.migrations)


def open_database(path: Path, schema: Schema, *, create: bool = True) -> sqlite3.Connection:
    """A connection in autocommit mode to the database at `path`, at the schema's version.

    The file is created where it is missing or empty (unless `create` is false) and migrated
    where it is older.

    Raises:
        NotAClmDatabaseError: the file is something else (or missing, without `create`).
        SchemaVersionError: a newer CLM wrote it.
        DatabaseBusyError: another process keeps it locked.
        DatabaseCorruptError: it is damaged.
    """
    if not create and not path.is_file():
        raise NotAClmDatabaseError(f"there is no {schema.name} at {path}")
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(f"the {schema.name} at {path} cannot be opened: {error}") from error
    try:
        with translated(path, schema.name):
            _prepare(connection, path, schema, create)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def translated(path: Path | str, name: str = "database") -> Iterator[None]:
    """Turns SQLite's errors into CLM's."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if is_busy(error):
            raise DatabaseBusyError(
                f"another process keeps the {name} at {path} locked",
                hint="wait for the other build to end, or end it",
            ) from error
        raise DatabaseError(f"the {name} at {path} cannot be used: {error}") from error
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise NotAClmDatabaseError(f"{path} is not a database") from error
        if "malformed" in str(error):
            raise DatabaseCorruptError(f"the {name} at {path} is damaged: {error}") from error
        raise


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction: takes the write lock at once, commits at the end.

    A deferred transaction that reads before it writes gets SQLITE_BUSY without any waiting,
    so all writing goes through here.
    """
    begin(connection)
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def begin(connection: sqlite3.Connection, *, clock: Callable[[], float] = time.monotonic) -> None:
    """BEGIN IMMEDIATE; tried again where SQLite's own wait, which is not fair, ran out."""
    deadline = clock() + 2 * BUSY_SECONDS
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or clock() >= deadline:
                raise


def is_busy(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_sound(connection: sqlite3.Connection) -> bool:
    """SQLite's quick check of the whole file."""
    try:
        rows = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError:
        return False
    return rows == [("ok",)]


def _prepare(connection: sqlite3.Connection, path: Path, schema: Schema, create: bool) -> None:
    if _pragma(connection, "application_id") == 0:
        if not create:
            raise NotAClmDatabaseError(f"{path} is not a {schema.name}")
        _create(connection, path, schema)
    if _pragma(connection, "application_id") != schema.application_id:
        raise NotAClmDatabaseError(f"{path} is not a {schema.name} of CLM")
    _migrate(connection, path, schema)
    wal = _pragma(connection, "journal_mode") == "wal"
    relaxed = "NORMAL" if wal else "OFF"
    connection.execute(f"PRAGMA synchronous={'FULL' if schema.durable else relaxed}")
    connection.execute("PRAGMA foreign_keys=ON")


def _create(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    # The journal mode is a property of the file: set once here, never by later openers.
    connection.execute(f"PRAGMA journal_mode={journal_mode(path.parent)}").fetchall()
    with transaction(connection):
        if _pragma(connection, "application_id") != 0:
            return  # another process was faster
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise NotAClmDatabaseError(f"{path} is a database, but not of CLM")
        connection.execute(
            "CREATE TABLE schema_version (version INTEGER NOT NULL, migrated_at REAL NOT NULL)"
        )
        _apply(connection, schema, from_version=0)
        connection.execute(f"PRAGMA application_id={schema.application_id}")


def _migrate(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    found = _version(connection)
    if found == schema.version:
        return
    if found > schema.version:
        raise SchemaVersionError(
            f"the {schema.name} at {path} has version {found}, "
            f"this CLM reads up to {schema.version}",
            hint="upgrade clm, or name another file with --db-path",
        )
    with transaction(connection):
        _apply(connection, schema, from_version=_version(connection))


def _apply(connection: sqlite3.Connection, schema: Schema, *, from_version: int) -> None:
    for number, script in enumerate(schema.migrations[from_version:], start=from_version + 1):
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute("INSERT INTO schema_version VALUES (?, ?)", (number, time.time()))


def _version(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return int(row[0] or 0)


def _pragma(connection: sqlite3.Connection, name: str) -> int | str:
    value: int | str = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
