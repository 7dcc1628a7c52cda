"""Setting a damaged database aside: renamed with its journals, never removed."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

COMPANIONS = ("-journal", "-wal", "-shm")


def set_aside(path: Path) -> Path:
    """Renames the file, and says to what; another one can be made in its place."""
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
    # With its journals: SQLite would play a journal that stays back into the new file.
    for companion in (*COMPANIONS, ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + companion).rename(aside.with_name(aside.name + companion))
    return aside


def is_truncated(path: Path) -> bool:
    """Whether the file is shorter than its own header says."""
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3"):
        return bool(header) and len(header) < 100
    page = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    return path.stat().st_size < (65536 if page == 1 else page) * pages


def looks_damaged(path: Path) -> bool:
    """Whether a file that is no database is what is left of one of CLM's: it begins with zeros,
    is cut off, or lies in a `.clm` folder, where nobody else keeps anything."""
    with path.open("rb") as file:
        begin = file.read(16)
    return not begin.strip(b"\0") or len(begin) < 16 or path.parent.name == ".clm"
