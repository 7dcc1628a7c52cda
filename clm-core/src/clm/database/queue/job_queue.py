"""Job queue in an SQLite file.

Every change is one immediate transaction. A claim issues a fencing token, which only increases;
a move out of `processing` names the job and its token. If no row matches, the job was taken from
the worker in the meantime: the method returns False and the result is discarded.

Leases are measured on a clock that all processes of the host share and that does not jump
(`time.monotonic`); timestamps for display are seconds since the epoch.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from clm.database.queue.rows import ClaimedJob, JobRow, QueuedJob
from clm.database.queue.schema import QUEUE_SCHEMA
from clm.database.queue.statements import (
    ANY_ENDED,
    CANCEL_BUILD,
    CANCEL_JOB,
    CLAIM,
    COLLECT,
    COUNT_OPEN,
    DEPENDANTS,
    HELD,
    NEXT,
    UNBLOCK,
    insert_jobs,
)
from clm.database.sqlite.connection import BUSY_SECONDS, Database, file_identity, open_database
from clm.database.sqlite.recovery import open_disposable
from clm.errors import DatabaseError, Diagnostic
from clm.jobs.serialization import dump_diagnostics
from clm.jobs.status import LEASE_SECONDS, JobStatus

__all__ = ["ClaimedJob", "JobQueue", "JobRow", "QueuedJob"]


class JobQueue(Database):
    """The jobs of all builds that share one database; for use by one thread.

    Raises (all methods): DatabaseBusyError, DatabaseCorruptError, DatabaseError.
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = True,
        clock: Callable[[], float] = time.monotonic,
        lease_seconds: float = LEASE_SECONDS,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        connection = open_database(path, QUEUE_SCHEMA, create=create, busy_seconds=busy_seconds)
        super().__init__(path, QUEUE_SCHEMA, connection)
        self._identity = file_identity(path)
        self._clock = clock
        self._lease_seconds = lease_seconds

    # -- adding -------------------------------------------------------------------------------

    def add_job(self, job: QueuedJob) -> int:
        """Adds one job; see `add_jobs`."""
        return self.add_jobs([job])[0]

    def add_jobs(self, jobs: Sequence[QueuedJob]) -> list[int]:
        """Adds jobs in one transaction, all or none, and returns their ids in order.

        A job whose dependency has failed or was cancelled fails or is cancelled at once.

        Raises:
            ValueError: a request id is already in the queue, a needed one is neither in the queue
                nor among `jobs`, or the dependencies form a cycle.
        """
        with self.writing() as connection:
            ids = insert_jobs(connection, jobs)
            for job, job_id in zip(jobs, ids, strict=True):
                if job.needs:
                    self._end_with_dependencies(job_id)
        return ids

    def _end_with_dependencies(self, job_id: int) -> None:
        ended = self.connection.execute(
            "SELECT j.id, j.status FROM dependencies d JOIN jobs j ON j.id = d.needs "
            "WHERE d.job_id = ? AND j.status IN ('failed', 'cancelled') ORDER BY j.id LIMIT 1",
            (job_id,),
        ).fetchone()
        if ended:
            ids = [job_id, *self._dependants(job_id)]
            self._end_pending(ids, ended[0], JobStatus(ended[1]))

    # -- worker operations --------------------------------------------------------------------

    def get_next_job(
        self, worker_id: str, build_id: str, job_type: str, tools: str = ""
    ) -> ClaimedJob | None:
        """Claims the build's next job of that type: by priority, then in the order added.

        With `tools`, the fingerprint of a job type, only jobs that were planned for these tools.
        If no job is claimable, returns None and marks the worker idle in the same transaction,
        so a process that adds a job afterwards knows that it must wake the worker.
        """
        with self.writing():
            return self._claim(worker_id, build_id, job_type, tools)

    def update_job_status(
        self,
        job: ClaimedJob,
        status: JobStatus,
        *,
        result_key: str | None = None,
        diagnostics: Iterable[Diagnostic] = (),
    ) -> bool:
        """Changes the status of a claimed job; False if the worker no longer holds it.

        `completed` takes the key of the result; `failed`, which is final, takes diagnostics;
        `cancelled` neither. `pending` returns the job to the queue without counting an attempt.
        """
        with self.writing():
            return self._move(job, status, result_key, diagnostics)

    def finish_and_get_next(
        self,
        job: ClaimedJob,
        status: JobStatus,
        worker_id: str,
        *,
        result_key: str | None = None,
        diagnostics: Iterable[Diagnostic] = (),
    ) -> tuple[bool, ClaimedJob | None]:
        """`update_job_status` and `get_next_job` in one transaction."""
        with self.writing():
            moved = self._move(job, status, result_key, diagnostics)
            return moved, self._claim(worker_id, job.build_id, job.job_type)

    def retry_job(self, job: ClaimedJob, diagnostics: Iterable[Diagnostic]) -> bool:
        """Requeues the job if it has attempts left, else fails it with `diagnostics`.

        False if the worker no longer holds it.
        """
        with self.writing() as connection:
            held = connection.execute(HELD, (job.id, job.token)).fetchone()
            if held:
                self._requeue_or_fail(job.id, dump_diagnostics(diagnostics))
            return bool(held)

    def renew_lease(self, job: ClaimedJob) -> bool:
        """Extends the job's lease by another period; False if the worker no longer holds it."""
        return self.changes_one(
            "UPDATE jobs SET lease_until = ? WHERE id = ? AND token = ? AND status = 'processing'",
            self._clock() + self._lease_seconds,
            job.id,
            job.token,
        )

    def _claim(
        self, worker_id: str, build_id: str, job_type: str, tools: str = ""
    ) -> ClaimedJob | None:
        lease_until = self._clock() + self._lease_seconds
        # fetchall: with RETURNING, SQLite keeps the write lock until all rows are fetched.
        rows = self.connection.execute(
            CLAIM, (build_id, job_type, tools, worker_id, lease_until, time.time())
        ).fetchall()
        if rows:
            return ClaimedJob.from_row(rows[0])
        self.connection.execute(
            "UPDATE workers SET status = 'idle' WHERE id = ? AND status NOT IN ('idle', 'stopped')",
            (worker_id,),
        )
        return None

    def _move(
        self,
        job: ClaimedJob,
        status: JobStatus,
        result_key: str | None,
        diagnostics: Iterable[Diagnostic],
    ) -> bool:
        if status is JobStatus.PROCESSING:
            raise ValueError("only get_next_job moves a job to processing")
        returned = status is JobStatus.PENDING
        changed = self.connection.execute(
            "UPDATE jobs SET status = ?, result_key = ?, error = ?, finished_at = ?, "
            "attempts = attempts - ? WHERE id = ? AND token = ? AND status = 'processing'",
            (
                status,
                result_key,
                dump_diagnostics(diagnostics) if diagnostics else None,
                None if returned else time.time(),
                int(returned),
                job.id,
                job.token,
            ),
        )
        if changed.rowcount != 1:
            return False
        if status is JobStatus.COMPLETED:
            self.connection.execute(UNBLOCK, (job.id,))
        elif not returned:
            self._end_dependants(job.id, status)
        return True

    # -- builder operations -------------------------------------------------------------------

    def release_jobs_of(
        self, worker_id: str, diagnostics: Iterable[Diagnostic], *, build_id: str = ""
    ) -> int:
        """Requeues the jobs that a dead worker held, only those of `build_id` if it is given; a
        job without attempts left fails. Returns how many."""
        if build_id:
            return self._requeue_held(
                "(worker_id, build_id) = (?, ?)", diagnostics, worker_id, build_id
            )
        return self._requeue_held("worker_id = ?", diagnostics, worker_id)

    def rescue_expired(self, diagnostics: Iterable[Diagnostic]) -> int:
        """Requeues all jobs whose lease has expired; a job without attempts left fails."""
        return self._requeue_held("lease_until < ?", diagnostics, self._clock())

    def _requeue_held(self, condition: str, diagnostics: Iterable[Diagnostic], *values: Any) -> int:
        query = f"SELECT id FROM jobs WHERE status = 'processing' AND collected = 0 AND {condition}"
        with self.reading():
            if not self.connection.execute(query, values).fetchone():
                return 0  # the common case, without the write lock
        error = dump_diagnostics(diagnostics)
        with self.writing() as connection:
            ids = [row[0] for row in connection.execute(query, values).fetchall()]
            for job_id in ids:
                self._requeue_or_fail(job_id, error)
        return len(ids)

    def _requeue_or_fail(self, job_id: int, error: str) -> None:
        requeued = self.connection.execute(
            "UPDATE jobs SET status = 'pending', worker_id = NULL, lease_until = NULL "
            "WHERE id = ? AND attempts < max_attempts",
            (job_id,),
        )
        if requeued.rowcount == 0:
            self._fail(job_id, error)

    def _fail(self, job_id: int, error: str) -> None:
        self.connection.execute(
            "UPDATE jobs SET status = 'failed', error = ?, finished_at = ? "
            "WHERE id = ? AND status IN ('pending', 'processing')",
            (error, time.time(), job_id),
        )
        self._end_dependants(job_id, JobStatus.FAILED)

    def _end_dependants(self, job_id: int, status: JobStatus) -> None:
        ids = self._dependants(job_id)
        if ids:
            self._end_pending(ids, job_id, status)

    def _dependants(self, job_id: int) -> list[int]:
        rows = self.connection.execute(DEPENDANTS, (job_id,)).fetchall()
        return [row[0] for row in rows]

    def _end_pending(self, ids: Iterable[int], cause: int, status: JobStatus) -> None:
        """Ends the pending jobs among `ids`, since their dependency `cause` ended in `status`."""
        rows = self.connection.execute("SELECT source FROM jobs WHERE id = ?", (cause,))
        ended = "failed" if status is JobStatus.FAILED else "was cancelled"
        message = f"not run: it needs {rows.fetchone()[0]}, which {ended}"
        error = dump_diagnostics([Diagnostic(message, hint="fix that first")])
        self.connection.executemany(
            "UPDATE jobs SET status = ?, error = ?, finished_at = ? "
            "WHERE id = ? AND status = 'pending'",
            [(status, error, time.time(), job_id) for job_id in ids],
        )

    def fail_pending(self, build_id: str, job_type: str, diagnostics: Iterable[Diagnostic]) -> int:
        """Fails all pending jobs of that type, which no worker can run; returns how many."""
        error = dump_diagnostics(diagnostics)
        with self.writing() as connection:
            rows = connection.execute(
                "SELECT id FROM jobs WHERE build_id = ? AND job_type = ? "
                "AND status = 'pending' AND collected = 0 ORDER BY id",
                (build_id, job_type),
            ).fetchall()
            for (job_id,) in rows:
                self._fail(job_id, error)
        return len(rows)

    def cancel_job(self, job_id: int) -> bool:
        """Cancels a job and the jobs that depend on it; False if it has already ended.

        A worker that runs it notices at its next heartbeat; its result is discarded.
        """
        with self.writing() as connection:
            changed = connection.execute(CANCEL_JOB, (time.time(), job_id))
            if changed.rowcount == 0:
                return False
            self._end_dependants(job_id, JobStatus.CANCELLED)
            return True

    def cancel_build(self, build_id: str) -> int:
        """Cancels all jobs of a build that have not ended; returns how many."""
        with self.writing() as connection:
            return connection.execute(CANCEL_BUILD, (time.time(), build_id)).rowcount

    def collect_finished(self, build_id: str) -> list[JobRow]:
        """The build's jobs that have ended since the last call; each is returned once."""
        with self.reading():
            if not self.connection.execute(ANY_ENDED, (build_id,)).fetchone():
                return []  # without the write lock
        with self.writing() as connection:
            rows = connection.execute(COLLECT, (build_id,)).fetchall()
        return sorted((JobRow(*row) for row in rows), key=lambda job: job.id)

    # -- queries ------------------------------------------------------------------------------

    def result_key(self, build_id: str, request_id: str) -> str | None:
        """The key of a completed job's result; None if it has not completed."""
        row = self.one(
            "SELECT result_key FROM jobs "
            "WHERE build_id = ? AND request_id = ? AND status = 'completed'",
            build_id,
            request_id,
        )
        return row[0] if row else None

    def processing(self, build_id: str) -> dict[int, tuple[int, str]]:
        """The jobs in progress: id to (attempt, request id)."""
        rows = self.all(
            "SELECT id, attempts, request_id FROM jobs "
            "WHERE build_id = ? AND status = 'processing' AND collected = 0",
            build_id,
        )
        return {job_id: (attempts, request) for job_id, attempts, request in rows}

    def count_open(self, build_id: str) -> dict[str, int]:
        """The number of jobs of each type that have not ended."""
        self._check_file()
        rows = self.all(COUNT_OPEN, build_id)
        counts: Counter[str] = Counter()
        for job_type, count in rows:
            counts[job_type] += count
        return dict(counts)

    def claimable(self, build_id: str, job_type: str, tools: str = "") -> bool:
        """Whether a job is ready for a worker with these tools; takes no write lock."""
        self._check_file()
        row = self.one(NEXT, build_id, job_type, tools)
        return row is not None

    def _check_file(self) -> None:
        # An open connection stays on the old file, so its process would wait forever.
        if file_identity(self.path) != self._identity:
            raise DatabaseError(
                f"the job queue at {self.path} was removed or replaced while in use",
                hint="build again",
            )


def open_queue(path: Path) -> JobQueue:
    """Opens the queue at `path`; a damaged file is renamed, with a warning, and recreated.

    The queue is disposable: every build plans its jobs again.

    Raises:
        NotAClmDatabaseError: the file is intact, but is not CLM's.
    """
    return open_disposable(path, JobQueue, QUEUE_SCHEMA.name)
