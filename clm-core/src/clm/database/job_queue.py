"""The job queue: who does which job, decided by one SQLite file.

Every change is one immediate transaction. A claim hands out a token that only rises; whoever
wants to move a job out of `processing` names the job and its token, and where that changes no
row the job has meanwhile been taken away and the result is thrown away (`False`).

Leases are measured on a clock that all processes of the host share and that does not jump
(`time.monotonic`); the times for people are seconds since the epoch.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from attrs import frozen

from clm.database.connection import is_sound, open_database, transaction, translated
from clm.database.queue_schema import QUEUE_SCHEMA
from clm.errors import Diagnostic
from clm.jobs.serialization import dump_diagnostics
from clm.jobs.status import JobStatus

LEASE_SECONDS = 30.0


@frozen
class NewJob:
    """A job to be added. `needs` are request ids of the same build, added before or with it."""

    build_id: str
    request_id: str
    job_type: str
    payload: str
    fingerprint: str = ""
    inputs: str = "[]"
    outputs: str = "[]"
    source: str = ""
    correlation_id: str = ""
    priority: int = 0
    max_attempts: int = 3
    needs: tuple[str, ...] = ()


@frozen
class ClaimedJob:
    """A job in the hands of a worker; `(id, token)` is its ticket."""

    id: int
    token: int
    build_id: str
    request_id: str
    correlation_id: str
    job_type: str
    source: str
    payload: str
    fingerprint: str
    inputs: str
    outputs: str
    attempts: int
    max_attempts: int


@frozen
class FinishedJob:
    """A job in a final state; `seconds` from its last claim to its end."""

    id: int
    request_id: str
    status: JobStatus
    result_key: str | None
    error: str | None
    seconds: float


_CLAIMED = ", ".join(field.name for field in ClaimedJob.__attrs_attrs__)

_CLAIM = f"""
    UPDATE jobs SET status = 'processing', attempts = attempts + 1, token = token + 1,
                    worker_id = ?, lease_until = ?, started_at = ?
    WHERE id = (SELECT id FROM jobs
                WHERE build_id = ? AND job_type = ? AND status = 'pending' AND blockers = 0
                ORDER BY priority DESC, id LIMIT 1)
    RETURNING {_CLAIMED}
"""

# All jobs that need job ?, directly or through others.
_DEPENDANTS = """
    WITH RECURSIVE dependants (id) AS (
        SELECT job_id FROM dependencies WHERE needs = ?
        UNION SELECT d.job_id FROM dependencies d JOIN dependants ON d.needs = dependants.id)
    SELECT id FROM dependants
