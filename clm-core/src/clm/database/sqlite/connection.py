"""Connections to CLM's databases: file identity, schema migrations, lock timeouts."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Self

from clm.database.sqlite.journal import journal_mode
from clm.database.sqlite.lock_holders import described_holders
from clm.database.sqlite.patient import PatientConnection, connect, is_busy
from clm.database.sqlite.schema import (
    LayoutError,
    Schema,
    apply_migrations,
    check_layout,
    schema_version,
)
from clm.errors import (
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseError,
    DatabaseFullError,
    NotAClmDatabaseError,
    SchemaVersionError,
)
from clm.utf8 import is_utf8, printable

log = logging.getLogger(__name__)

# Longer than a lease, so that a lock held for that long delays a build but does not fail it.
BUSY_SECONDS = 60.0

_REMOVED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_HINTS = {
    sqlite3.SQLITE_FULL: "free some space and build again: finished jobs are cached",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable, or choose another place with "
    "--db-path",
    sqlite3.SQLITE_CANTOPEN: "check that the file and its folder are readable and writable",
    sqlite3.SQLITE_IOERR: "the disk or network drive failed; check that it is connected and "
    "not full, or choose another place with --db-path",
}


class Database:
    """An open database of CLM; a context manager, for use by one thread.

    Raises (all methods but `close`): DatabaseBusyError, DatabaseCorruptError, DatabaseError.
    """

    def __init__(self, path: Path, schema: Schema, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection
        self._name = schema.name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def on_wait(self, call: Callable[[], None]) -> None:
        """Has `call` called about every second of a wait for another process's lock."""
        if isinstance(self.connection, PatientConnection):
            self.connection.on_wait = call

    def is_sound(self) -> bool:
        """Whether SQLite finds the file undamaged."""
        with self.reading():
            return _is_sound(self.connection)

    def all(self, statement: str, *values: Any) -> list[Any]:
        """The rows that the statement returns."""
        with self.reading():
            return self.connection.execute(statement, values).fetchall()

    def one(self, statement: str, *values: Any) -> Any:
        """The first row that the statement returns; None if there is none."""
        with self.reading():
            return self.connection.execute(statement, values).fetchone()

    def change(self, statement: str, *values: Any) -> None:
        """Executes a writing statement in its own transaction."""
        with self.writing() as connection:
            connection.execute(statement, values)

    def changes_one(self, statement: str, *values: Any) -> bool:
        """Whether a writing statement, which its own call commits, changes one row."""
        with self.reading():
            return self.connection.execute(statement, values).rowcount == 1

    def reading(self) -> AbstractContextManager[None]:
        """A context in which SQLite's errors are raised as CLM's."""
        return translated(self.path, self._name)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """An atomic write transaction, with errors as within `reading`."""
        with self.reading(), transaction(self.connection):
            yield self.connection


def open_database(
    path: Path, schema: Schema, *, create: bool = True, busy_seconds: float = BUSY_SECONDS
) -> sqlite3.Connection:
    """A connection in autocommit mode to the database at `path`, at the schema's version.

    The file is created if it is missing or empty (unless `create` is false) and migrated if its
    version is older. For a lock held by another process it waits at least `busy_seconds`, at most
    about twice as long.

    Raises:
        NotAClmDatabaseError: the file is not such a database (or missing, without `create`).
        SchemaVersionError: a newer CLM wrote it.
        DatabaseBusyError: another process keeps it locked.
        DatabaseCorruptError: it is damaged.
    """
    if not create and not path.is_file():
        raise NotAClmDatabaseError(f"no {schema.name} at {path}")
    _refuse_unreadable(path, schema)
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = connect(path, busy_seconds)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(f"the {schema.name} at {path} cannot be opened: {error}") from error
    try:
        with translated(path, schema.name), _damaged_layout(path, schema):
            _prepare(connection, path, schema, create)
            check_layout(connection, schema)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_unreadable(path: Path, schema: Schema) -> None:
    if not is_utf8(path):  # as SQLite's own names of files must be
        raise DatabaseError(
            f"the path of the {schema.name} is not UTF-8: {printable(path)}",
            hint="rename its folders, or choose another place with --db-path",
        )
    # SQLite would wait for a FIFO, or take a device for an empty file.
    if os.path.lexists(path) and not path.is_file():
        raise NotAClmDatabaseError(
            f"{path} is not a file, so the {schema.name} cannot be there",
            hint="move it away, or choose another place with --db-path",
        )
    if path.is_file() and not os.access(path, os.R_OK):
        raise NotAClmDatabaseError(
            f"the {schema.name} at {path} cannot be read: it belongs to {_owner(path)}",
            hint="make it readable, or choose another place with --db-path",
        )


