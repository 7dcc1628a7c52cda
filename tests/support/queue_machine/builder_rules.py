"""Rules for the operations of builders and operators, on two builds at a time."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from clm.database.queue.rows import QueuedJob
from clm.jobs.status import FINAL, JobStatus
from queue_machine.model import ModelJob
from queue_machine.state import (
    BUILDS,
    ERRORS,
    INDEXES,
    RARELY,
    TYPES,
    WORKERS,
    MachineState,
    as_new_job,
)


class BuilderRules(MachineState):
    @rule(build=BUILDS, data=st.data(), count=st.integers(1, 3))
    def add_jobs(self, build: str, data: st.DataObject, count: int) -> None:
        ids: list[int] = []
        new: list[QueuedJob] = []
        for _ in range(count):
            candidates = [i for i, j in self.model.jobs.items() if j.build == build]
            some = st.lists(st.sampled_from(candidates or [0]), unique=True, max_size=2)
            job = ModelJob(
                build=build,
                type=data.draw(TYPES),
                priority=data.draw(st.integers(0, 2)),
                max_attempts=data.draw(st.integers(1, 3)),
                needs=data.draw(some) if candidates else [],
            )
            ids.append(self.model.add(job))
            new.append(as_new_job(ids[-1], job))
        assert self.builder.add_jobs(new) == ids
        for job_id in ids:
            self.model.end_with_dependencies(job_id)

    @precondition(lambda self: self.model.jobs)
    @rule(index=INDEXES)
    def cancel_ends_in_cancelled_or_in_what_won_the_race(self, index: int) -> None:
        job_id = self.any_job(index)
        before = self.model.jobs[job_id].status
        assert self.builder.cancel_job(job_id) is (before not in FINAL)
        if before not in FINAL:
            self.model.end(job_id, JobStatus.CANCELLED)

    @rule(build=BUILDS, chance=RARELY)
    def cancel_build(self, build: str, chance: int) -> None:
        if chance == 0:
            self.cancel_build_now(build)

    def cancel_build_now(self, build: str) -> None:
        open_jobs = self.model.open(build)
        assert self.builder.cancel_build(build) == len(open_jobs)
        for job_id in open_jobs:
            self.model.jobs[job_id].status = JobStatus.CANCELLED

    @rule(build=BUILDS, type_=TYPES, chance=RARELY)
    def fail_pending(self, build: str, type_: str, chance: int) -> None:
        if chance:
            return
        waiting = [
            i
            for i in self.model.open(build)
            if self.model.jobs[i].type == type_ and self.model.jobs[i].status is JobStatus.PENDING
        ]
        assert self.builder.fail_pending(build, type_, ERRORS) == len(waiting)
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
        self.rescue_now()

    @rule(worker=WORKERS)
    def a_dead_worker_is_released(self, worker: str) -> None:
        held = self.model.held_by(worker)
        assert self.builder.release_jobs_of(worker, ERRORS) == len(held)
        for job_id in held:
            self.model.take_back(job_id)

    @rule(worker=WORKERS, build=BUILDS)
    def a_build_that_loses_its_pool_takes_back_its_own_jobs_only(
        self, worker: str, build: str
    ) -> None:
        held = self.model.held_by(worker, build)
        assert self.builder.release_jobs_of(worker, ERRORS, build_id=build) == len(held)
        for job_id in held:
            self.model.take_back(job_id)

    @precondition(lambda self: self.model.jobs)
    @rule(index=INDEXES)
    def an_operator_opens_a_job_again(self, index: int) -> None:
        self.reopen_now(self.any_job(index))

    def reopen_now(self, job_id: int) -> None:
        reopened = self.model.reopen(job_id)
        assert self.requeue_job(self.builder, job_id) is bool(reopened)
        for i in reopened:
            if i in self.seen:  # no longer final; its token still must not decrease
                self.seen[i] = (JobStatus.PENDING, self.seen[i][1])

    @rule(build=BUILDS, chance=RARELY)
    def an_old_build_is_forgotten_and_no_other(self, build: str, chance: int) -> None:
        if chance == 0:
            self.forget_now(build)

    def forget_now(self, build: str) -> None:
        self.cancel_build_now(build)
        registry = self.registry_class(self.builder)
        registry.finish_build(build)
        registry.prune(keep_builds=0)
        registry.add_build(build, "")
        self.model.forget(build)
        self.seen = {i: seen for i, seen in self.seen.items() if i in self.model.jobs}
