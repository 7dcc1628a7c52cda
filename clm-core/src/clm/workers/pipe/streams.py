"""Streams to engines: a command's standard input and output, or a Unix socket."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from io import BufferedIOBase
from pathlib import Path
from typing import cast

from attrs import frozen

from clm.workers.folders import sweep_temporary_folders
from clm.workers.pipe.frames import BUFFER_BYTES, buffered

_END_SECONDS = 5.0
_DRAIN_SECONDS = 1.0
_KILLED = (137, -9)
_KEPT_LINES = 3
_LONGEST_LINE = 1 << 16
_SHOWN_CHARACTERS = 300


class OpenStream(ABC):
    """An open stream; `reader` and `writer` are its two directions."""

    reader: BufferedIOBase
    writer: BufferedIOBase

    @abstractmethod
    def close(self) -> None:
        """End the stream, and what was started for it within 5 seconds.

        The reader is then at its end, and is to be closed by the thread that uses it.
        """

    @abstractmethod
    def end(self) -> str:
        """How the stream has ended, for a message; called after its last byte."""


class Stream(ABC):
    """A way to an engine."""

    @abstractmethod
    def open(self) -> OpenStream:
        """Open the stream.

        Raises:
            OSError: the command cannot be started, or nobody listens at the socket.
        """

    @abstractmethod
    def to_data(self) -> dict[str, object]:
        """The stream as plain data, for `stream_of`."""


@frozen(repr=False)
class CommandStream(Stream):
    """The standard input and output of a command, as program and arguments; no shell runs it.

    `environment` is added to that of this process.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str] = {}  # never changed

    def open(self) -> OpenStream:
        return _OpenCommand(self.command, self.environment)

    def to_data(self) -> dict[str, object]:
        return {"command": list(self.command), "environment": dict(self.environment)}


@frozen(repr=False)
class SocketStream(Stream):
    """The Unix socket at which an engine listens."""

    path: Path

    def open(self) -> OpenStream:
        return _OpenSocket(self.path)

    def to_data(self) -> dict[str, object]:
        return {"socket": str(self.path)}


def stream_of(data: Mapping[str, object]) -> Stream:
    """The stream from its plain data."""
    if "socket" in data:
        return SocketStream(Path(str(data["socket"])))
    command, environment = data["command"], data.get("environment", {})
    assert isinstance(command, list) and isinstance(environment, dict)
    return CommandStream(tuple(command), environment)


class _OpenCommand(OpenStream):
    def __init__(self, command: tuple[str, ...], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            bufsize=BUFFER_BYTES,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | environment,
        )
        self._last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._drain = threading.Thread(target=self._copy_messages, daemon=True)
        self._drain.start()
        self.writer = cast(BufferedIOBase, self._process.stdin)
        self.reader = cast(BufferedIOBase, self._process.stdout)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.writer.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.returncode != 0:
            sweep_temporary_folders()  # an engine of this machine that was killed has left its own

    def end(self) -> str:
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return "it has closed its output"
        self._drain.join(_DRAIN_SECONDS)
        killed = "; it was killed, perhaps since memory ran out" if code in _KILLED else ""
        said = f": {' / '.join(self._last_lines)}" if self._last_lines else ""
        return f"it has ended with exit code {code}{killed}{said}"

    def _copy_messages(self) -> None:
        """Copies the command's messages to this process's, which is a worker's log."""
        # By chunks of a line: a command that never ends its line must not fill the memory.
        messages = cast(BufferedIOBase, self._process.stderr)
        with messages:
            while line := messages.readline(_LONGEST_LINE):
                sys.stderr.buffer.write(line)
                sys.stderr.flush()
                if text := line.decode(errors="replace").strip():
                    self._last_lines.append(text[-_SHOWN_CHARACTERS:])


class _OpenSocket(OpenStream):
    def __init__(self, path: Path) -> None:
        # Not on Windows, where Python has no Unix sockets.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self.reader, self.writer = buffered(self._socket)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        for part in (self.writer, self._socket):
            with contextlib.suppress(OSError):
                part.close()

    def end(self) -> str:
        return "it has closed the connection"
