"""Read-only access to databases, for the operator commands."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path, PurePath

from clm.database.sqlite.connection import open_database, translated
from clm.database.sqlite.patient import connect
from clm.database.sqlite.schema import Schema
from clm.errors import DatabaseError, NotAClmDatabaseError, SchemaVersionError

_BUSY_SECONDS = 5.0

# A process that died during a transaction leaves a journal, or a write-ahead log without its
# index. The next connection must recover it, for which it needs write access.
_NEEDS_RECOVERY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


def open_for_reading(path: Path, schema: Schema) -> sqlite3.Connection:
    """A connection that changes nothing, creates nothing and waits only briefly for locks.

    Each statement reads one state and holds a lock until its rows are fetched: fetch all at once.

    Raises:
        NotAClmDatabaseError: the file is missing or not such a database.
        SchemaVersionError: a newer CLM wrote it.
        DatabaseError: an older CLM wrote it, or it cannot be read.
    """
    connection = _open(path, schema)
    try:
        with translated(path, schema.name):
            _reject_other_versions(connection, path, schema)
    except BaseException:
        connection.close()
        raise
    return connection


def open_if_exists(path: Path, schema: Schema) -> sqlite3.Connection:
    """As `open_for_reading`; without a file, a connection to an empty database in memory.

    Raises:
        NotAClmDatabaseError, DatabaseError: as `open_for_reading`, for an existing file.
    """
    return open_for_reading(path, schema) if path.exists() else _in_memory(schema)


def open_copy(path: Path, schema: Schema) -> sqlite3.Connection:
    """A copy of the database in memory, whose changes are not saved; raises as `open_if_exists`."""
    copy = _in_memory(schema)
    try:
        if path.exists():
            with closing(open_for_reading(path, schema)) as source, translated(path, schema.name):
                source.backup(copy)
    except BaseException:
        copy.close()
        raise
    return copy


def _in_memory(schema: Schema) -> sqlite3.Connection:
    return open_database(Path(":memory:"), schema)


def version_of(path: Path, schema: Schema) -> int:
    """The schema version of the file.

    Raises:
        NotAClmDatabaseError, DatabaseError: as `open_for_reading`.
    """
    with closing(_open(path, schema)) as connection, translated(path, schema.name):
        return _version(connection)


def _open(path: Path, schema: Schema) -> sqlite3.Connection:
    if not path.is_file():
        raise NotAClmDatabaseError(f"no {schema.name} at {path}", hint="the first build creates it")
    with translated(path, schema.name):
        try:
            connection, application_id = _connect(path, "ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _NEEDS_RECOVERY:
                raise
            connection, application_id = _connect(path, "rw")
    if application_id != schema.application_id:
        connection.close()
        raise NotAClmDatabaseError(f"{path} is not a CLM {schema.name}")
    return connection


def _connect(path: Path, mode: str) -> tuple[sqlite3.Connection, int]:
    connection = connect(uri_of(path.absolute(), mode), _BUSY_SECONDS, uri=True)
    try:
        connection.execute("PRAGMA query_only=ON")
        # SQLite notices a journal that must be rolled back when it first reads a table.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        return connection, int(connection.execute("PRAGMA application_id").fetchone()[0])
    except BaseException:
        connection.close()
        raise


def uri_of(path: PurePath, mode: str) -> str:
    """The URI by which SQLite opens the file at an absolute path.

    SQLite refuses URIs with a host: a share of Windows, `//host/share`, must be part of the path.
    """
    place = path.as_uri().removeprefix("file://")
    return f"file://{'' if place.startswith('/') else '//'}{place}?mode={mode}"


def _version(connection: sqlite3.Connection) -> int:
    found = connection.execute("SELECT max(version) FROM schema_version").fetchone()[0]
    return found if isinstance(found, int) else 0


def _reject_other_versions(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    found = _version(connection)
    if found > schema.version:
        raise SchemaVersionError(
            f"the {schema.name} at {path} has schema version {found}; "
            f"this CLM supports versions up to {schema.version}",
            hint="upgrade clm, or choose another file with --db-path",
        )
    if found < schema.version:
        raise DatabaseError(
            f"the {schema.name} at {path} has schema version {found}; "
            f"this CLM needs version {schema.version}",
            hint="run `clm db migrate` or the next build to migrate it",
        )
