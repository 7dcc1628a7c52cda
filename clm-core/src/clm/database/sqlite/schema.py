"""Schemas of databases: their migrations, and the tables that a database must have."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from functools import lru_cache

from attrs import frozen

_COLUMNS = """
    SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table'
"""


@frozen(eq=False, repr=False)
class Schema:
    """The schema of one kind of database.

    `application_id` identifies its files. `migrations[0]` creates version 1, `migrations[n]`
    migrates version n to n + 1; each is an SQL script. `durable` files survive a power failure;
    the others are recreated after one has damaged them.
    """

    name: str
    application_id: int
    migrations: tuple[str, ...]
    durable: bool

    @property
    def version(self) -> int:
        return len(self.migrations)


class LayoutError(Exception):
    """A database does not have the tables of its version, or no valid version."""


def check_layout(connection: sqlite3.Connection, schema: Schema) -> None:
    """Raises LayoutError if a table or column is missing."""
    missing = sorted(_expected_layout(schema) - _layout(connection))
    if missing:
        raise LayoutError(f"it has no {missing[0]}")


@lru_cache
def _expected_layout(schema: Schema) -> frozenset[str]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        apply_migrations(connection, schema, from_version=0)
        return _layout(connection)


def _layout(connection: sqlite3.Connection) -> frozenset[str]:
    """The tables and their columns, as `table.column`."""
    rows = connection.execute(_COLUMNS).fetchall()
    return frozenset(f"{table}.{column}" for table, column in rows)


def apply_migrations(connection: sqlite3.Connection, schema: Schema, *, from_version: int) -> None:
    """Migrates a database from a version to the schema's; 0 is an empty database."""
    if from_version == 0:
        connection.execute(
            "CREATE TABLE schema_version (version INTEGER NOT NULL, migrated_at REAL NOT NULL)"
        )
    for number, script in enumerate(schema.migrations[from_version:], start=from_version + 1):
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute("INSERT INTO schema_version VALUES (?, ?)", (number, time.time()))


def schema_version(connection: sqlite3.Connection) -> int:
    """The version of a database, at least 1; raises LayoutError if it has no valid one."""
    found = connection.execute("SELECT max(version) FROM schema_version").fetchone()[0]
    if not isinstance(found, int) or found < 1:
        raise LayoutError(f"its schema version is {found!r}")
    return found
