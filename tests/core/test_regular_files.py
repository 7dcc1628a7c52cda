"""Reading of files in whose place anything may be."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from clm.jobs.key import digest_file
from clm.regular_files import read_regular
from clm.workers.folders import copy_and_digest


def test_regular_file_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "link") == b"content"


def test_fifo_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for read in (read_regular, digest_file, lambda p: copy_and_digest(p, tmp_path / "copy")):
        with pytest.raises(OSError, match="not a regular file"):
            read(tmp_path / "fifo")


def test_device_and_socket_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zeros").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="not a regular file"):
        read_regular(tmp_path / "zeros")
    monkeypatch.chdir(tmp_path)  # the path of a socket is limited
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with pytest.raises(OSError, match="No such device"):
            read_regular(tmp_path / "socket")


def test_folder_named_as_folder(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path)
