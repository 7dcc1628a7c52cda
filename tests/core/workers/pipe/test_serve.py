"""Sockets that workers listen at."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from pipe_engines import ENGINE

from clm.errors import UsageError
from clm.workers.pipe.serve import _listen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such sockets")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder directly in /tmp, since paths of sockets are short."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="t") as folder:
        yield Path(folder)


def test_socket_appears_listening(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place / "echo.sock"
    existed = []
    listen = socket.socket.listen
    monkeypatch.setattr(
        socket.socket, "listen", lambda self: (existed.append(path.exists()), listen(self))
    )
    with _listen(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    assert existed == [False]
    assert [file.name for file in place.iterdir()] == ["echo.sock"]


def test_abandoned_socket_replaced(place: Path) -> None:
    path = place / "echo.sock"
    _listen(path).close()
    with _listen(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_socket_in_use_refused(place: Path) -> None:
    path = place / "echo.sock"
    with _listen(path), pytest.raises(UsageError, match="another worker listens"):
        _listen(path)


def test_file_not_replaced(place: Path) -> None:
    path = place / "echo.sock"
    path.write_text("mine")
    with pytest.raises(UsageError, match="there is a file"):
        _listen(path)
    assert path.read_text() == "mine"


@contextmanager
def serving(path: Path, temporary: str) -> Iterator[psutil.Popen]:
    server = psutil.Popen(
        [*ENGINE, str(path)], env=os.environ | {"TMPDIR": temporary}, stderr=subprocess.DEVNULL
    )
    try:
        yield server
    finally:
        if server.is_running():
            for process in (*server.children(recursive=True), server):
                process.kill()
        server.wait(20)


def appeared(folder: Path) -> Path:
    deadline = time.monotonic() + 20
    while not (found := list(folder.glob("clm-*"))):
        assert time.monotonic() < deadline, f"nothing appeared in {folder}"
        time.sleep(0.01)
    return found[0]


def test_folder_of_killed_child_removed(place: Path) -> None:
    temporary = place / "temporary"
    temporary.mkdir()
    with serving(place / "echo.sock", str(temporary)) as server:
        left = appeared(temporary)
        (child,) = server.children()
        assert left.name.startswith(f"clm-{child.pid}-")
        child.kill()
        server.terminate()
        server.wait(20)
    assert list(temporary.iterdir()) == []
