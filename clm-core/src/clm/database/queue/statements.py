"""SQL statements of the job queue."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from clm.database.queue.rows import CLAIMED_COLUMNS, JOB_COLUMNS, QueuedJob
from clm.jobs.tools import ENVIRONMENT

# With an empty text for ?3, jobs for any tools; else only those that were planned for these.
NEXT = f"""
    SELECT id FROM jobs
    WHERE build_id = ?1 AND job_type = ?2
    AND status = 'pending' AND blockers = 0 AND collected = 0
    AND (?3 = '' OR fingerprint = ?3 OR instr(fingerprint, ?3 || '{ENVIRONMENT}') = 1)
    ORDER BY priority DESC, id LIMIT 1
"""

CLAIM = f"""
    UPDATE jobs SET status = 'processing', attempts = attempts + 1, token = token + 1,
                    worker_id = ?4, lease_until = ?5, started_at = ?6
    WHERE id = ({NEXT})
    RETURNING {CLAIMED_COLUMNS}
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
COLLECT = f"UPDATE jobs SET collected = 1 WHERE {_ENDED} RETURNING {JOB_COLUMNS}"

# Also grouped by status, to follow the order of the index.
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


_COLUMNS = (
    "id, build_id, request_id, correlation_id, job_type, priority, max_attempts, source, "
    "work, fingerprint, created_at"
)
_INSERT = f"INSERT INTO jobs ({_COLUMNS}) VALUES ({', '.join('?' * 11)})"
_NEED = "INSERT OR IGNORE INTO dependencies (job_id, needs) VALUES (?, ?)"
_COUNT_BLOCKERS = """
    UPDATE jobs SET blockers = (
        SELECT count(*) FROM dependencies d JOIN jobs n ON n.id = d.needs
        WHERE d.job_id = ? AND n.status <> 'completed')
    WHERE id = ?
"""


def insert_jobs(connection: sqlite3.Connection, jobs: Sequence[QueuedJob]) -> list[int]:
    """Inserts the jobs, blocked by their dependencies; returns their ids, in order.

    Raises:
        ValueError: a request id already exists, a needed one is unknown, or the dependencies form
            a cycle.
    """
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'").fetchone()
    first = (row[0] if row else 0) + 1
    ids = list(range(first, first + len(jobs)))
    now = time.time()
    try:
        connection.executemany(
            _INSERT, [_row(job, i, now) for i, job in zip(ids, jobs, strict=True)]
        )
    except sqlite3.IntegrityError as error:
        raise ValueError(f"a job cannot be added: {error}") from error
    _insert_needs(connection, jobs, ids)
    return ids


def _insert_needs(
    connection: sqlite3.Connection, jobs: Sequence[QueuedJob], ids: Sequence[int]
) -> None:
    with_needs = [(i, job) for i, job in zip(ids, jobs, strict=True) if job.needs]
    if not with_needs:
        return
    _reject_cycles(jobs)
    for job_id, job in with_needs:
        needed = [(job_id, _id_of(connection, job, name)) for name in job.needs]
        connection.executemany(_NEED, needed)
    connection.executemany(_COUNT_BLOCKERS, [(i, i) for i, _ in with_needs])


def _id_of(connection: sqlite3.Connection, job: QueuedJob, name: str) -> int:
    row = connection.execute(
        "SELECT id FROM jobs WHERE build_id = ? AND request_id = ?", (job.build_id, name)
    ).fetchone()
    if row is None:
        raise ValueError(f"job {job.request_id!r} needs an unknown job, {name!r}")
    return int(row[0])


def _reject_cycles(jobs: Sequence[QueuedJob]) -> None:
    """Rejects dependency cycles, whose jobs would never become ready. Checking new jobs is enough:
    jobs in the queue do not need jobs that are added later."""
    needs = {(j.build_id, j.request_id): [(j.build_id, name) for name in j.needs] for j in jobs}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        cycle = " -> ".join(name for _, name in error.args[1])
        raise ValueError(f"the dependencies of jobs form a cycle: {cycle}") from error


def _row(job: QueuedJob, job_id: int, now: float) -> tuple[Any, ...]:
    return (
        job_id,
        job.build_id,
        job.request_id,
        job.correlation_id,
        job.job_type,
        job.priority,
        job.max_attempts,
        job.source,
        job.work,
        job.fingerprint,
        now,
    )
