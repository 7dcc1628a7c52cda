"""Reading of files that nobody vouches for: a FIFO or a device in the place of one is refused.

Such a place may be taken after it was looked at, so that the opened file itself is checked.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path


def open_regular(path: Path) -> BufferedReader:
    """The file, opened for reading; it never waits for what is not a regular file.

    Raises:
        OSError: it cannot be opened, or is not a regular file.
    """
    return open(path, "rb", opener=_opened)


def read_regular(path: Path) -> bytes:
    """The bytes of the file; raises as `open_regular`."""
    with open_regular(path) as file:
        return file.read()


def _opened(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(descriptor).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a folder has an error of its own
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return descriptor
