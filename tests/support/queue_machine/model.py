"""Model of the queue in plain Python, with the expected state of the real one."""

from __future__ import annotations

from attrs import define, field

from clm.database.queue.rows import ClaimedJob
from clm.jobs.status import FINAL, JobStatus

_REOPENED = (JobStatus.FAILED, JobStatus.CANCELLED)


@define
class ModelJob:
    """The expected state of one job."""

    build: str
    type: str
    priority: int
    max_attempts: int
    needs: list[int]
    status: JobStatus = JobStatus.PENDING
    attempts: int = 0
    token: int = 0
    holder: str | None = None
    lease_until: float = 0.0
    collected: bool = False


@define
class Model:
    """The jobs by id, and the id of the next job; ids are never reused."""

    jobs: dict[int, ModelJob] = field(factory=dict)
    next_id: int = 1

    def add(self, job: ModelJob) -> int:
        job_id = self.next_id
        self.next_id += 1
        self.jobs[job_id] = job
        return job_id

    def next_job(self, build: str, type_: str) -> int | None:
        ready = [
            (-job.priority, job_id)
            for job_id, job in self.jobs.items()
            if (job.build, job.type, job.status) == (build, type_, JobStatus.PENDING)
            and all(self.jobs[n].status is JobStatus.COMPLETED for n in job.needs)
        ]
        return min(ready)[1] if ready else None

    def holds(self, ticket: ClaimedJob) -> bool:
        job = self.jobs.get(ticket.id)
        return job is not None and (job.status, job.token) == (JobStatus.PROCESSING, ticket.token)

    def held_by(self, worker: str, build: str | None = None) -> list[int]:
        return [
            i
            for i, j in self.jobs.items()
            if j.status is JobStatus.PROCESSING and j.holder == worker and build in (None, j.build)
        ]

    def expired(self, now: float) -> list[int]:
        return [
            i
            for i, j in self.jobs.items()
            if j.status is JobStatus.PROCESSING and j.lease_until < now
        ]

    def end(self, job_id: int, status: JobStatus) -> None:
        """Ends a job and, unless it is completed, all its dependants."""
        self.jobs[job_id].status = status
        if status is JobStatus.COMPLETED:
            return
        for other_id, other in self.jobs.items():
            if job_id in other.needs and other.status is JobStatus.PENDING:
                self.end(other_id, status)

    def end_with_dependencies(self, job_id: int) -> None:
        """Ends a new job at once if one of its dependencies has failed or was cancelled."""
        for need in sorted(self.jobs[job_id].needs):
            status = self.jobs[need].status
            if status in (JobStatus.FAILED, JobStatus.CANCELLED):
                if self.jobs[job_id].status is JobStatus.PENDING:
                    self.end(job_id, status)
                return

    def take_back(self, job_id: int) -> None:
        job = self.jobs[job_id]
        if job.attempts < job.max_attempts:
            job.status = JobStatus.PENDING
        else:
            self.end(job_id, JobStatus.FAILED)

    def reopen(self, job_id: int) -> list[int]:
        """Requeues a failed or cancelled job and its dependencies; returns their ids."""
        if self.jobs[job_id].status not in _REOPENED:
            return []
        family = [i for i in self._with_needs(job_id) if self.jobs[i].status in _REOPENED]
        for i in family:
            job = self.jobs[i]
            job.status, job.attempts, job.collected = JobStatus.PENDING, 0, False
        return family

    def _with_needs(self, job_id: int) -> set[int]:
        needs = self.jobs[job_id].needs
        return {job_id}.union(*(self._with_needs(needed) for needed in needs))

    def forget(self, build: str) -> None:
        self.jobs = {i: j for i, j in self.jobs.items() if j.build != build}

    def open(self, build: str) -> list[int]:
        return [i for i, j in self.jobs.items() if j.build == build and j.status not in FINAL]
