"""Rules for sequences that random steps rarely produce."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from clm.database.queue.rows import ClaimedJob
from clm.jobs.status import JobStatus
from queue_machine.builder_rules import BuilderRules
from queue_machine.state import BUILDS, ERRORS, LEASE, TYPES

ACTS = st.integers(0, 5)
OWN_ENDS = st.sampled_from([JobStatus.COMPLETED, JobStatus.FAILED])
_ENDS = [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.PENDING]


class DirectedRules(BuilderRules):
    @rule(build=BUILDS, type_=TYPES, act=ACTS, renewed=st.booleans())
    def a_stale_ticket_changes_nothing(
        self, build: str, type_: str, act: int, renewed: bool
    ) -> None:
        """A worker stalls, its job is claimed by another, then the worker resumes and acts."""
        job_id = self.add_one_more_urgent(build, type_)
        old = self.claimed(job_id)
        self.now += LEASE + 1
        if renewed:
            assert self.queues["worker-1"].renew_lease(old)
            self.model.jobs[job_id].lease_until = self.now + LEASE
            self.rescue_now()
            self.now += LEASE + 1
        self.rescue_now()
        self.changes_nothing(old, act)  # pending again
        new = self.claim_now("worker-2", build, type_)
        assert new is not None and new.id == old.id
        self.changes_nothing(old, act)  # claimed by another worker

    @rule(build=BUILDS, type_=TYPES, act=ACTS)
    def a_job_that_is_opened_again_is_not_its_old_workers(
        self, build: str, type_: str, act: int
    ) -> None:
        """A running job is cancelled and requeued before its worker notices."""
        job_id = self.add_one_more_urgent(build, type_)
        old = self.claimed(job_id)
        assert self.builder.cancel_job(job_id)
        self.model.end(job_id, JobStatus.CANCELLED)
        self.changes_nothing(old, act)  # cancelled
        self.reopen_now(job_id)
        self.changes_nothing(old, act)  # pending again
        new = self.claim_now("worker-2", build, type_)
        assert new is not None and new.id == old.id
        self.changes_nothing(old, act)  # claimed by another worker

    @rule(build=BUILDS, told=st.booleans())
    def a_job_is_opened_again_with_what_it_needs(self, build: str, told: bool) -> None:
        first, second = self.add_two_more_urgent(build, "type-a", chained=True)
        job = self.claimed(first)
        assert self.queues["worker-1"].update_job_status(job, JobStatus.FAILED, diagnostics=ERRORS)
        self.move(job, JobStatus.FAILED, held=True)
        if told:
            self.an_end_is_handed_out_once(build)
        self.reopen_now(second)
        job = self.claimed(first)
        assert self.queues["worker-1"].update_job_status(job, JobStatus.COMPLETED)
        self.move(job, JobStatus.COMPLETED, held=True)
        self.claimed(second)

    @rule(build=BUILDS, outcome=OWN_ENDS)
    def what_is_needed_is_done_first(self, build: str, outcome: JobStatus) -> None:
        """A job waits for its dependency, even if its own priority is higher."""
        first, _ = self.add_two_more_urgent(build, "type-a", chained=True)
        job = self.claimed(first)
        queue = self.queues["worker-1"]
        moved, following = queue.finish_and_get_next(job, outcome, "worker-1")
        assert moved
        self.move(job, outcome, held=True)
        self.check_claim("worker-1", build, "type-a", following)

    @rule(build=BUILDS, type_=TYPES)
    def of_jobs_of_one_priority_the_first_in_is_the_first(self, build: str, type_: str) -> None:
        first, second = self.add_two_more_urgent(build, type_, chained=False)
        self.claimed(first)
        self.claimed(second)

    @rule(build=BUILDS, type_=TYPES)
    def a_job_that_is_given_back_keeps_its_attempts(self, build: str, type_: str) -> None:
        job_id = self.add_one_more_urgent(build, type_)
        job = self.claimed(job_id)
        assert self.queues["worker-1"].update_job_status(job, JobStatus.PENDING)
        self.move(job, JobStatus.PENDING, held=True)
        assert self.column("attempts")[job_id] == self.model.jobs[job_id].attempts

    @rule(build=BUILDS, type_=TYPES)
    def attempts_end(self, build: str, type_: str) -> None:
        """A job whose worker dies on every attempt."""
        job_id = self.add_one_more_urgent(build, type_)
        for _ in range(self.model.jobs[job_id].max_attempts):
            self.claimed(job_id)
            self.a_dead_worker_is_released("worker-1")
        assert self.column("status")[job_id] == JobStatus.FAILED

    @rule(build=BUILDS, type_=TYPES, outcome=OWN_ENDS)
    def what_has_ended_is_not_cancelled_and_what_is_completed_not_opened_again(
        self, build: str, type_: str, outcome: JobStatus
    ) -> None:
        job_id = self.add_one_more_urgent(build, type_)
        job = self.claimed(job_id)
        assert self.queues["worker-1"].update_job_status(job, outcome)
        self.move(job, outcome, held=True)
        assert self.builder.cancel_job(job_id) is False
        assert self.column("status")[job_id] == outcome
        if outcome is JobStatus.COMPLETED:
            self.reopen_now(job_id)

    @rule(build=BUILDS, type_=TYPES, chance=st.integers(0, 2))
    def no_id_is_given_twice(self, build: str, type_: str, chance: int) -> None:
        """Even if the newest jobs are deleted."""
        self.add_one_more_urgent(build, type_)
        if chance == 0:
            self.forget_now(build)
            self.add_one_more_urgent(build, type_)

    def claimed(self, job_id: int) -> ClaimedJob:
        """Claims for the first worker, which must get that job."""
        job = self.model.jobs[job_id]
        ticket = self.claim_now("worker-1", job.build, job.type)
        assert ticket is not None and ticket.id == job_id
        return ticket

    def changes_nothing(self, ticket: ClaimedJob, act: int) -> None:
        """Acts for the first worker with a stale ticket."""
        before = self.row(ticket.id)
        queue = self.queues["worker-1"]
        if act == 0:
            assert queue.retry_job(ticket, ERRORS) is False
        elif act == 1:
            assert queue.renew_lease(ticket) is False
        else:
            assert queue.update_job_status(ticket, _ENDS[act - 2], result_key="old") is False
        assert self.row(ticket.id) == before
