"""Opening of a possibly damaged results cache at the start of a build."""

from __future__ import annotations

import logging
from pathlib import Path

from clm.database.cache.results import ResultsCache, suspect_mark
from clm.database.sqlite.recovery import looks_damaged
from clm.errors import DatabaseCorruptError, NotAClmDatabaseError

log = logging.getLogger(__name__)


def open_cache(path: Path) -> ResultsCache:
    """Opens the cache at `path`; a damaged one is renamed, with a warning, and its intact results
    are copied to a new file.

    Raises:
        NotAClmDatabaseError: the file is intact, but is not CLM's.
        DatabaseBusyError: the cache is damaged, and another build is using it.
    """
    if not (path.is_file() and suspect_mark(path).exists()):
        try:
            return ResultsCache(path)
        except DatabaseCorruptError:
            pass
        except NotAClmDatabaseError:
            if not looks_damaged(path):
                raise
    from clm.database.cache.repair import repair_cache  # rarely needed

    log.warning("%s", repair_cache(path))
    return ResultsCache(path)
