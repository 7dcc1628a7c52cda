"""Looking into a database without changing it: for the commands that an operator uses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from clm.database.sqlite.connection import Schema, open_database, translated
from clm.errors import DatabaseError, NotAClmDatabaseError, SchemaVersionError

_BUSY_SECONDS = 5.0

# A process that died in the middle of a change has left a journal, or a write-ahead log whose
# index is gone: whoever comes next must mend that, for which reading is not enough.
_NEEDS_RECOVERY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


def open_for_reading(path: Path, schema: Schema) -> sqlite3.Connection:
    """A connection that changes nothing, creates nothing and waits shortly for locks.

    Each statement sees one state and holds a lock only while its rows are fetched: fetch all.

    Raises:
        NotAClmDatabaseError: the file is missing or something else.
        SchemaVersionError: a newer CLM wrote it.
        DatabaseError: an older CLM wrote it, or it cannot be read.
    """
    connection = _open(path, schema)
    try:
        with translated(path, schema.name):
            _refuse_other_versions(connection, path, schema)
    except BaseException:
        connection.close()
        raise
    return connection


def open_if_there(path: Path, schema: Schema) -> sqlite3.Connection:
    """As `open_for_reading`; where there is no file, a connection to an empty database in memory.

    Raises:
        NotAClmDatabaseError, DatabaseError: as `open_for_reading`, of a file that is there.
    """
    return open_for_reading(path, schema) if path.exists() else _in_memory(schema)


def open_copy(path: Path, schema: Schema) -> sqlite3.Connection:
    """A copy in memory, which may be written to and is then forgotten; raises as the above."""
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
    """The version of the schema that the file has.

    Raises:
        NotAClmDatabaseError, DatabaseError: as `open_for_reading`.
    """
    with closing(_open(path, schema)) as connection, translated(path, schema.name):
        return _version(connection)


def _open(path: Path, schema: Schema) -> sqlite3.Connection:
    if not path.is_file():
        raise NotAClmDatabaseError(
            f"there is no {schema.name} at {path}", hint="the first build makes it"
        )
    with translated(path, schema.name):
        try:
            connection, application_id = _connect(path, "ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _NEEDS_RECOVERY:
                raise
            connection, application_id = _connect(path, "rw")
    if application_id != schema.application_id:
        connection.close()
        raise NotAClmDatabaseError(f"{path} is not a {schema.name} of CLM")
    return connection


def _connect(path: Path, mode: str) -> tuple[sqlite3.Connection, int]:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only=ON")
        # The first look at a table is what finds out that a journal has to be played back.
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        return connection, int(connection.execute("PRAGMA application_id").fetchone()[0])
    except BaseException:
        connection.close()
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT max(version) FROM schema_version").fetchone()[0] or 0)


def _refuse_other_versions(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    found = _version(connection)
    if found > schema.version:
        raise SchemaVersionError(
            f"the {schema.name} at {path} has version {found}, "
            f"this CLM reads up to {schema.version}",
            hint="upgrade clm, or name another file with --db-path",
        )
    if found < schema.version:
        raise DatabaseError(
            f"the {schema.name} at {path} has version {found}, this CLM reads {schema.version}",
            hint="`clm db migrate` brings it up to date, as the next build does",
        )
