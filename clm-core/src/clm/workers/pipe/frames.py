"""Frames: messages with a JSON header and bytes, on a duplex stream of bytes.

A frame is the length of its header (4 bytes), the length of its data (8 bytes), both big-endian,
the header as JSON text in UTF-8, and the data. `kind` in the header says what the frame is.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Mapping
from io import BufferedIOBase
from typing import Any, cast

from attrs import frozen

from clm.errors import TransientJobError

_LENGTHS = struct.Struct(">IQ")
_CHUNK = 1 << 20

BUFFER_BYTES = 1 << 18
"""The size of buffers of streams: the frames of most jobs are sent at once."""

LARGEST_HEADER = 64 * 2**20
"""The bytes of a header that are read; a payload of that size is a mistake."""

LARGEST_DATA = 2**30
"""The bytes of one file that are read, an input or an output. The other end is not trusted."""


class StreamError(TransientJobError):
    """The stream has ended within a frame, or its bytes are not frames."""


@frozen(repr=False)
class Frame:
    """A message; `header` are its fields, and `data` its bytes."""

    kind: str
    header: Mapping[str, Any]
    data: bytes = b""


class FrameStream:
    """Reads and writes frames; one thread may read while others write.

    `heard_at` is the time, on the monotonic clock, at which bytes last arrived.
    """

    def __init__(self, reader: BufferedIOBase, writer: BufferedIOBase) -> None:
        self._reader = reader
        self._writer = writer
        self._lock = threading.Lock()
        self.heard_at = time.monotonic()

    def write(self, kind: str, data: bytes = b"", **header: Any) -> None:
        """Send a frame, and those that wait.

        Raises:
            OSError, ValueError: the stream is closed.
        """
        self.put(kind, data, **header)
        with self._lock:
            self._writer.flush()

    def put(self, kind: str, data: bytes = b"", **header: Any) -> None:
        """Have a frame wait for the next one that is sent, unless the buffer is full.

        Each sending wakes all processes that a stream passes through: up to four, for a container.
        Raises the same errors as `write`.
        """
        # What is no character in UTF-8 becomes an escape of JSON.
        text = json.dumps({"kind": kind, **header}, ensure_ascii=False).encode(
            errors="backslashreplace"
        )
        with self._lock:
            self._writer.write(_LENGTHS.pack(len(text), len(data)) + text)
            if data:
                self._writer.write(data)

    def read(self) -> Frame | None:
        """The next frame; None at the end of the stream.

        Raises:
            StreamError: the stream ends within a frame, or has something else than frames.
            OSError, ValueError: the stream is closed.
        """
        lengths = self._bytes(_LENGTHS.size)
        if not lengths:
            return None
        header_length, data_length = _LENGTHS.unpack(lengths)
        for what, length, most in (
            ("header", header_length, LARGEST_HEADER),
            ("file", data_length, LARGEST_DATA),
        ):
            if length > most:
                raise StreamError(
                    f"the other end announces a {what} of {length:,} bytes, of which at most "
                    f"{most:,} are read; or the stream does not consist of frames: {lengths!r}"
                )
        text, data = self._bytes(header_length), self._bytes(data_length)
        if len(text) < header_length or len(data) < data_length:
            raise StreamError("the stream has ended within a frame")
        header = _header(text)
        return Frame(header.pop("kind"), header, data)

    def _bytes(self, length: int) -> bytes:
        """As many bytes, or fewer at the end of the stream."""
        chunks, missing = [], length
        while missing:
            chunk = self._reader.read1(min(missing, _CHUNK))
            if not chunk:
                break
            self.heard_at = time.monotonic()
            chunks.append(chunk)
            missing -= len(chunk)
        if missing not in (0, length):
            raise StreamError("the stream has ended within a frame")
        return b"".join(chunks)


def buffered(connection: socket.socket) -> tuple[BufferedIOBase, BufferedIOBase]:
    """The two directions of a socket, for a stream."""
    reader, writer = (connection.makefile(mode, BUFFER_BYTES) for mode in ("rb", "wb"))
    return cast(BufferedIOBase, reader), cast(BufferedIOBase, writer)


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StreamError("the stream does not consist of frames") from error
    if not isinstance(header, dict) or not isinstance(header.get("kind"), str):
        raise StreamError("the stream does not consist of frames")
    return header
