"""Row types of the job queue."""

from __future__ import annotations

import json
import zlib
from typing import Any, Self

import psutil
from attrs import evolve, field, fields, frozen

from clm.jobs.status import JobStatus
from clm.jobs.work import Work


@frozen
class QueuedJob:
    """A job to add. `needs` are request ids of the same build, added before or with it."""

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

    @property
    def work(self) -> bytes:
        """What a worker needs, as it is stored: a fifth of the space, mostly of names of fields."""
        return zlib.compress(json.dumps((self.payload, self.inputs, self.outputs)).encode(), 1)


@frozen
class ClaimedJob:
    """A job that a worker has claimed; `(id, token)` identifies the claim."""

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

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> Self:
        """The job of a row with `CLAIMED_COLUMNS`; in an older file, its work is not compressed."""
        *names, work, fingerprint, attempts, max_attempts = row
        text = work if isinstance(work, str) else zlib.decompress(work)
        payload, inputs, outputs = json.loads(text)
        job = (*names, payload, fingerprint, inputs, outputs, attempts, max_attempts)
        return cls(*job)

    @property
    def label(self) -> str:
        """The job in a log: several jobs, also of one type, may have the same source."""
        return f"job {self.correlation_id or self.id} ({self.job_type}) of {self.source}"


CLAIMED_COLUMNS = (
    "id, token, build_id, request_id, correlation_id, job_type, source, "
    "work, fingerprint, attempts, max_attempts"
)


@frozen
class JobRow:
    """A row of the table `jobs`; times are seconds since the epoch, `error` is JSON."""

    id: int
    build_id: str
    request_id: str
    correlation_id: str
    job_type: str
    source: str
    status: JobStatus = field(converter=JobStatus)
    priority: int
    blockers: int
    attempts: int
    max_attempts: int
    worker_id: str | None
    result_key: str | None
    error: str | None
    created_at: float
    started_at: float | None
    finished_at: float | None

    @property
    def work(self) -> Work:
        """The work from the job's last claim to its end."""
        started = self.started_at or 0.0
        # The clock may have been set back.
        seconds = max((self.finished_at or 0.0) - started, 0.0) if started else 0.0
        return Work(seconds, started, self.worker_id or "")


JOB_COLUMNS = ", ".join(field.name for field in fields(JobRow))

_ENDED = ("stopped", "dead")


@frozen
class WorkerRow:
    """A worker; times are seconds since the epoch, CPU time and memory include its descendants.

    `build_id` is the build or the persistent pool that started it. `progress` (0 to 1) and
    `progress_text` are the last progress that the converter reported for the job `progress_job`.
    """

    id: str
    build_id: str
    job_type: str
    executor: str
    pid: int
    status: str
    started_at: float
    heartbeat_at: float
    processed: int
    failed: int
    busy_seconds: float
    cpu_seconds: float
    memory_bytes: int
    control_address: str
    log_path: str
    progress_job: int | None
    progress: float | None
    progress_text: str

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> WorkerRow:
        """The worker of a row; `dead` if its process no longer exists."""
        worker = cls(*row)
        if is_active(worker) and not _has_process(worker):
            return evolve(worker, status="dead")
        return worker


def worker_columns() -> str:
    """The columns of the table `workers`, in the order of the class's attributes."""
    return ", ".join(field.name for field in fields(WorkerRow))


def is_active(worker: WorkerRow) -> bool:
    """Whether the worker has not ended."""
    return worker.status not in _ENDED


def _has_process(worker: WorkerRow) -> bool:
    try:
        process = psutil.Process(worker.pid)
        # Another process may have the id by now; it was then created after the worker's start.
        later = process.create_time() > worker.started_at + 60
        return process.status() != psutil.STATUS_ZOMBIE and not later
    except psutil.Error:
        return False
