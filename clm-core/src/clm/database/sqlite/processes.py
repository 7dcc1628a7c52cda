"""Liveness of processes, such as the one that wrote a row or created a folder.

psutil is imported where it is needed, since a build in which nothing has changed does not need it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def process_start(pid: int) -> float:
    """The start time of a process in seconds, which distinguishes it from others with its id.

    Raises:
        psutil.Error: the process does not exist.
    """
    if sys.platform == "linux":
        # Relative to boot, since wall-clock times change when the clock is set.
        return _since_boot(pid)
    import psutil

    return psutil.Process(pid).create_time()


def is_running(pid: int) -> bool:
    """Whether a process with this id exists and is not a zombie."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def is_same_process(pid: int, started: float) -> bool:
    """Whether the process with this id and start time is alive.

    A pid alone is not enough, since the system reuses it for other processes.
    """
    import psutil

    try:
        same = abs(process_start(pid) - started) < 1.0
        return bool(same and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _since_boot(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        import psutil

        raise psutil.NoSuchProcess(pid) from error
    # The name, in parentheses, may contain spaces. The start time is field 22, counted from the id.
    fields = stat.rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")
