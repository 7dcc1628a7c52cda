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
    if sys.platform == "linux":
        return _status(pid)[:1] not in ([], ["Z"])
    import psutil

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped by a signal or a debugger, so that it does nothing by itself."""
    if sys.platform == "linux":
        return _status(pid)[:1] in (["T"], ["t"])
    import psutil

    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
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
    status = _status(pid)
    if not status:
        import psutil

        raise psutil.NoSuchProcess(pid)
    return int(status[19]) / os.sysconf("SC_CLK_TCK")


def _status(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` from the state on; empty if there is no such process.

    See proc_pid_stat(5); the start time is field 22, counted from the id.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()  # the name, in parentheses, may contain spaces
