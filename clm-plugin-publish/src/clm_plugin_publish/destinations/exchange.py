"""Exchange of two folders in one step, so that neither is missing for a moment."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

# <linux/fs.h> and <fcntl.h>; <sys/stdio.h> of macOS.
_RENAME_EXCHANGE = 1 << 1
_AT_FDCWD = -100
_RENAME_SWAP = 2


def exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders that exist; False if the system, or the file system, cannot."""
    if sys.platform == "win32":
        return False
    names = os.fsencode(one), os.fsencode(other)
    libc = ctypes.CDLL(None)
    if sys.platform == "darwin":
        swap = getattr(libc, "renamex_np", None)
        return swap is not None and swap(*names, ctypes.c_uint(_RENAME_SWAP)) == 0
    rename = getattr(libc, "renameat2", None)
    if rename is None:
        return False
    at = ctypes.c_int(_AT_FDCWD)
    return bool(rename(at, names[0], at, names[1], ctypes.c_uint(_RENAME_EXCHANGE)) == 0)
