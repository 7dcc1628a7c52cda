"""Removal of failed jobs from the queue that a later build has mended or run again."""

from __future__ import annotations

import json
from collections.abc import Collection

from clm.database.queue.job_queue import JobQueue

# The failed jobs that no build waits for any more.
_ENDED = """
    status = 'failed' AND (collected = 1
        OR build_id IN (SELECT id FROM builds WHERE finished_at IS NOT NULL))
"""


def remove_old_failures(queue: JobQueue, mended: Collection[str], again: Collection[str]) -> None:
    """Removes the failed jobs with the request ids `mended`, and all but the last of `again`."""
    with queue.writing() as connection:
        connection.execute(
            f"DELETE FROM jobs WHERE {_ENDED} AND request_id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(mended)),),
        )
        connection.execute(
            f"DELETE FROM jobs WHERE {_ENDED} AND request_id IN (SELECT value FROM json_each(?)) "
            "AND id NOT IN (SELECT max(id) FROM jobs WHERE status = 'failed' GROUP BY request_id)",
            (json.dumps(list(again)),),
        )
