"""A state machine that drives a job queue and a plain model of it side by side."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from attrs import define, field
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clm.database.job_queue import JobQueue
from clm.database.queued_job import ClaimedJob, NewJob
from clm.errors import Diagnostic
from clm.jobs.status import FINAL, JobStatus

LEASE = 30.0
SAID = [Diagnostic("said by the machine")]
BUILDS = st.sampled_from(["build-1", "build-2"])
TYPES = st.sampled_from(["type-a", "type-b"])
WORKERS = st.sampled_from(["worker-1", "worker-2", "worker-3"])
INDEXES = st.integers(0, 1000)
OUTCOMES = st.sampled_from(
    [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.PENDING]
)


@define
class ModelJob:
    """What the machine expects of one job."""

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
    """The queue as plain Python: a dict of jobs."""

    jobs: dict[int, ModelJob] = field(factory=dict)

    def next_job(self, build: str, type_: str) -> int | None:
        ready = [
            (-job.priority, job_id)
            for job_id, job in self.jobs.items()
            if (job.build, job.type, job.status) == (build, type_, JobStatus.PENDING)
            and all(self.jobs[n].status is JobStatus.COMPLETED for n in job.needs)
        ]
        return min(ready)[1] if ready else None

    def holds(self, ticket: ClaimedJob) -> bool:
        job = self.jobs[ticket.id]
        return job.status is JobStatus.PROCESSING and job.token == ticket.token

    def end(self, job_id: int, status: JobStatus) -> None:
        """Ends a job and, unless it is completed, all that need it."""
        self.jobs[job_id].status = status
        if status is JobStatus.COMPLETED:
            return
        for other_id, other in self.jobs.items():
            if job_id in other.needs and other.status is JobStatus.PENDING:
                self.end(other_id, status)

    def take_back(self, job_id: int) -> None:
        job = self.jobs[job_id]
        if job.attempts < job.max_attempts:
            job.status = JobStatus.PENDING
        else:
            self.end(job_id, JobStatus.FAILED)

    def open(self, build: str) -> list[int]:
        return [i for i, j in self.jobs.items() if j.build == build and j.status not in FINAL]


class QueueMachine(RuleBasedStateMachine):
    """Several workers and a builder on one SQLite file, each with a connection of its own."""

    queue_class: Any = JobQueue
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

    # -- the builder --------------------------------------------------------------------------

    @rule(build=BUILDS, data=st.data(), count=st.integers(1, 3))
    def add_jobs(self, build: str, data: st.DataObject, count: int) -> None:
        names = {job_id: f"r{job_id}" for job_id in self.model.jobs}
        expected = [len(self.model.jobs) + 1 + i for i in range(count)]
        new: list[NewJob] = []
        for job_id in expected:
            candidates = [i for i, j in self.model.jobs.items() if j.build == build]
            chosen = data.draw(
                st.lists(st.sampled_from(candidates), unique=True, max_size=2)
                if candidates
                else st.just([])
            )
            job = ModelJob(
                build=build,
                type=data.draw(TYPES),
                priority=data.draw(st.integers(0, 2)),
                max_attempts=data.draw(st.integers(1, 3)),
                needs=chosen,
            )
            names[job_id] = f"r{job_id}"
            self.model.jobs[job_id] = job
            new.append(
                NewJob(
                    build,
                    names[job_id],
                    job.type,
                    "{}",
                    priority=job.priority,
                    max_attempts=job.max_attempts,
                    needs=tuple(names[n] for n in chosen),
                )
            )
        assert self.builder.add_jobs(new) == expected
        for job_id in expected:
            self.end_with_what_it_needs(job_id)

    def end_with_what_it_needs(self, job_id: int) -> None:
        for need in sorted(self.model.jobs[job_id].needs):
            status = self.model.jobs[need].status
            if status in (JobStatus.FAILED, JobStatus.CANCELLED):
                if self.model.jobs[job_id].status is JobStatus.PENDING:
                    self.model.end(job_id, status)
                return

    @precondition(lambda self: self.model.jobs)
    @rule(index=INDEXES)
    def cancel_ends_in_cancelled_or_in_what_won_the_race(self, index: int) -> None:
        job_id = 1 + index % len(self.model.jobs)
        before = self.model.jobs[job_id].status
        assert self.builder.cancel_job(job_id) is (before not in FINAL)
        if before not in FINAL:
            self.model.end(job_id, JobStatus.CANCELLED)

    @rule(build=BUILDS, chance=st.integers(0, 4))
    def cancel_build(self, build: str, chance: int) -> None:
        if chance:
            return  # rare, else nothing ever lives for long
        open_jobs = self.model.open(build)
        assert self.builder.cancel_build(build) == len(open_jobs)
        for job_id in open_jobs:
            self.model.jobs[job_id].status = JobStatus.CANCELLED

    @rule(build=BUILDS, type_=TYPES, chance=st.integers(0, 4))
    def fail_pending(self, build: str, type_: str, chance: int) -> None:
        if chance:
            return
        waiting = [
            i
            for i in self.model.open(build)
            if self.model.jobs[i].type == type_ and self.model.jobs[i].status is JobStatus.PENDING
        ]
        assert self.builder.fail_pending(build, type_, SAID) == len(waiting)
        for job_id in waiting:
            self.model.end(job_id, JobStatus.FAILED)

    @rule(build=BUILDS)
    def an_end_is_handed_out_once(self, build: str) -> None:
        expected = {
            i: j.status
            for i, j in self.model.jobs.items()
            if j.build == build and j.status in FINAL and not j.collected
        }
        finished = self.builder.collect_finished(build)
        assert {job.id: job.status for job in finished} == expected
        for job_id in expected:
            self.model.jobs[job_id].collected = True

    @rule()
    def rescue_takes_back_expired_leases_only(self) -> None:
        expired = [
            i
            for i, j in self.model.jobs.items()
            if j.status is JobStatus.PROCESSING and j.lease_until < self.now
        ]
        assert self.builder.rescue_expired(SAID) == len(expired)
        for job_id in expired:
            self.model.take_back(job_id)

    @rule(worker=WORKERS)
    def a_dead_worker_is_released(self, worker: str) -> None:
        held = [
            i
            for i, j in self.model.jobs.items()
            if j.status is JobStatus.PROCESSING and j.holder == worker
        ]
        assert self.builder.release_jobs_of(worker, SAID) == len(held)
        for job_id in held:
            self.model.take_back(job_id)

    # -- the workers --------------------------------------------------------------------------

    @rule(worker=WORKERS, build=BUILDS, type_=TYPES)
    def claim(self, worker: str, build: str, type_: str) -> None:
        self.claim_now(worker, build, type_)

    def check_claim(
        self, worker: str, build: str, type_: str, claimed: ClaimedJob | None
    ) -> ClaimedJob | None:
        """A claim is the highest priority, then the first in, of what is ready; never twice."""
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

    @precondition(lambda self: self.tickets)
    @rule(index=INDEXES, outcome=OUTCOMES)
    def update(self, index: int, outcome: JobStatus) -> None:
        worker, ticket = self.tickets[-1 - index % len(self.tickets)]
        held = self.model.holds(ticket)
        key = f"key-{ticket.token}"
        queue = self.queues[worker]
        assert queue.update_job_status(ticket, outcome, result_key=key, diagnostics=SAID) is held
        self.move(ticket, outcome, held)

    @precondition(lambda self: self.tickets)
    @rule(index=INDEXES, outcome=OUTCOMES)
    def finish_and_get_next(self, index: int, outcome: JobStatus) -> None:
        worker, ticket = self.tickets[-1 - index % len(self.tickets)]
        held = self.model.holds(ticket)
        moved, following = self.queues[worker].finish_and_get_next(ticket, outcome, worker)
        assert moved is held
        self.move(ticket, outcome, held)
        self.check_claim(worker, ticket.build_id, ticket.job_type, following)

    def move(self, ticket: ClaimedJob, outcome: JobStatus, held: bool) -> None:
        if not held:
            return
        if outcome is JobStatus.PENDING:
            self.model.jobs[ticket.id].attempts -= 1
            self.model.jobs[ticket.id].status = JobStatus.PENDING
        else:
            self.model.end(ticket.id, outcome)

    @precondition(lambda self: self.tickets)
    @rule(index=INDEXES)
    def retry(self, index: int) -> None:
        worker, ticket = self.tickets[-1 - index % len(self.tickets)]
        held = self.model.holds(ticket)
        assert self.queues[worker].retry_job(ticket, SAID) is held
        if held:
            self.model.take_back(ticket.id)

    @precondition(lambda self: self.tickets)
    @rule(index=INDEXES)
    def renew(self, index: int) -> None:
        worker, ticket = self.tickets[-1 - index % len(self.tickets)]
        held = self.model.holds(ticket)
        assert self.queues[worker].renew_lease(ticket) is held
        if held:
            self.model.jobs[ticket.id].lease_until = self.now + LEASE

    # -- the clock ----------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1.0, 20.0, LEASE + 1]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(seconds=st.sampled_from([10.0, 500.0]))
    def the_clock_jumps_back(self, seconds: float) -> None:
        self.now -= seconds

    # -- directed -----------------------------------------------------------------------------

    @rule(build=BUILDS, type_=TYPES, act=st.integers(0, 5), renewed=st.booleans())
    def a_stale_ticket_changes_nothing(
        self, build: str, type_: str, act: int, renewed: bool
    ) -> None:
        """A worker stalls, its job is taken over, then the worker wakes up and acts."""
        (job_id,) = self.add_the_most_urgent(build, type_, 1)
        old = self.claim_now("worker-1", build, type_)
        assert old is not None and old.id == job_id
        self.now += LEASE + 1
        if renewed:
            assert self.queues["worker-1"].renew_lease(old)
            self.model.jobs[job_id].lease_until = self.now + LEASE
            self.rescue_takes_back_expired_leases_only()
            self.now += LEASE + 1
        self.rescue_takes_back_expired_leases_only()
        self.act_with("worker-1", old, act)  # waiting to be claimed again
        self.statuses_are_as_expected()
        new = self.claim_now("worker-2", build, type_)
        assert new is not None and new.id == old.id
        before = self.row(job_id)
        self.act_with("worker-1", old, act)  # in the hands of another
        assert self.row(job_id) == before

    @rule(build=BUILDS, outcome=st.sampled_from([JobStatus.COMPLETED, JobStatus.FAILED]))
    def what_is_needed_is_done_first(self, build: str, outcome: JobStatus) -> None:
        """A job waits for the one that it needs, even where its own priority is higher."""
        first, _ = self.add_the_most_urgent(build, "type-a", 2)
        job = self.claim_now("worker-1", build, "type-a")
        assert job is not None and job.id == first
        queue = self.queues["worker-1"]
        moved, following = queue.finish_and_get_next(job, outcome, "worker-1")
        assert moved
        self.move(job, outcome, held=True)
        self.check_claim("worker-1", build, "type-a", following)

    @rule(build=BUILDS, type_=TYPES)
    def a_job_that_is_given_back_keeps_its_attempts(self, build: str, type_: str) -> None:
        self.add_the_most_urgent(build, type_, 1)
        job = self.claim_now("worker-1", build, type_)
        assert job is not None
        assert self.queues["worker-1"].update_job_status(job, JobStatus.PENDING)
        self.move(job, JobStatus.PENDING, held=True)
        self.attempts_and_tokens_are_as_expected()

    def add_the_most_urgent(self, build: str, type_: str, count: int) -> list[int]:
        """Adds jobs, each of which needs the one before and is more urgent than all others."""
        ids: list[int] = []
        new: list[NewJob] = []
        for _ in range(count):
            job_id = len(self.model.jobs) + 1
            self.urgency += 1
            self.model.jobs[job_id] = ModelJob(build, type_, self.urgency, 3, ids[-1:])
            needs = tuple(f"r{needed}" for needed in ids[-1:])
            new.append(NewJob(build, f"r{job_id}", type_, "{}", priority=self.urgency, needs=needs))
            ids.append(job_id)
        assert self.builder.add_jobs(new) == ids
        return ids

    def claim_now(self, worker: str, build: str, type_: str) -> ClaimedJob | None:
        claimed = self.queues[worker].get_next_job(worker, build, type_)
        return self.check_claim(worker, build, type_, claimed)

    def act_with(self, worker: str, ticket: ClaimedJob, act: int) -> None:
        queue = self.queues[worker]
        if act == 0:
            assert queue.retry_job(ticket, SAID) is False
        elif act == 1:
            assert queue.renew_lease(ticket) is False
        else:
            outcomes = [
                JobStatus.COMPLETED,
                JobStatus.FAILED,
                JobStatus.CANCELLED,
                JobStatus.PENDING,
            ]
            assert queue.update_job_status(ticket, outcomes[act - 2], result_key="old") is False

    # -- invariants ---------------------------------------------------------------------------

    def row(self, job_id: int) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self.builder.connection.execute(
            "SELECT * FROM jobs WHERE id = ?", (job_id,)
        ).fetchone()
        return found

    def column(self, *names: str) -> dict[int, Any]:
        query = f"SELECT id, {', '.join(names)} FROM jobs"
        rows = self.builder.connection.execute(query).fetchall()
        return {job_id: rest[0] if len(rest) == 1 else tuple(rest) for job_id, *rest in rows}

    @invariant()
    def no_job_appears_or_vanishes(self) -> None:
        assert self.column("build_id") == {i: j.build for i, j in self.model.jobs.items()}

    @invariant()
    def statuses_are_as_expected(self) -> None:
        assert self.column("status") == {i: j.status for i, j in self.model.jobs.items()}

    @invariant()
    def attempts_and_tokens_are_as_expected(self) -> None:
        expected = {i: (j.attempts, j.token) for i, j in self.model.jobs.items()}
        assert self.column("attempts", "token") == expected

    @invariant()
    def attempts_do_not_exceed_the_limit(self) -> None:
        assert all(a <= most for a, most in self.column("attempts", "max_attempts").values())

    @invariant()
    def tokens_only_rise_and_final_states_are_final(self) -> None:
        now = self.column("status", "token")
        for job_id, (status, token) in self.seen.items():
            assert now[job_id][1] >= token
            if status in FINAL:
                assert now[job_id] == (status, token)
        self.seen = now

    @invariant()
    def nothing_is_done_before_what_it_needs(self) -> None:
        status = self.column("status")
        needs = self.builder.connection.execute("SELECT job_id, needs FROM dependencies").fetchall()
        for job_id, need in needs:
            if status[job_id] in (JobStatus.PROCESSING, JobStatus.COMPLETED):
                assert status[need] == JobStatus.COMPLETED

    @invariant()
    def blockers_are_counted(self) -> None:
        blockers = self.column("blockers")
        for job_id, job in self.model.jobs.items():
            missing = [n for n in job.needs if self.model.jobs[n].status is not JobStatus.COMPLETED]
            assert blockers[job_id] == len(missing)

    @invariant()
    def what_is_open_is_counted(self) -> None:
        for build in ("build-1", "build-2"):
            counts = self.builder.count_open(build)
            assert sum(counts.values()) == len(self.model.open(build))


def machine_for(queue_class: Any, folder: Path) -> type[QueueMachine]:
    """The machine over queues of that class; `folder` is where an empty queue is kept."""
    template = folder / "empty.db"
    JobQueue(template).close()
    return type("Machine", (QueueMachine,), {"queue_class": queue_class, "template": template})