"""


class JobQueue:
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
    ) -> None:
        self.path = path
        self.connection = open_database(path, QUEUE_SCHEMA, create=create)
        self._clock = clock
        self._lease_seconds = lease_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    def is_sound(self) -> bool:
        """Whether SQLite finds the file undamaged."""
        return is_sound(self.connection)

    # -- adding -------------------------------------------------------------------------------

    def add_job(self, job: NewJob) -> int:
        """Adds one job; see `add_jobs`."""
        return self.add_jobs([job])[0]

    def add_jobs(self, jobs: Sequence[NewJob]) -> list[int]:
        """Adds jobs in one transaction, all or none, and returns their ids in order.

        A job that needs one that has failed or been cancelled ends like it at once.

        Raises:
            ValueError: a job needs one that is neither in the queue nor among `jobs`.
        """
        with self._write() as connection:
            row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'")
            first = ((row.fetchone() or (0,))[0]) + 1
            ids = list(range(first, first + len(jobs)))
            connection.executemany(
                _INSERT, (_row(job, i) for i, job in zip(ids, jobs, strict=True))
            )
            self._add_dependencies(jobs, ids)
        return ids

    def _add_dependencies(self, jobs: Sequence[NewJob], ids: Sequence[int]) -> None:
        new = {(job.build_id, job.request_id): i for job, i in zip(jobs, ids, strict=True)}
        for job, job_id in zip(jobs, ids, strict=True):
            for name in job.needs:
                needs = new.get((job.build_id, name)) or self._id_of(job.build_id, name)
                if needs is None:
                    raise ValueError(f"job {job.request_id!r} needs {name!r}, which is unknown")
                self.connection.execute(
                    "INSERT OR IGNORE INTO dependencies (job_id, needs) VALUES (?, ?)",
                    (job_id, needs),
                )
        with_needs = [(i, i) for job, i in zip(jobs, ids, strict=True) if job.needs]
        self.connection.executemany(_COUNT_BLOCKERS, with_needs)
        for job_id, _ in with_needs:
            self._end_with_what_it_needs(job_id)

    def _id_of(self, build_id: str, request_id: str) -> int | None:
        row = self.connection.execute(
            "SELECT id FROM jobs WHERE build_id = ? AND request_id = ?", (build_id, request_id)
        ).fetchone()
        return row[0] if row else None

    def _end_with_what_it_needs(self, job_id: int) -> None:
        ended = self.connection.execute(
            "SELECT j.id, j.status FROM dependencies d JOIN jobs j ON j.id = d.needs "
            "WHERE d.job_id = ? AND j.status IN ('failed', 'cancelled') ORDER BY j.id LIMIT 1",
            (job_id,),
        ).fetchone()
        if ended:
            self._end_dependants(ended[0], JobStatus(ended[1]))

    # -- a worker's moves ---------------------------------------------------------------------

    def get_next_job(self, worker_id: str, build_id: str, job_type: str) -> ClaimedJob | None:
        """Claims the build's next job of that type: highest priority, then first in.

        None where nothing is claimable; the worker is then marked idle in the same
        transaction, so whoever adds a job afterwards sees that it must be woken.
        """
        with self._write():
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
        with self._write():
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
        with self._write():
            moved = self._move(job, status, result_key, diagnostics)
            return moved, self._claim(worker_id, job.build_id, job.job_type)

    def retry_job(self, job: ClaimedJob, diagnostics: Iterable[Diagnostic]) -> bool:
        """Back to `pending` where the job has attempts left, else `failed` with `diagnostics`.

        False where it is no longer this worker's to move.
        """
        with self._write() as connection:
            held = connection.execute(_HELD, (job.id, job.token)).fetchone()
            if held:
                self._return_or_fail(job.id, dump_diagnostics(diagnostics))
            return bool(held)

    def renew_lease(self, job: ClaimedJob) -> bool:
        """Keeps the job for another lease; False where it is no longer this worker's."""
        with self._write() as connection:
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
            _CLAIM, (worker_id, lease_until, time.time(), build_id, job_type)
        ).fetchall()
        if rows:
            return ClaimedJob(*rows[0])
        self.connection.execute(
            "UPDATE workers SET status = 'idle' WHERE id = ? AND status <> 'stopped'", (worker_id,)
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
            self.connection.execute(_UNBLOCK, (job.id,))
        elif not given_back:
            self._end_dependants(job.id, status)
        return True

    # -- the builder's moves ------------------------------------------------------------------

    def release_jobs_of(self, worker_id: str, diagnostics: Iterable[Diagnostic]) -> int:
        """Takes back what a dead worker held; a job without attempts left fails."""
        return self._take_back("worker_id = ?", worker_id, diagnostics)

    def rescue_expired(self, diagnostics: Iterable[Diagnostic]) -> int:
        """Takes back all jobs whose lease has run out; a job without attempts left fails."""
        return self._take_back("lease_until < ?", self._clock(), diagnostics)

    def _take_back(self, condition: str, value: Any, diagnostics: Iterable[Diagnostic]) -> int:
        query = f"SELECT id FROM jobs WHERE status = 'processing' AND {condition}"
        if not self.connection.execute(query, (value,)).fetchone():
            return 0  # the usual case, without the write lock
        error = dump_diagnostics(diagnostics)
        with self._write() as connection:
            ids = [row[0] for row in connection.execute(query, (value,)).fetchall()]
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
            "UPDATE jobs SET status = 'failed', error = ?, finished_at = ? WHERE id = ?",
            (error, time.time(), job_id),
        )
        self._end_dependants(job_id, JobStatus.FAILED)

    def _end_dependants(self, job_id: int, status: JobStatus) -> None:
        ids = self.connection.execute(_DEPENDANTS, (job_id,)).fetchall()
        if not ids:
            return
        source = self.connection.execute("SELECT source FROM jobs WHERE id = ?", (job_id,))
        message = f"not done, since it needs {source.fetchone()[0]}, which was {status}"
        if status is JobStatus.FAILED:
            message = message.replace("was failed", "failed")
        error = dump_diagnostics([Diagnostic(message, hint="mend that first")])
        self.connection.executemany(
            "UPDATE jobs SET status = ?, error = ?, finished_at = ? "
            "WHERE id = ? AND status = 'pending'",
            [(status, error, time.time(), row[0]) for row in ids],
        )

    def fail_pending(self, build_id: str, job_type: str, diagnostics: Iterable[Diagnostic]) -> int:
        """Fails all waiting jobs of that type: nobody can do them."""
        error = dump_diagnostics(diagnostics)
        with self._write() as connection:
            rows = connection.execute(
                "SELECT id FROM jobs WHERE build_id = ? AND job_type = ? AND status = 'pending'",
                (build_id, job_type),
            ).fetchall()
            for (job_id,) in rows:
                self._fail(job_id, error)
        return len(rows)

    def cancel_job(self, job_id: int) -> bool:
        """Cancels a job and those that need it; False where it has ended already.

        A worker that is at it learns of it with its next heartbeat; its result is thrown away.
        """
        with self._write() as connection:
            changed = connection.execute(
                "UPDATE jobs SET status = 'cancelled', finished_at = ? "
                "WHERE id = ? AND status IN ('pending', 'processing')",
                (time.time(), job_id),
            )
            if changed.rowcount == 0:
                return False
            self._end_dependants(job_id, JobStatus.CANCELLED)
            return True

    def cancel_build(self, build_id: str) -> int:
        """Cancels all jobs of a build that have not ended."""
        with self._write() as connection:
            return connection.execute(
                "UPDATE jobs SET status = 'cancelled', finished_at = ? "
                "WHERE build_id = ? AND status IN ('pending', 'processing')",
                (time.time(), build_id),
            ).rowcount

    def collect_finished(self, build_id: str) -> list[FinishedJob]:
        """The build's jobs that have ended since the last call, each handed out once."""
        condition = (
            "build_id = ? AND collected = 0 AND status IN ('completed', 'failed', 'cancelled')"
        )
        query = f"SELECT 1 FROM jobs WHERE {condition} LIMIT 1"
        if not self.connection.execute(query, (build_id,)).fetchone():
            return []
        with self._write() as connection:
            rows = connection.execute(
                f"UPDATE jobs SET collected = 1 WHERE {condition} RETURNING id, request_id, "
                "status, result_key, error, coalesce(finished_at - started_at, 0)",
                (build_id,),
            ).fetchall()
        finished = [FinishedJob(i, r, JobStatus(s), k, e, t) for i, r, s, k, e, t in rows]
        return sorted(finished, key=lambda job: job.id)

    # -- looking ------------------------------------------------------------------------------

    def result_key(self, build_id: str, request_id: str) -> str | None:
        """The key of a completed job's result."""
        with translated(self.path):
            row = self.connection.execute(
                "SELECT result_key FROM jobs "
                "WHERE build_id = ? AND request_id = ? AND status = 'completed'",
                (build_id, request_id),
            ).fetchone()
        return row[0] if row else None

    def processing(self, build_id: str) -> dict[int, tuple[int, str]]:
        """The jobs being done now: id to (attempt, request id)."""
        with translated(self.path):
            rows = self.connection.execute(
                "SELECT id, attempts, request_id FROM jobs "
                "WHERE build_id = ? AND status = 'processing'",
                (build_id,),
            ).fetchall()
        return {job_id: (attempts, request) for job_id, attempts, request in rows}

    def count_open(self, build_id: str) -> dict[str, int]:
        """How many jobs of each type have not ended."""
        with translated(self.path):
            rows = self.connection.execute(
                "SELECT job_type, count(*) FROM jobs "
                "WHERE build_id = ? AND status IN ('pending', 'processing') GROUP BY job_type",
                (build_id,),
            ).fetchall()
        return dict(rows)

    def claimable(self, build_id: str, job_type: str) -> bool:
        """Whether a job waits for a worker; without taking a lock."""
        with translated(self.path):
            row = self.connection.execute(
                "SELECT 1 FROM jobs WHERE build_id = ? AND job_type = ? "
                "AND status = 'pending' AND blockers = 0 LIMIT 1",
                (build_id, job_type),
            ).fetchone()
        return row is not None

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with translated(self.path, QUEUE_SCHEMA.name), transaction(self.connection):
            yield self.connection


_COLUMNS = (
    "id, build_id, request_id, correlation_id, job_type, priority, max_attempts, source, "
    "payload, fingerprint, inputs, outputs, created_at"
)
_INSERT = f"INSERT INTO jobs ({_COLUMNS}) VALUES ({', '.join('?' * 13)})"
_COUNT_BLOCKERS = """
    UPDATE jobs SET blockers = (
        SELECT count(*) FROM dependencies d JOIN jobs n ON n.id = d.needs
        WHERE d.job_id = ? AND n.status <> 'completed')
    WHERE id = ?
"""
_UNBLOCK = """
    UPDATE jobs SET blockers = blockers - 1
    WHERE id IN (SELECT job_id FROM dependencies WHERE needs = ?)
"""
_HELD = "SELECT 1 FROM jobs WHERE id = ? AND token = ? AND status = 'processing'"


def _row(job: NewJob, job_id: int) -> tuple[Any, ...]:
    return (
        job_id,
        job.build_id,
        job.request_id,
        job.correlation_id,
        job.job_type,
        job.priority,
        job.max_attempts,
        job.source,
        job.payload,
        job.fingerprint,
        job.inputs,
        job.outputs,
        time.time(),
    )
