"""Shared state of the machine's rules: queues, model, and checked claims and moves."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from clm.database.queue.job_queue import JobQueue
from clm.database.queue.registry import Registry
from clm.database.queue.requeue import requeue_job
from clm.database.queue.rows import ClaimedJob, QueuedJob
from clm.errors import Diagnostic
from clm.jobs.status import JobStatus
from queue_machine.model import Model, ModelJob

LEASE = 30.0
ERRORS = [Diagnostic("by the machine")]
BUILDS = st.sampled_from(["build-1", "build-2"])
TYPES = st.sampled_from(["type-a", "type-b"])
WORKERS = st.sampled_from(["worker-1", "worker-2", "worker-3"])
INDEXES = st.integers(0, 1000)
OUTCOMES = st.sampled_from(
    [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.PENDING]
)
RARELY = st.integers(0, 4)  # 0 acts: operations that end many jobs are rare, else no job gets far


class MachineState(RuleBasedStateMachine):
    """Several workers and a builder on one SQLite file, each with its own connection."""

    queue_class: Any = JobQueue
    registry_class: Any = Registry
    requeue_job: Callable[[Any, int], bool] = staticmethod(requeue_job)
    template: Path | None = None

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="queue-machine-"))
        self.path = self.folder / "clm_jobs.db"
        self.now = 1000.0
        if self.template is not None:
            shutil.copyfile(self.template, self.path)
        self.queues = {
            name: self.queue_class(self.path, clock=lambda: self.now, lease_seconds=LEASE)
            for name in ("builder", "worker-1", "worker-2", "worker-3")
        }
        self.builder = self.queues["builder"]
        self.model = Model()
        self.tickets: list[tuple[str, ClaimedJob]] = []
        self.urgency = 9
        self.granted: set[tuple[int, int]] = set()
        self.seen: dict[int, tuple[str, int]] = {}

    def teardown(self) -> None:
        for queue in self.queues.values():
            queue.close()
        shutil.rmtree(self.folder)

    def any_job(self, index: int) -> int:
        ids = sorted(self.model.jobs)
        return ids[index % len(ids)]

    def any_ticket(self, index: int) -> tuple[str, ClaimedJob]:
        return self.tickets[-1 - index % len(self.tickets)]

    # -- claims and moves, checked ------------------------------------------------------------

    def claim_now(self, worker: str, build: str, type_: str) -> ClaimedJob | None:
        claimed = self.queues[worker].get_next_job(worker, build, type_)
        return self.check_claim(worker, build, type_, claimed)

    def check_claim(
        self, worker: str, build: str, type_: str, claimed: ClaimedJob | None
    ) -> ClaimedJob | None:
        """Checks a claim: the first ready job of the highest priority; no claim is issued twice."""
        expected = self.model.next_job(build, type_)
        assert (claimed.id if claimed else None) == expected
        if claimed is None:
            return None
        assert (claimed.id, claimed.token) not in self.granted
        self.granted.add((claimed.id, claimed.token))
        self.tickets.append((worker, claimed))
        job = self.model.jobs[claimed.id]
        job.status, job.holder = JobStatus.PROCESSING, worker
        job.attempts += 1
        job.token += 1
        job.lease_until = self.now + LEASE
        assert (claimed.token, claimed.attempts) == (job.token, job.attempts)
        return claimed

    def move(self, ticket: ClaimedJob, outcome: JobStatus, held: bool) -> None:
        """Applies a worker's move to the model."""
        if not held:
            return
        if outcome is JobStatus.PENDING:
            self.model.jobs[ticket.id].attempts -= 1
            self.model.jobs[ticket.id].status = JobStatus.PENDING
        else:
            self.model.end(ticket.id, outcome)

    def rescue_now(self) -> None:
        expired = self.model.expired(self.now)
        assert self.builder.rescue_expired(ERRORS) == len(expired)
        for job_id in expired:
            self.model.take_back(job_id)

    def add_two_more_urgent(self, build: str, type_: str, *, chained: bool) -> tuple[int, int]:
        """Adds two jobs of higher priority than all others: both of the same, or, if `chained`,
        the second needs the first and has a higher one."""
        self.urgency += 1
        first = self.model.add(ModelJob(build, type_, self.urgency, 3, []))
        self.urgency += chained
        needs = [first] if chained else []
        second = self.model.add(ModelJob(build, type_, self.urgency, 3, needs))
        new = [as_new_job(job_id, self.model.jobs[job_id]) for job_id in (first, second)]
        assert self.builder.add_jobs(new) == [first, second]
        return first, second

    def add_one_more_urgent(self, build: str, type_: str) -> int:
        """Adds a job of higher priority than all others."""
        self.urgency += 1
        job_id = self.model.add(ModelJob(build, type_, self.urgency, 3, []))
        assert self.builder.add_jobs([as_new_job(job_id, self.model.jobs[job_id])]) == [job_id]
        return job_id

    # -- the tables ---------------------------------------------------------------------------

    def row(self, job_id: int) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self.builder.connection.execute(
            "SELECT * FROM jobs WHERE id = ?", (job_id,)
        ).fetchone()
        return found

    def column(self, *names: str) -> dict[int, Any]:
        query = f"SELECT id, {', '.join(names)} FROM jobs"
        rows = self.builder.connection.execute(query).fetchall()
        return {job_id: rest[0] if len(rest) == 1 else tuple(rest) for job_id, *rest in rows}


def as_new_job(job_id: int, job: ModelJob) -> QueuedJob:
    return QueuedJob(
        job.build,
        f"r{job_id}",
        job.type,
        "{}",
        priority=job.priority,
        max_attempts=job.max_attempts,
        needs=tuple(f"r{needed}" for needed in job.needs),
    )
