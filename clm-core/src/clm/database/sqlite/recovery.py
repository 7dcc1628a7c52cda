"""Recovery of disposable databases: a damaged file is renamed and recreated."""

from __future__ import annotations

import logging
import os
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
    """Opens the file with the factory; a damaged file is renamed, with a warning, and recreated.

    Raises:
        NotAClmDatabaseError: the file is intact, but is not CLM's.
    """
    identity = file_identity(path)
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
    # If another build has replaced the file in the meantime, the new file is in use.
    if file_identity(path) == identity:
        aside = set_aside(path)
        log.warning("the %s was damaged; it was renamed to %s and recreated", name, aside)
    return factory(path)


COMPANIONS = ("-journal", "-wal", "-shm")


def set_aside(path: Path) -> Path:
    """Renames the file and its journals; returns the new path."""
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
    # With its journals: SQLite would apply a journal that remains to the new file.
    for companion in (*COMPANIONS, ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + companion).rename(aside.with_name(aside.name + companion))
    return aside


def looks_damaged(path: Path) -> bool:
    """Whether what is not a database is a damaged one of CLM's: a file that starts with zeros or
    is cut off, or anything in a `.clm` folder, which holds nothing foreign."""
    if path.parent.name == ".clm":
        return True
    if not (path.is_file() and os.access(path, os.R_OK)):
        return False
    with path.open("rb") as file:
        begin = file.read(16)
    return not begin.strip(b"\0") or len(begin) < 16
