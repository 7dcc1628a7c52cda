"""Opening a database that can be lost without loss: a damaged one is set aside."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from clm.database.sqlite.connection import Database, file_identity
from clm.errors import DatabaseCorruptError, NotAClmDatabaseError

log = logging.getLogger(__name__)

T = TypeVar("T", bound=Database)


def open_disposable(path: Path, factory: Callable[[Path], T], name: str) -> T:
    """What the factory makes of the file; a damaged one is renamed and made anew.

    Raises:
        NotAClmDatabaseError: the file is an undamaged database of something else.
    """
    looked_at = file_identity(path)
    try:
        opened = factory(path)
        if opened.is_sound():
            return opened
        opened.close()
    except DatabaseCorruptError:
        pass
    except NotAClmDatabaseError:
        if not looks_damaged(path):
            raise
    # Not where another build has mended it meanwhile: what is there now is in use.
    if file_identity(path) == looked_at:
        aside = set_aside(path)
        log.warning("the %s was damaged; it was set aside as %s and made anew", name, aside)
    return factory(path)


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
