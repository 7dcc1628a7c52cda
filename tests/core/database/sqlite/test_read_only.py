"""Read-only access to databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path, PurePath, PureWindowsPath

import pytest

from clm.database.sqlite.read_only import uri_of


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PureWindowsPath(r"\\host\share\a b.db"), "file:////host/share/a%20b.db?mode=ro"),
        (PureWindowsPath(r"C:\x\#.db"), "file:///C:/x/%23.db?mode=ro"),
    ],
)
def test_share_of_windows_is_path(path: PurePath, uri: str) -> None:
    assert uri_of(path, "ro") == uri


def test_sqlite_opens_uri(tmp_path: Path) -> None:
    path = tmp_path / "caf\u00e9 #1?.db"
    sqlite3.connect(path).close()
    for uri in (uri_of(path, "rw"), uri_of(path, "rw").replace("file:///", "file:////")):
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS a (b)")
    assert path.stat().st_size > 0
