"""Rules for the operations of workers, with possibly stale tickets, and for the clock."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from clm.jobs.status import JobStatus
from queue_machine.state import (
    BUILDS,
    ERRORS,
    INDEXES,
    LEASE,
    OUTCOMES,
    TYPES,
    WORKERS,
    MachineState,
)


class WorkerRules(MachineState):
    @rule(worker=WORKERS, build=BUILDS, type_=TYPES)
    def claim(self, worker: str, build: str, type_: str) -> None:
        self.claim_now(worker, build, type_)

    @precondition(lambda self: self.tickets)
    @rule(index=INDEXES, outcome=OUTCOMES)
    def update(self, index: int, outcome: JobStatus) -> None:
        worker, ticket = self.any_ticket(index)
        held = self.model.holds(ticket)
        key = f"key-{ticket.token}"
        queue = self.queues[worker]
        assert queue.update_job_status(ticket, outcome, result_key=key, diagnostics=ERRORS) is held
        self.move(ticket, outcome, held)

    @precondition(lambda self: self.tickets)
    @rule(index=INDEXES, outcome=OUTCOMES)
    def finish_and_get_next(self, index: int, outcome: JobStatus) -> None:
        worker, ticket = self.any_ticket(index)
        held = self.model.holds(ticket)
        moved, following = self.queues[worker].finish_and_get_next(ticket, outcome, worker)
        assert moved is held
        self.move(ticket, outcome, held)
        self.check_claim(worker, ticket.build_id, ticket.job_type, following)

    @precondition(lambda self: self.tickets)
    @rule(index=INDEXES)
    def retry(self, index: int) -> None:
        worker, ticket = self.any_ticket(index)
        held = self.model.holds(ticket)
        assert self.queues[worker].retry_job(ticket, ERRORS) is held
        if held:
            self.model.take_back(ticket.id)

    @precondition(lambda self: self.tickets)
    @rule(index=INDEXES)
    def renew(self, index: int) -> None:
        worker, ticket = self.any_ticket(index)
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
