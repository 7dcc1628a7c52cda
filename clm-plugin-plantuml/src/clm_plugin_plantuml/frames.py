"""Frames on a pipe: four bytes of length, then the content."""

from __future__ import annotations

from typing import IO


def write_frame(file: IO[bytes], data: bytes) -> None:
    file.write(len(data).to_bytes(4, "big"))
    file.write(data)


def read_frame(file: IO[bytes]) -> bytes | None:
    """The content of the next frame; None at the end of the file, also within a frame."""
    head = file.read(4)
    length = int.from_bytes(head, "big")
    data = file.read(length) if len(head) == 4 else b""
    return data if len(head) == 4 and len(data) == length else None
