"""Opening a database that can be lost without loss: a damaged one is set aside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from clm.database.connection import Database, file_identity
from clm.database.damage import looks_damaged, set_aside
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
