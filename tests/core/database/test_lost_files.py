"""Databases whose place is taken by something else, or whose tables are damaged."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from clm.builder.output.record import open_record
from clm.database.cache.opening import open_cache
from clm.database.queue.job_queue import open_queue
from clm.database.sqlite.connection import Database
from clm.errors import NotAClmDatabaseError

OPENERS: dict[str, Callable[[Path], Database]] = {
    "queue": open_queue,
    "cache": open_cache,
    "record": open_record,
}


@pytest.fixture(params=OPENERS)
def opener(request: pytest.FixtureRequest) -> Callable[[Path], Database]:
    return OPENERS[request.param]


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "file").touch()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _dead_link(path: Path) -> None:
    path.symlink_to("nowhere")


def _device(path: Path) -> None:
    path.symlink_to(os.devnull)


STRANGE = [
    _folder,
    *([] if os.name == "nt" else [_fifo, _dead_link, _device]),
]


@pytest.mark.parametrize("make", STRANGE)
def test_strange_file_set_aside(
    tmp_path: Path, opener: Callable[[Path], Database], make: Callable[[Path], None]
) -> None:
    path = tmp_path / ".clm" / "x.db"
    path.parent.mkdir()
    make(path)

    with opener(path) as database:
        assert database.is_sound()

    assert path.is_file()
    assert len(list(path.parent.glob("x.db.damaged-*"))) == 1


@pytest.mark.parametrize("make", STRANGE)
def test_strange_file_elsewhere_untouched(
    tmp_path: Path, opener: Callable[[Path], Database], make: Callable[[Path], None]
) -> None:
    make(tmp_path / "x.db")
    with pytest.raises(NotAClmDatabaseError, match="is not a file"):
        opener(tmp_path / "x.db")
    assert [path.name for path in tmp_path.iterdir()] == ["x.db"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_set_aside(tmp_path: Path, opener: Callable[[Path], Database]) -> None:
    path = tmp_path / ".clm" / "x.db"
    path.parent.mkdir()
    path.touch(mode=0)
    with opener(path) as database:
        assert database.is_sound()


TABLES = [
    "DROP TABLE schema_version",
    "DELETE FROM schema_version",
    "UPDATE schema_version SET version = 'abc'",
    "UPDATE schema_version SET version = -3",
    "UPDATE schema_version SET version = 1.5",
    "UPDATE schema_version SET version = NULL",
    "DELETE FROM schema_version WHERE version > 1",
]


def _damage(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') "
            "WHERE name = 'schema_version'"
        )
        connection.commit()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize("statement", TABLES)
def test_damaged_version_set_aside(
    tmp_path: Path, opener: Callable[[Path], Database], statement: str
) -> None:
    path = tmp_path / "x.db"
    opener(path).close()
    _damage(path, statement)

    with opener(path) as database:
        assert database.is_sound()

    aside = list(tmp_path.glob("x.db.damaged-*"))
    assert aside
    opener(path).close()
    assert list(tmp_path.glob("x.db.damaged-*")) == aside  # said once


def _tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
    return [name for (name,) in rows]


@pytest.mark.parametrize("change", ["DROP TABLE {}", "ALTER TABLE {} RENAME TO other"])
def test_missing_table_set_aside(
    tmp_path: Path, opener: Callable[[Path], Database], change: str
) -> None:
    path = tmp_path / "x.db"
    opener(path).close()
    for table in _tables(path):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(change.format(table))
            connection.commit()
        with opener(path) as database:
            assert database.is_sound()
        assert table in _tables(path)


def test_missing_column_set_aside(tmp_path: Path, opener: Callable[[Path], Database]) -> None:
    path = tmp_path / "x.db"
    opener(path).close()
    table = next(name for name in _tables(path) if name != "schema_version")
    with closing(sqlite3.connect(path)) as connection:
        column = connection.execute(f"PRAGMA table_info({table})").fetchall()[-1][1]
        connection.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO other")
        connection.commit()
    with opener(path) as database:
        assert database.is_sound()
        columns = [row[1] for row in database.all(f"PRAGMA table_info({table})")]
    assert column in columns
