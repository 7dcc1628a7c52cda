"""Databases of other accounts, and removed ones, in messages."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from clm.database.sqlite.connection import translated
from clm.errors import DatabaseError


@pytest.fixture
def readonly(tmp_path: Path) -> sqlite3.OperationalError:
    """The error of a write to a database that is read-only."""
    path = tmp_path / "clm_jobs.db"
    sqlite3.connect(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA query_only = ON")
    try:
        with pytest.raises(sqlite3.OperationalError) as raised:
            connection.execute("CREATE TABLE t (a)")
    finally:
        connection.close()
    return raised.value


def test_readonly_database_names_owner(
    readonly: sqlite3.OperationalError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # a fake: root may write all
    monkeypatch.setattr(Path, "owner", lambda path: "ann")
    with (
        pytest.raises(DatabaseError, match="it belongs to the account 'ann'"),
        translated(tmp_path / "clm_jobs.db", "job queue"),
    ):
        raise readonly


def test_removed_database_named(readonly: sqlite3.OperationalError, tmp_path: Path) -> None:
    (tmp_path / "clm_jobs.db").unlink()
    with (
        pytest.raises(DatabaseError, match="was removed while it was in use"),
        translated(tmp_path / "clm_jobs.db", "job queue"),
    ):
        raise readonly
