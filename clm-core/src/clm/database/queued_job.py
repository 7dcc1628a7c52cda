"""The job queue's rows as its callers see them."""

from __future__ import annotations

from attrs import frozen

from clm.jobs.status import JobStatus
from clm.jobs.work import Work


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
    """A job in a final state; `work` is that from its last claim to its end."""

    id: int
    request_id: str
    status: JobStatus
    result_key: str | None
    error: str | None
    work: Work
