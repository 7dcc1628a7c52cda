"""Making the job queue and the results cache anew."""

from __future__ import annotations

from clm.backends.paths import ClmPaths
from clm.database.job_queue import JobQueue
from clm.database.pools import PoolRegistry
from clm.database.registry import Registry
from clm.errors import DatabaseError, UsageError

_COMPANIONS = ("", "-journal", "-wal", "-shm")


def remove_databases(paths: ClmPaths) -> None:
    """Removes the queue and the cache, so that the next to open them makes them anew.

    Raises:
        UsageError: a build is using them: a live database must not be unlinked.
    """
    if paths.jobs_db.exists() and _in_use(paths):
        raise UsageError(
            f"another build is using {paths.jobs_db}, or a pool of workers that is kept",
            hint="wait for it to end (`clm workers stop` ends a pool), or build without "
            "--force-db-init",
        )
    for database in (paths.jobs_db, paths.cache_db):
        for companion in _COMPANIONS:
            database.with_name(database.name + companion).unlink(missing_ok=True)


def _in_use(paths: ClmPaths) -> bool:
    try:
        with JobQueue(paths.jobs_db) as queue:
            return bool(Registry(queue).live_builds() or PoolRegistry(queue).live())
    except DatabaseError:
        return False  # damaged or of another version: what --force-db-init is for
