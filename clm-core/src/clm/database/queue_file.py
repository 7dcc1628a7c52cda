"""Opening the queue's file at the start of a build: a damaged one is set aside."""

from __future__ import annotations

from pathlib import Path

from clm.database.disposable import open_disposable
from clm.database.job_queue import JobQueue
from clm.database.queue_schema import QUEUE_SCHEMA


def open_queue(path: Path) -> JobQueue:
    """The queue at `path`; a damaged file is renamed, with a warning, and made anew.

    The queue is disposable: everything in it can be planned again.

    Raises:
        NotAClmDatabaseError: the file is an undamaged database of something else.
    """
    return open_disposable(path, JobQueue, QUEUE_SCHEMA.name)
