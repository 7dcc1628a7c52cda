"""Telling whether a process is still there: that which wrote a row, or made a folder.

psutil is imported where it is needed: a build in which nothing has changed asks for none of it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def process_start(pid: int) -> float:
    """When a process began, in seconds; a number that tells it from others of the same id.

    Raises:
        psutil.Error: there is no such process.
    """
    if sys.platform == "linux":
        # Since boot: times of the calendar change when somebody sets the clock.
        return _since_boot(pid)
    import psutil

    return psutil.Process(pid).create_time()


def is_running(pid: int) -> bool:
    """Whether there is a process of that id, and not only what is left of one."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def is_same_process(pid: int, started: float) -> bool:
    """Whether the process of that id that began then is alive.

    A pid alone is not enough: the system gives it to another process some day.
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
    # The name, in parentheses, may have spaces; the 22nd field counts from the id.
    fields = stat.rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")