def _owner(path: Path) -> str:
    try:
        return f"the account {path.owner()!r}"
    except (KeyError, NotImplementedError, OSError):
        return "another account"


@contextmanager
def _damaged_layout(path: Path, schema: Schema) -> Iterator[None]:
    """Raises an error for SQL that does not fit the tables, which all come from migrations."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        raise DatabaseCorruptError(f"the {schema.name} at {path} is damaged: {error}") from error
    except LayoutError as error:
        raise DatabaseCorruptError(f"the {schema.name} at {path} is damaged: {error}") from error


@contextmanager
def translated(path: Path | str, name: str = "database") -> Iterator[None]:
    """Raises SQLite's errors as CLM's."""
    try:
        yield
    except sqlite3.Error as error:
        clm_error = _clm_error(error, path, name)
        if clm_error is None:
            raise
        raise clm_error from error


def _clm_error(error: sqlite3.Error, path: Path | str, name: str) -> DatabaseError | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None  # not from SQLite, but from misuse of Python's module
    if is_busy(error):
        holders = described_holders(Path(path))
        return DatabaseBusyError(
            f"the {name} at {path} is locked by {holders or 'another process'}",
            hint="wait for the other build to end, or end it; a suspended one keeps its lock",
        )
    if code & 0xFF == sqlite3.SQLITE_NOTADB:
        return NotAClmDatabaseError(f"{path} is not a database")
    if code & 0xFF == sqlite3.SQLITE_CORRUPT:
        return DatabaseCorruptError(f"the {name} at {path} is damaged: {error}")
    if code & 0xFF in _REMOVED and not Path(path).exists():
        message = f"the {name} at {path} was removed while it was in use"
        return DatabaseError(message, hint="build again, and leave its folder alone meanwhile")
    message = f"the {name} at {path} cannot be used: {error}"
    if code & 0xFF == sqlite3.SQLITE_READONLY and not os.access(path, os.W_OK):
        message += f"; it belongs to {_owner(Path(path))}"
    kind = DatabaseFullError if code & 0xFF == sqlite3.SQLITE_FULL else DatabaseError
    return kind(message, hint=_HINTS.get(code & 0xFF))


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction: takes the write lock at the start, commits at the end.

    A deferred transaction that reads before it writes may get SQLITE_BUSY without a wait, so all
    writes use this. If the block or the commit fails, the transaction is rolled back and its lock
    released.
    """
    _execute_with_retries(connection, "BEGIN IMMEDIATE")
    try:
        yield
        _execute_with_retries(connection, "COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _execute_with_retries(connection: sqlite3.Connection, statement: str) -> None:
    """Retries after SQLite's own wait, which is not fair, has timed out."""
    started = time.monotonic()
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            limit = 2 * getattr(connection, "longest_wait", 0.0)
            if not is_busy(error) or time.monotonic() - started >= limit:
                raise
            time.sleep(0.01)  # SQLite may have failed without a wait


def _is_sound(connection: sqlite3.Connection) -> bool:
    """SQLite's quick check of the whole file."""
    try:
        rows = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        if is_busy(error):
            raise
        return False
    return rows == [("ok",)]


def file_identity(path: Path) -> tuple[int, int] | None:
    """Identifies a file, as opposed to one that replaces it; None if there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino


def _prepare(connection: sqlite3.Connection, path: Path, schema: Schema, create: bool) -> None:
    if _pragma(connection, "application_id") == 0:
        if not create:
            raise NotAClmDatabaseError(f"{path} is not a CLM {schema.name}")
        _create(connection, path, schema)
    if _pragma(connection, "application_id") != schema.application_id:
        raise NotAClmDatabaseError(f"{path} is not a CLM {schema.name}")
    _migrate(connection, path, schema)
    wal = _pragma(connection, "journal_mode") == "wal"
    if wal and journal_mode(path.parent) != "wal":
        raise DatabaseError(
            f"the {schema.name} at {path} uses a write-ahead log, which is not safe here: either "
            f"SQLite {sqlite3.sqlite_version} has a bug, or the disk is not local",
            hint="use the Python that created it and a local disk, or recreate it with "
            "--force-db-init",
        )
    _relax(connection, schema, wal=wal)
    connection.execute("PRAGMA foreign_keys=ON")


def _relax(connection: sqlite3.Connection, schema: Schema, *, wal: bool) -> None:
    """Trades durability for speed where a power failure may lose the file; the death of a process
    harms neither kind."""
    if schema.durable:
        connection.execute("PRAGMA synchronous=FULL")
    elif wal:
        connection.execute("PRAGMA synchronous=NORMAL")
    else:
        connection.execute("PRAGMA synchronous=OFF")
        # Overwriting the rollback journal, instead of deleting it, saves a third of the CPU time
        # per transaction. The mode applies to this connection only and is not stored in the file.
        connection.execute("PRAGMA journal_mode=PERSIST").fetchall()


def _create(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    with transaction(connection):
        if _pragma(connection, "application_id") != 0:
            return  # another process was faster
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise NotAClmDatabaseError(f"{path} is a database, but not CLM's")
        apply_migrations(connection, schema, from_version=0)
        connection.execute(f"PRAGMA application_id={schema.application_id}")
    _set_journal_mode(connection, path)


def _set_journal_mode(connection: sqlite3.Connection, path: Path) -> None:
    """Sets the journal mode, a property of the file, once, when the file is created."""
    mode = journal_mode(path.parent)
    try:
        connection.execute(f"PRAGMA journal_mode={mode}").fetchall()
    except sqlite3.OperationalError as error:
        if not is_busy(error):  # already open elsewhere: it keeps the rollback journal
            raise


def _migrate(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    found = schema_version(connection)
    if found == schema.version:
        return
    if found > schema.version:
        raise SchemaVersionError(
            f"the {schema.name} at {path} has schema version {found}; "
            f"this CLM supports versions up to {schema.version}",
            hint="upgrade clm, or choose another file with --db-path",
        )
    with transaction(connection):
        found = schema_version(connection)
        if found == schema.version:
            return  # another process was faster
        copy = _back_up(path, found)
        apply_migrations(connection, schema, from_version=found)
    log.warning(
        "the %s at %s was migrated from schema version %d to %d; the old file was copied to %s",
        schema.name,
        path,
        found,
        schema.version,
        copy,
    )


def _back_up(path: Path, version: int) -> Path:
    """Copies the last committed state of the database; returns the path of the complete copy."""
    copy = path.with_name(f"{path.name}.version-{version}")
    temporary = path.with_name(f"{copy.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        # A separate connection, since one in a transaction cannot be copied from.
        with (
            closing(sqlite3.connect(path)) as source,
            closing(sqlite3.connect(temporary)) as target,
        ):
            source.backup(target)
        temporary.replace(copy)
    except (OSError, sqlite3.Error) as error:
        temporary.unlink(missing_ok=True)
        raise DatabaseError(
            f"{path} cannot be backed up before its migration: {error}",
            hint="check that the disk is not full and the folder is writable",
        ) from error
    return copy


def _pragma(connection: sqlite3.Connection, name: str) -> int | str:
    value: int | str = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
