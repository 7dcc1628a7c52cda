"""Log files of workers, bounded in size and number."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

LARGEST_LOG = 5_000_000  # bytes


def rotate(log: Path, *, largest: int = LARGEST_LOG) -> None:
    """Copies a log larger than `largest` bytes to `<name>.1` and truncates it.

    The file itself is kept, since the worker and its tools have it open. Output that is written
    during the copy is lost.
    """
    if os.name == "nt":
        return  # open handles would continue at their old offsets, after a gap
    with suppress(OSError):
        if log.stat().st_size > largest:
            shutil.copyfile(log, older(log))
            os.truncate(log, 0)


def older(log: Path) -> Path:
    """The path of the rotated part of a log."""
    return log.with_name(f"{log.name}.1")


def prune_logs(logs: Path, *, keep: int) -> None:
    """Removes all but the newest `keep` logs, with their rotated parts."""
    found = []
    for log in logs.glob("*.log"):
        with suppress(OSError):
            found.append((log.stat().st_mtime_ns, log))
    for _, log in sorted(found, reverse=True)[keep:]:
        for file in (log, older(log)):
            with suppress(OSError):
                file.unlink()
