"""Choice of the journal mode, which later connections do not change."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clm.database.cache.results import CACHE_SCHEMA
from clm.database.queue.schema import QUEUE_SCHEMA
from clm.database.sqlite import connection
from clm.database.sqlite.connection import open_database
from clm.database.sqlite.journal import journal_mode, wal_is_sound
from clm.errors import DatabaseError


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 34, 1), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 9), True),
        ((3, 45, 0), False),
        ((3, 49, 9), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_wal_sound_by_sqlite_version(version: tuple[int, int, int], sound: bool) -> None:
    assert wal_is_sound(version) is sound


@pytest.mark.parametrize(
    ("file_system", "mode"),
    [(name, "wal") for name in ("ext4", "xfs", "btrfs", "tmpfs", "apfs", "NTFS")]
    + [
        (name, "delete")
        for name in ("nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "overlay", "fuse.sshfs", "")
    ],
)
def test_wal_on_local_file_systems(file_system: str, mode: str, tmp_path: Path) -> None:
    assert journal_mode(tmp_path, sqlite_version=(3, 51, 3), file_system=file_system) == mode
    assert journal_mode(tmp_path, sqlite_version=(3, 40, 1), file_system=file_system) == "delete"


def test_file_system_detected(tmp_path: Path) -> None:
    assert journal_mode(tmp_path, sqlite_version=(3, 51, 3)) in ("wal", "delete")


def mode_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as plain:
        return str(plain.execute("PRAGMA journal_mode").fetchone()[0])


@pytest.fixture
def prefer(monkeypatch: pytest.MonkeyPatch) -> object:
    """Sets the journal mode that new files get and old files may have."""
    return lambda mode: monkeypatch.setattr(connection, "journal_mode", lambda folder: mode)


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("schema", [QUEUE_SCHEMA, CACHE_SCHEMA], ids=["queue", "cache"])
def test_new_file_gets_preferred_mode(mode, schema, prefer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    prefer(mode)
    open_database(tmp_path / "clm.db", schema).close()
    assert mode_of(tmp_path / "clm.db") == mode


@pytest.mark.parametrize("schema", [QUEUE_SCHEMA, CACHE_SCHEMA], ids=["queue", "cache"])
def test_later_openers_keep_mode(schema, prefer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "clm.db"
    prefer("delete")
    open_database(path, schema).close()
    prefer("wal")
    open_database(path, schema).close()
    assert mode_of(path) == "delete"


def test_unsafe_wal_rejected(prefer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "clm.db"
    prefer("wal")
    open_database(path, CACHE_SCHEMA).close()
    prefer("delete")
    with pytest.raises(DatabaseError, match="write-ahead log"):
        open_database(path, CACHE_SCHEMA)
    assert mode_of(path) == "wal"


@pytest.mark.parametrize(
    ("schema", "mode", "synchronous"),
    [
        (QUEUE_SCHEMA, "delete", 0),
        (QUEUE_SCHEMA, "wal", 1),
        (CACHE_SCHEMA, "delete", 2),
        (CACHE_SCHEMA, "wal", 2),
    ],
)
def test_synchronous_by_schema_and_mode(  # type: ignore[no-untyped-def]
    schema, mode, synchronous, prefer, tmp_path: Path
) -> None:
    prefer(mode)
    with closing(open_database(tmp_path / "clm.db", schema)) as opened:
        assert opened.execute("PRAGMA synchronous").fetchone() == (synchronous,)
