"""The job queue: who does which job, decided by one SQLite file.

Every change is one immediate transaction. A claim hands out a token that only rises; whoever
wants to move a job out of `processing` names the job and its token, and where that changes no
row the job has meanwhile been taken away and the result is thrown away (`False`).

Leases are measured on a clock that all processes of the host share and that does not jump
(`time.monotonic`); the times for people are seconds since the epoch.
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
    """The jobs of all builds that share one database; for one thread.

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

        A job that needs one that has failed or been cancelled ends like it at once.

        Raises:
            ValueError: a request id is in the queue already, or is needed and is neither in the
                queue nor among `jobs`, or jobs need each other in a circle.
        """
        with self.writing() as connection:
            ids = insert_jobs(connection, jobs)
            for job, job_id in zip(jobs, ids, strict=True):
                if job.needs:
                    self._end_with_what_it_needs(job_id)
        return ids

    def _end_with_what_it_needs(self, job_id: int) -> None:
        ended = self.connection.execute(
            "SELECT j.id, j.status FROM dependencies d JOIN jobs j ON j.id = d.needs "
            "WHERE d.job_id = ? AND j.status IN ('failed', 'cancelled') ORDER BY j.id LIMIT 1",
            (job_id,),
        ).fetchone()
        if ended:
            waiting = [job_id, *self._dependants(job_id)]
            self._end_for(ended[0], JobStatus(ended[1]), waiting)

    # -- a worker's moves ---------------------------------------------------------------------

    def get_next_job(self, worker_id: str, build_id: str, job_type: str) -> ClaimedJob | None:
        """Claims the build's next job of that type: highest priority, then first in.

        None where nothing is claimable; the worker is then marked idle in the same
        transaction, so whoever adds a job afterwards sees that it must be woken.
        """
        with self.writing():
            return self._claim(worker_id, build_id, job_type)

    def update_job_status(
        self,
        job: ClaimedJob,
        status: JobStatus,
        *,
        result_key: str | None = None,
        diagnostics: Iterable[Diagnostic] = (),
    ) -> bool:
        """Moves a claimed job on; False where it is no longer this worker's to move.

        To `completed` with the key of its result, to `failed` for good with diagnostics, to
        `cancelled`, or back to `pending`: given back, which does not count as an attempt.
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
        """Back to `pending` where the job has attempts left, else `failed` with `diagnostics`.

        False where it is no longer this worker's to move.
        """
        with self.writing() as connection:
            held = connection.execute(HELD, (job.id, job.token)).fetchone()
            if held:
                self._return_or_fail(job.id, dump_diagnostics(diagnostics))
            return bool(held)

    def renew_lease(self, job: ClaimedJob) -> bool:
        """Keeps the job for another lease; False where it is no longer this worker's."""
        with self.writing() as connection:
            changed = connection.execute(
                "UPDATE jobs SET lease_until = ? "
                "WHERE id = ? AND token = ? AND status = 'processing'",
                (self._clock() + self._lease_seconds, job.id, job.token),
            )
            return changed.rowcount == 1

    def _claim(self, worker_id: str, build_id: str, job_type: str) -> ClaimedJob | None:
        lease_until = self._clock() + self._lease_seconds
        # fetchall: with RETURNING, SQLite keeps the write lock until all rows are fetched.
        rows = self.connection.execute(
            CLAIM, (worker_id, lease_until, time.time(), build_id, job_type)
        ).fetchall()
        if rows:
            return ClaimedJob(*rows[0])
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
            raise ValueError("a job gets into processing by get_next_job only")
        given_back = status is JobStatus.PENDING
        changed = self.connection.execute(
            "UPDATE jobs SET status = ?, result_key = ?, error = ?, finished_at = ?, "
            "attempts = attempts - ? WHERE id = ? AND token = ? AND status = 'processing'",
            (
                status,
                result_key,
                dump_diagnostics(diagnostics) if diagnostics else None,
                None if given_back else time.time(),
                int(given_back),
                job.id,
                job.token,
            ),
        )
        if changed.rowcount != 1:
            return False
        if status is JobStatus.COMPLETED:
            self.connection.execute(UNBLOCK, (job.id,))
        elif not given_back:
            self._end_dependants(job.id, status)
        return True

    # -- the builder's moves ------------------------------------------------------------------

    def release_jobs_of(
        self, worker_id: str, diagnostics: Iterable[Diagnostic], *, build_id: str = ""
    ) -> int:
        """Takes back what a dead worker held (of one build where it is named); a job without
        attempts left fails."""
        if build_id:
            return self._take_back(
                "(worker_id, build_id) = (?, ?)", diagnostics, worker_id, build_id
            )
        return self._take_back("worker_id = ?", diagnostics, worker_id)

    def rescue_expired(self, diagnostics: Iterable[Diagnostic]) -> int:
        """Takes back all jobs whose lease has run out; a job without attempts left fails."""
        return self._take_back("lease_until < ?", diagnostics, self._clock())

    def _take_back(self, condition: str, diagnostics: Iterable[Diagnostic], *values: Any) -> int:
        query = f"SELECT id FROM jobs WHERE status = 'processing' AND collected = 0 AND {condition}"
        with self.reading():
            if not self.connection.execute(query, values).fetchone():
                return 0  # the usual case, without the write lock
        error = dump_diagnostics(diagnostics)
        with self.writing() as connection:
            ids = [row[0] for row in connection.execute(query, values).fetchall()]
            for job_id in ids:
                self._return_or_fail(job_id, error)
        return len(ids)

    def _return_or_fail(self, job_id: int, error: str) -> None:
        returned = self.connection.execute(
            "UPDATE jobs SET status = 'pending', worker_id = NULL, lease_until = NULL "
            "WHERE id = ? AND attempts < max_attempts",
            (job_id,),
        )
        if returned.rowcount == 0:
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
            self._end_for(job_id, status, ids)

    def _dependants(self, job_id: int) -> list[int]:
        rows = self.connection.execute(DEPENDANTS, (job_id,)).fetchall()
        return [row[0] for row in rows]

    def _end_for(self, cause: int, status: JobStatus, ids: Iterable[int]) -> None:
        """Ends those of the jobs that still wait, since the job `cause` has ended so."""
        rows = self.connection.execute("SELECT source FROM jobs WHERE id = ?", (cause,))
        ended = "failed" if status is JobStatus.FAILED else "was cancelled"
        message = f"not done, since it needs {rows.fetchone()[0]}, which {ended}"
        error = dump_diagnostics([Diagnostic(message, hint="mend that first")])
        self.connection.executemany(
            "UPDATE jobs SET status = ?, error = ?, finished_at = ? "
            "WHERE id = ? AND status = 'pending'",
            [(status, error, time.time(), job_id) for job_id in ids],
        )

    def fail_pending(self, build_id: str, job_type: str, diagnostics: Iterable[Diagnostic]) -> int:
        """Fails all waiting jobs of that type: nobody can do them."""
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
        """Cancels a job and those that need it; False where it has ended already.

        A worker that is at it learns of it with its next heartbeat; its result is thrown away.
        """
        with self.writing() as connection:
            changed = connection.execute(CANCEL_JOB, (time.time(), job_id))
            if changed.rowcount == 0:
                return False
            self._end_dependants(job_id, JobStatus.CANCELLED)
            return True

    def cancel_build(self, build_id: str) -> int:
        """Cancels all jobs of a build that have not ended."""
        with self.writing() as connection:
            return connection.execute(CANCEL_BUILD, (time.time(), build_id)).rowcount

    def collect_finished(self, build_id: str) -> list[JobRow]:
        """The build's jobs that have ended since the last call, each handed out once."""
        with self.reading():
            if not self.connection.execute(ANY_ENDED, (build_id,)).fetchone():
                return []  # without the write lock
        with self.writing() as connection:
            rows = connection.execute(COLLECT, (build_id,)).fetchall()
        return sorted((JobRow(*row) for row in rows), key=lambda job: job.id)

    # -- looking ------------------------------------------------------------------------------

    def result_key(self, build_id: str, request_id: str) -> str | None:
        """The key of a completed job's result."""
        row = self.one(
            "SELECT result_key FROM jobs "
            "WHERE build_id = ? AND request_id = ? AND status = 'completed'",
            build_id,
            request_id,
        )
        return row[0] if row else None

    def processing(self, build_id: str) -> dict[int, tuple[int, str]]:
        """The jobs being done now: id to (attempt, request id)."""
        rows = self.all(
            "SELECT id, attempts, request_id FROM jobs "
            "WHERE build_id = ? AND status = 'processing' AND collected = 0",
            build_id,
        )
        return {job_id: (attempts, request) for job_id, attempts, request in rows}

    def count_open(self, build_id: str) -> dict[str, int]:
        """How many jobs of each type have not ended."""
        self._check_file()
        rows = self.all(COUNT_OPEN, build_id)
        counts: Counter[str] = Counter()
        for job_type, count in rows:
            counts[job_type] += count
        return dict(counts)

    def claimable(self, build_id: str, job_type: str) -> bool:
        """Whether a job waits for a worker; without taking the write lock."""
        self._check_file()
        row = self.one(NEXT, build_id, job_type)
        return row is not None

    def _check_file(self) -> None:
        # Whoever has it open goes on in the old file, and would wait there for ever.
        if file_identity(self.path) != self._identity:
            raise DatabaseError(
                f"the job queue at {self.path} was removed or replaced while in use",
                hint="build again",
            )


def open_queue(path: Path) -> JobQueue:
    """The queue at `path`; a damaged file is renamed, with a warning, and made anew.

    The queue is disposable: everything in it can be planned again.

    Raises:
        NotAClmDatabaseError: the file is an undamaged database of something else.
    """
    return open_disposable(path, JobQueue, QUEUE_SCHEMA.name)
