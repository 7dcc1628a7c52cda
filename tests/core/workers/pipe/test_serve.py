"""Sockets that workers listen at."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from clm.errors import UsageError
from clm.workers.pipe.serve import _listen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such sockets")


def test_socket_appears_listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "echo.sock"
    existed = []
    listen = socket.socket.listen
    monkeypatch.setattr(
        socket.socket, "listen", lambda self: (existed.append(path.exists()), listen(self))
    )
    with _listen(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    assert existed == [False]
    assert [file.name for file in tmp_path.iterdir()] == ["echo.sock"]


def test_abandoned_socket_replaced(tmp_path: Path) -> None:
    path = tmp_path / "echo.sock"
    _listen(path).close()
    with _listen(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_socket_in_use_refused(tmp_path: Path) -> None:
    path = tmp_path / "echo.sock"
    with _listen(path), pytest.raises(UsageError, match="another worker listens"):
        _listen(path)


def test_file_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "echo.sock"
    path.write_text("mine")
    with pytest.raises(UsageError, match="there is a file"):
        _listen(path)
    assert path.read_text() == "mine"
