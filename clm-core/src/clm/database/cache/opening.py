"""Opening a results cache at the start of a build, also one that may be damaged."""

from __future__ import annotations

import logging
from pathlib import Path

from clm.database.cache.results import ResultsCache, suspect_mark
from clm.database.sqlite.recovery import is_truncated, looks_damaged
from clm.errors import DatabaseCorruptError, NotAClmDatabaseError

log = logging.getLogger(__name__)


def open_cache(path: Path) -> ResultsCache:
    """The cache at `path`; a damaged one is set aside, with a warning, and what is sound in it
    is taken over.

    Raises:
        NotAClmDatabaseError: the file is an undamaged database of something else.
        DatabaseBusyError: it is damaged, and another build is using it.
    """
    if not (path.exists() and (suspect_mark(path).exists() or is_truncated(path))):
        try:
            return ResultsCache(path)
        except DatabaseCorruptError:
            pass
        except NotAClmDatabaseError:
            if not looks_damaged(path):
                raise
    from clm.database.cache.repair import repair_cache  # hardly ever needed

    log.warning("%s", repair_cache(path))
    return ResultsCache(path)
