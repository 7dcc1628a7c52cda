"""Invariants, checked after every step."""

from __future__ import annotations

from hypothesis.stateful import invariant

from clm.jobs.status import FINAL, JobStatus
from queue_machine.state import MachineState


class Invariants(MachineState):
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
    def needs_are_as_expected(self) -> None:
        rows = self.builder.connection.execute("SELECT job_id, needs FROM dependencies").fetchall()
        assert set(rows) == {(i, n) for i, j in self.model.jobs.items() for n in j.needs}

    @invariant()
    def nothing_is_done_before_what_it_needs(self) -> None:
        status = self.column("status")
        for job_id, job in self.model.jobs.items():
            if status[job_id] in (JobStatus.PROCESSING, JobStatus.COMPLETED):
                assert all(status[need] == JobStatus.COMPLETED for need in job.needs)

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
