"""The job queue's longer statements."""

from __future__ import annotations

from clm.database.queued_job import ClaimedJob

_CLAIMED = ", ".join(field.name for field in ClaimedJob.__attrs_attrs__)

NEXT = """
    SELECT id FROM jobs
    WHERE build_id = ? AND job_type = ?
    AND status = 'pending' AND blockers = 0 AND collected = 0
    ORDER BY priority DESC, id LIMIT 1
"""

CLAIM = f"""
    UPDATE jobs SET status = 'processing', attempts = attempts + 1, token = token + 1,
                    worker_id = ?, lease_until = ?, started_at = ?
    WHERE id = ({NEXT})
    RETURNING {_CLAIMED}
"""

HELD = "SELECT 1 FROM jobs WHERE id = ? AND token = ? AND status = 'processing'"

UNBLOCK = """
    UPDATE jobs SET blockers = blockers - 1
    WHERE id IN (SELECT job_id FROM dependencies WHERE needs = ?)
"""

CANCEL_JOB = """
    UPDATE jobs SET status = 'cancelled', finished_at = ?
    WHERE id = ? AND status IN ('pending', 'processing')
"""
CANCEL_BUILD = """
    UPDATE jobs SET status = 'cancelled', finished_at = ?
    WHERE build_id = ? AND status IN ('pending', 'processing') AND collected = 0
"""

_ENDED = "build_id = ? AND collected = 0 AND status IN ('completed', 'failed', 'cancelled')"
ANY_ENDED = f"SELECT 1 FROM jobs WHERE {_ENDED} LIMIT 1"
COLLECT = f"""
    UPDATE jobs SET collected = 1 WHERE {_ENDED}
    RETURNING id, request_id, status, result_key, error,
              max(coalesce(finished_at - started_at, 0), 0),  -- the clock may have been set back
              coalesce(started_at, 0), coalesce(worker_id, '')
"""

# Grouped by status, too, since that is the index's order.
COUNT_OPEN = """
    SELECT job_type, count(*) FROM jobs
    WHERE build_id = ? AND status IN ('pending', 'processing') AND collected = 0
    GROUP BY status, job_type
"""

# All jobs that need job ?, directly or through others.
DEPENDANTS = """
    WITH RECURSIVE dependants (id) AS (
        SELECT job_id FROM dependencies WHERE needs = ?
        UNION SELECT d.job_id FROM dependencies d JOIN dependants ON d.needs = dependants.id)
    SELECT id FROM dependants
"""
