"""Processes that keep a file locked, as far as the system tells.

Linux lists the locks of all processes in `/proc/locks`; see proc_locks(5). Elsewhere none is known.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from clm.database.sqlite.processes import is_stopped

_LOCKS = Path("/proc/locks")


def lock_holders(path: Path) -> list[int]:
    """The ids of other processes that keep the database at `path` locked, those that write first.

    The locks are on the file itself, or on the index of its write-ahead log.
    """
    if sys.platform != "linux":
        return []
    files = set()
    for file in (path, path.with_name(f"{path.name}-shm")):
        with suppress(OSError):
            status = file.stat()
            device = status.st_dev
            files.add(f"{os.major(device):02x}:{os.minor(device):02x}:{status.st_ino}")
    try:
        lines = [line.split() for line in _LOCKS.read_text(encoding="ascii").splitlines()]
    except OSError:
        return []
    # NUMBER: POSIX ADVISORY WRITE PID DEVICE:INODE START END; with "->" a process that waits.
    held = [(line[3], int(line[4])) for line in lines if len(line) == 8 and line[5] in files]
    held.sort(key=lambda lock: lock[0] != "WRITE")
    return list(dict.fromkeys(pid for _, pid in held if pid not in (0, -1, os.getpid())))


def described_holders(path: Path) -> str:
    """The processes that keep the database locked, for a message; empty if none is known."""
    return ", ".join(_described(pid) for pid in lock_holders(path)[:3])


def _described(pid: int) -> str:
    try:
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        name = "unknown"
    return f"process {pid} ({name}{', stopped' if is_stopped(pid) else ''})"
