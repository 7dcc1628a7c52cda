"""Store in a folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from clm.errors import StoreError, UsageError
from clm.stores.folder import open_folder


def error_of_put(folder: Path) -> StoreError:
    with pytest.raises(StoreError) as caught:
        open_folder(str(folder)).put("ac/1", b"data")
    return caught.value


def test_entry_read_as_written(tmp_path: Path) -> None:
    store = open_folder((tmp_path / "store").as_uri())
    assert store.get("ac/1", 4) is None
    store.put("ac/1", b"data")
    assert store.get("ac/1", 4) == b"data"
    assert [path.name for path in (tmp_path / "store").rglob("*") if path.is_file()] == ["1"]


def test_larger_entry_refused(tmp_path: Path) -> None:
    store = open_folder(str(tmp_path))
    store.put("ac/1", b"data")
    with pytest.raises(StoreError, match="more than 3 bytes"):
        store.get("ac/1", 3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no FIFOs")
def test_fifo_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "ac").mkdir()
    os.mkfifo(tmp_path / "ac" / "1")
    with pytest.raises(StoreError, match="not a regular file"):
        open_folder(str(tmp_path)).get("ac/1", 3)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_full_folder_still_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(path: Path, data: bytes) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", fail)
    assert error_of_put(tmp_path).answered
    assert list(tmp_path.rglob("*.tmp")) == []


def test_folder_that_is_lost_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, data: bytes) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "write_bytes", fail)
    assert not error_of_put(tmp_path).answered


def test_folder_of_other_machine_refused() -> None:
    with pytest.raises(UsageError, match="another machine"):
        open_folder("file://host/path")


def test_folder_of_no_account_refused() -> None:
    with pytest.raises(UsageError, match="has no folder"):
        open_folder("~no-such-account/cache")


def test_file_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="not a folder"):
        open_folder(str(tmp_path / "file"))
