"""Opening the queue's file at the start of a build: a damaged one is set aside."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from pathlib import Path

from clm.database.connection import file_identity
from clm.database.job_queue import JobQueue
from clm.errors import DatabaseCorruptError, NotAClmDatabaseError

log = logging.getLogger(__name__)


def cache_path_of(jobs_db: Path) -> Path:
    """Where the results cache is that goes with a job queue."""
    return jobs_db.with_name(f"{jobs_db.stem.removesuffix('_jobs')}_cache.db")


def open_queue(path: Path) -> JobQueue:
    """The queue at `path`; a damaged file is renamed, with a warning, and made anew.

    The queue is disposable: everything in it can be planned again.

    Raises:
        NotAClmDatabaseError: the file is an undamaged database of something else.
    """
    looked_at = file_identity(path)
    try:
        queue = JobQueue(path)
        if queue.is_sound():
            return queue
        queue.close()
    except DatabaseCorruptError:
        pass
    except NotAClmDatabaseError:
        if not _has_sqlite_damage(path):
            raise
    # Not where another build has mended it meanwhile: what is there now is in use.
    if file_identity(path) == looked_at:
        _set_aside(path)
    return JobQueue(path)


def _set_aside(path: Path) -> None:
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
    # With its journals: SQLite would play a journal that stays back into the new file.
    for companion in ("-journal", "-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + companion).rename(aside.with_name(aside.name + companion))
    log.warning("the job queue was damaged; it was set aside as %s and made anew", aside)


def _has_sqlite_damage(path: Path) -> bool:
    """Whether the file begins like none that a person would keep: with zeros."""
    with path.open("rb") as file:
        return not file.read(16).strip(b"\0")
