"""End of a worker on a full disk."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from clm.errors import DatabaseFullError
from clm.machine_faults import is_disk_full
from clm.workers.process_tree import end_at_once
from clm.workers.worker.options import EXIT_DISK_FULL

log = logging.getLogger(__name__)


@contextmanager
def told_by_exit_code(worker_id: str) -> Iterator[None]:
    """Ends this process, a worker, with `EXIT_DISK_FULL` if the block fails for a full disk.

    Its output says so, too, but is a file that may be on the same disk.
    """
    try:
        yield
    except (DatabaseFullError, OSError) as error:
        if not is_disk_full(error):
            raise
        log.error("%s", error)
        end_at_once(worker_id, EXIT_DISK_FULL)
