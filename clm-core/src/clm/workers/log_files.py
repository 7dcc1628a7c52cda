"""The logs of workers: one file each, bounded in size and number."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

LARGEST_LOG = 5_000_000  # bytes


def rotate(log: Path, *, largest: int = LARGEST_LOG) -> None:
    """Moves what a log holds to `<name>.1` where it is larger than that.

    The file itself stays, since the worker and its tools have it open, and goes on from its
    beginning. What is written during the copying is lost.
    """
    if os.name == "nt":
        return  # there they would go on where they were, behind a gap
    with suppress(OSError):
        if log.stat().st_size > largest:
            shutil.copyfile(log, older(log))
            os.truncate(log, 0)


def older(log: Path) -> Path:
    """Where the older part of a log is."""
    return log.with_name(f"{log.name}.1")


def prune_logs(logs: Path, *, keep: int) -> None:
    """Removes all but the newest logs."""
    found = []
    for log in logs.glob("*.log"):
        with suppress(OSError):
            found.append((log.stat().st_mtime_ns, log))
    for _, log in sorted(found, reverse=True)[keep:]:
        for file in (log, older(log)):
            with suppress(OSError):
                file.unlink()
