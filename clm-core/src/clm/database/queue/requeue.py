"""Requeueing of failed and cancelled jobs."""

from __future__ import annotations

from clm.database.queue.job_queue import JobQueue

# All jobs that job ? needs, directly or through others.
_NEEDED = """
    WITH RECURSIVE needed (id) AS (
        SELECT needs FROM dependencies WHERE job_id = ?
        UNION SELECT d.needs FROM dependencies d JOIN needed ON d.job_id = needed.id)
    SELECT id FROM needed
"""

# The token stays, so the previous holder's claim remains invalid.
_REQUEUE = """
    UPDATE jobs SET status = 'pending', attempts = 0, collected = 0, worker_id = NULL,
                    lease_until = NULL, error = NULL, finished_at = NULL, result_key = NULL
    WHERE id = ? AND status IN ('failed', 'cancelled')
"""


def requeue_job(queue: JobQueue, job_id: int, pool_id: str = "") -> bool:
    """Requeues a failed or cancelled job with all its attempts, and the jobs that it needs.

    The workers of its build, or of the pool `pool_id`, run it. False if its status is another.
    A build that has already collected it is not notified; its result is in the results cache.
    """
    with queue.writing() as connection:
        if connection.execute(_REQUEUE, (job_id,)).rowcount == 0:
            return False
        for (needed,) in connection.execute(_NEEDED, (job_id,)).fetchall():
            connection.execute(_REQUEUE, (needed,))
        if pool_id:
            connection.execute(
                "UPDATE builds SET pool_id = ? WHERE id = (SELECT build_id FROM jobs WHERE id = ?)",
                (pool_id, job_id),
            )
    return True
