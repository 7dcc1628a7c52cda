"""What builds leave in `.clm`, and what of it is swept up when one begins or ends."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from clm.database.cache import DatabaseManager
from clm.database.cache_upkeep import prune
from clm.database.processes import is_running
from clm.errors import DatabaseBusyError
from clm.limits import Limits
from clm.workers.job_folder import remove_tree
from clm.workers.temporary_folder import sweep_temporary_folders


def work_folder(work: Path, build_id: str) -> Path:
    """Where a build of this process does its jobs; the name says which process that is."""
    return work / f"{os.getpid()}-{build_id}"


def sweep_work_folders(work: Path) -> None:
    """Removes the work folders of builds whose process is gone, and their temporary files."""
    sweep_temporary_folders()
    for folder in work.glob("*-*"):
        pid = folder.name.partition("-")[0]
        if pid.isdecimal() and not is_running(int(pid)):
            remove_tree(folder)


def bound_cache(cache: DatabaseManager, limits: Limits) -> None:
    """Removes the least recently used results where the cache has grown beyond its limit."""
    with suppress(DatabaseBusyError):  # somebody else uses it, and will do this at its end
        prune(cache, max_bytes=limits.cache_size)
