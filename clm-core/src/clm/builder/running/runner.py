"""Execution of a plan: up-to-date and cached jobs are not run, the others go to the backend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from clm.backends.backend import Backend, CancelJobs, EndedJob, JobObserver, RunJobs
from clm.builder.output.delivery import Delivery
from clm.builder.output.recorded import RecordedJob
from clm.builder.output.removal import OldOutputs
from clm.builder.output.source_tree import SourceTree
from clm.builder.plan import BuildPlan, Copy
from clm.builder.report import Action, BuildListener, BuildReport, Explanation, JobReport, Outcome
from clm.builder.running.contested import differing
from clm.builder.running.in_flight import InFlightJobs
from clm.builder.running.submission import JobPreparer
from clm.builder.running.unrun import (
    diagnostics_of,
    is_repeated,
    needs_failed,
    report_of,
    unknown_tools,
)
from clm.builder.running.waves import LookedUp, in_parts, in_waves, key_of, results_shared
from clm.database.cache.results import ResultsCache
from clm.errors import ClmError, Diagnostic
from clm.event_loop import pause
from clm.jobs.input_places import placed
from clm.jobs.request import JobRequest, SharedFile
from clm.jobs.result import StoredResult
from clm.jobs.status import JobStatus
from clm.jobs.submitted import SubmittedJob
from clm.jobs.work import JobProgress, Work
from clm.plugins import PluginRegistry

if TYPE_CHECKING:
    from clm.builder.output.explanation import Explainer
    from clm.stores.opening import LazySharedCache

_NO_WORK = Work()
_URGENCY = 1_000_000  # exceeds all differences in priority within a build


@define(eq=False, repr=False)
class Runner(JobObserver):
    """Runs one build and adds its outcomes to `report`.

    The key of a job that needs the output of another is unknown until that one has completed. Of
    the jobs `in_flight` in the session, those that are the same in the new plan continue, and the
    others are cancelled. `early` are the reports, by id, of jobs that have ended in this build
    since `submit_early` of another runner: they are in `report`.
    """

    plugins: PluginRegistry
    cache: ResultsCache
    listener: BuildListener
    report: BuildReport
    use_cache: bool
    backend: Backend
    delivery: Delivery
    source_tree: SourceTree
    in_flight: InFlightJobs = field(factory=InFlightJobs)
    explainer: Explainer | None = None
    dry_run: bool = False
    shared: LazySharedCache | None = None
    early: dict[str, JobReport] = field(factory=dict)
    _held: list[JobRequest] = field(factory=list, init=False)
    preparer: JobPreparer = field(init=False)
    _failed: set[str] = field(factory=set, init=False)
    _hits: list[str] = field(factory=list, init=False)
    _needed: frozenset[str] = field(default=frozenset(), init=False)
    _prepared: dict[str, SubmittedJob] = field(factory=dict, init=False)
    _unfiltered_jobs: Mapping[str, JobRequest] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.preparer = JobPreparer(self.plugins)

    async def run(self, plan: BuildPlan, first: Collection[str] = ()) -> None:
        """Executes the plan; failures are in the report.

        The jobs with the ids `first` are submitted before the others are looked up.

        Raises:
            BuildStalledError: there was no progress within the stall limit.
            DatabaseError: a database cannot be used.
        """
        for problem in plan.problems:
            self._problem(problem)
        types = Counter(job.job_type for job in plan.jobs)
        files = sum(len(copy.destinations) for copy in plan.copies)
        self.listener.planned(types, files, plan.copied_suffixes)
        for failed in plan.failed:
            self._finish(report_of(failed))
        self._unfiltered_jobs, self._needed = plan.unfiltered_jobs, plan.needed_results
        self.preparer.planned = plan.jobs
        requests = (*plan.jobs, *plan.unfiltered_jobs.values())
        if self.dry_run:
            for job_type in sorted(self.preparer.recall(self.backend, requests)):
                self._problem(unknown_tools(job_type))
        else:
            await self.preparer.learn(self.backend, requests, plan.jobs, self._are_known)
        await self.copy_files(plan.shared)  # first, since open pages show new outputs at once
        await self._settle_and_submit(plan.jobs, first)
        await self.copy_files(plan.copies)
        if self.dry_run:
            return
        await self.backend.wait_for_completion()
        notes = (*self.source_tree.superseded(), *differing(plan.contested, self.preparer.results))
        for note in (*notes, *self.delivery.lost(plan)):
            self._problem(note)
        if self._hits or plan.jobs:
            self._record_use()

    async def submit_early(
        self,
        jobs: Sequence[JobRequest],
        following: Sequence[JobRequest] = (),
        results: Mapping[str, StoredResult] | None = None,
    ) -> None:
        """Submits some jobs of a plan, which may be still to be made, as far as needed.

        `following` are those for `submit_following`. `results` are those of others that all of
        these need. Raises as `run`.
        """
        wanted = (*jobs, *following)
        await self.preparer.learn(self.backend, wanted, wanted, self._are_known)
        self.preparer.take_results(results or {})
        self._needed = frozenset(producer for job in wanted for producer in job.producers)
        await self.submit_following(jobs)

    async def submit_following(self, jobs: Sequence[JobRequest]) -> None:
        """Submits the jobs that follow those of `submit_early`; raises as `run`."""
        await self._submit(await self._settle(jobs), set())

    async def remove(self, old: OldOutputs) -> None:
        """Removes outputs of earlier builds; those that cannot be removed are reported."""
        if self.explainer is not None:
            for path in old.unmodified():
                self._explain(self.explainer.of_removal(path))
        if self.dry_run:
            return
        await old.remove()
        for note in old.notes():
            self._problem(note)

    def job_started(self, request: JobRequest) -> None:
        self.listener.job_started(request.job_type, request.id, request.source)

    def job_progressed(self, request: JobRequest, progress: JobProgress) -> None:
        self.listener.job_progressed(request.id, progress)

    async def job_ended(self, end: EndedJob) -> None:
        # An earlier build may have submitted it with other destinations.
        job = self._prepared.get(end.request.id)
        request = job.request if job else end.request
        if end.result is not None:
            self.in_flight.completed(request.id, end.result)
            await self._deliver(request, end.result, Outcome.BUILT, end.work)
            if self.shared is not None:
                self.shared.offer(end.result, request.job_type)
        elif end.status is JobStatus.CANCELLED:
            self.in_flight.cancelled(request.id)
            self._end(request, Outcome.CANCELLED, end.diagnostics, end.work)
        else:
            self.in_flight.failed(request.id, end.diagnostics)
            self._end(request, Outcome.FAILED, end.diagnostics, end.work)
        await self._release()

    async def _settle_and_submit(self, jobs: Sequence[JobRequest], first: Collection[str]) -> None:
        before, kept = dict(self.in_flight.open), set[str]()
        for part in in_parts(jobs, first):
            to_do = await self._settle(part)
            if not self.dry_run:
                await self._submit(to_do, kept)
        gone = {
            i for i, job in before.items() if i not in kept and self.in_flight.open.get(i) is job
        }
        await self._cancel(gone)

    async def _settle(self, jobs: Iterable[JobRequest]) -> list[SubmittedJob]:
        """Finishes the jobs that the record or the cache answers; returns the others."""
        to_do: list[SubmittedJob] = []
        for wave in in_waves(jobs):
            prepared = [job for request in wave if (job := self._prepare(request))]
            self.preparer.announce(wave)
            for job, key, result in await self._shared(list(self._looked_up(prepared))):
                action = self._action(job.request, key, result)
                if self.explainer is not None:
                    self._explain(self.explainer.of_job(job, key, action))
                if action is Action.BUILD:
                    to_do.append(job)
                else:
                    await self._finish_known(job.request, key or "", action, result)
                await pause()  # a point at which the build can be cancelled
        return to_do

    def _are_known(self, prepared: Sequence[SubmittedJob]) -> bool:
        """Whether none of these jobs needs to be run; notes their results."""
        for job, key, result in self._looked_up(prepared):
            if self._action(job.request, key, result) is Action.BUILD:
                return False
            if result is not None:
                self.preparer.results[job.request.id] = result
        return True

    async def _shared(self, looked_up: list[LookedUp]) -> list[LookedUp]:
        """The same jobs, with results from the shared cache for those that would be run."""
        if self.shared is None or self.dry_run or not self.use_cache:
            return looked_up
        return await results_shared(self.shared, self.cache, looked_up, self._action)

    def _looked_up(self, prepared: Sequence[SubmittedJob]) -> Iterator[LookedUp]:
        """The jobs, or unfiltered jobs in their place, with their keys and cached results."""
        unfiltered = {j.request.id: (j, key_of(j)) for j in self._unfiltered_jobs_for(prepared)}
        own = [(job, key_of(job)) for job in prepared]
        keys = [key for _, key in (*own, *unfiltered.values()) if key]
        stored = self.cache.check_cache_many(keys) if self.use_cache else {}
        for job, key in own:
            if job.request.id in unfiltered:
                other, other_key = unfiltered[job.request.id]
                result = stored.get(other_key or "")
                if self._action(other.request, other_key, result) is not Action.BUILD:
                    job, key = other, other_key
            self._prepared[job.request.id] = job
            yield job, key, stored.get(key or "")

    def _unfiltered_jobs_for(self, prepared: Iterable[SubmittedJob]) -> Iterator[SubmittedJob]:
        for job in prepared:
            request = self._unfiltered_jobs.get(job.request.id)
            if request is not None:
                with suppress(ClmError):  # its errors do not concern this build
                    yield self.preparer.submittable(request)

    async def _submit(self, to_do: Iterable[SubmittedJob], kept: set[str]) -> None:
        """Submits, in one batch, the jobs that are not open; adds the open ones to `kept`."""
        new = []
        for job in to_do:
            if self._hold(job):
                continue
            if self.in_flight.is_open(job, kept):
                kept.add(job.request.id)
            elif not self._fails_again(job):
                new.append(self._urgent(job))
        await self._cancel(self.in_flight.open.keys() & {job.request.id for job in new})
        if new:
            await self.backend.execute_operation(RunJobs(tuple(new)))
            self.in_flight.submitted(new)

    def _hold(self, job: SubmittedJob) -> bool:
        """Keeps a job whose key is unknown until it can be looked up in the shared cache."""
        waits = self.shared is not None and self.use_cache and key_of(job) is None
        if holds := waits and job.request.producers.isdisjoint(self._failed):
            self._held.append(job.request)
        return holds

    async def _release(self) -> None:
        """Looks up and submits the jobs for which all that they need has ended."""
        while self._held:
            ended = self.preparer.results.keys() | self._failed
            ready = [request for request in self._held if request.producers <= ended]
            if not ready:
                return
            self._held = [held for held in self._held if held not in ready]
            await self._submit(await self._settle(ready), set())

    async def cancel_all(self) -> None:
        """Cancels all jobs that were submitted and have not ended."""
        await self._cancel(set(self.in_flight.open))

    async def _cancel(self, superseded: Collection[str]) -> None:
        if superseded:
            await self.backend.execute_operation(CancelJobs(tuple(sorted(superseded))))
        for job_id in superseded:
            self.in_flight.cancelled(job_id)

    def _fails_again(self, job: SubmittedJob) -> bool:
        broken = sorted(job.request.producers & self._failed)
        reasons = [needs_failed(broken[0])] if broken else self.in_flight.failure(job)
        if reasons is not None:
            self._end(job.request, Outcome.FAILED, reasons)
        return reasons is not None

    def _urgent(self, job: SubmittedJob) -> SubmittedJob:
        # The newest build comes first: the author is waiting for it.
        request = job.request
        urgency = self.in_flight.builds * _URGENCY
        return evolve(job, request=evolve(request, priority=request.priority + urgency))

    def _prepare(self, request: JobRequest) -> SubmittedJob | None:
        """The job with its envelope and fingerprint; None, with a failure reported, on error."""
        try:
            self.preparer.check_inputs(request)
            job = self.preparer.submittable(request)
        except ClmError as error:
            self._end(request, Outcome.FAILED, self.preparer.faults(request, error))
            return None
        broken = sorted(request.producers & self._failed)
        if broken:
            self._end(request, Outcome.FAILED, [needs_failed(broken[0])])
            return None
        return job

    def _action(self, request: JobRequest, key: str | None, stored: StoredResult | None) -> Action:
        if not self.use_cache or key is None:
            return Action.BUILD
        current = self._is_current(request, key)
        read = request.id in self._needed or self.source_tree.compares(request)
        if stored is None and (read or not current):
            return Action.BUILD
        return Action.SKIP if current else Action.RESTORE

    async def _finish_known(
        self, request: JobRequest, key: str, action: Action, stored: StoredResult | None
    ) -> None:
        """Finishes a job whose outputs are up to date or whose result is cached."""
        if stored is not None:
            self.preparer.results[request.id] = stored
            self._hits.append(stored.key)
        if self.dry_run:
            return
        if action is Action.RESTORE and stored is not None:
            await self._deliver(request, stored, Outcome.CACHED)
            return
        if stored is not None:
            await self._deliver_to_source_tree(request, stored)
        self.report.files_unchanged += sum(len(o.destinations) for o in request.outputs)
        self._end(request, Outcome.SKIPPED, self.delivery.diagnostics_of(key, stored))

    def _is_current(self, request: JobRequest, key: str) -> bool:
        delivered = self.delivery.is_current(request, key)
        return delivered and self.source_tree.is_current(request, key)

    async def _deliver(
        self, request: JobRequest, result: StoredResult, outcome: Outcome, work: Work = _NO_WORK
    ) -> None:
        try:
            result = self.delivery.leaked_secrets.noted(request, result)
            await self.delivery.deliver(request, result)
            await self._deliver_to_source_tree(request, result)
            self.delivery.remember_diagnostics(result)
            self.preparer.results[request.id] = result
            self._remember_inputs(request)
        except (ClmError, KeyError) as error:
            self._end(request, Outcome.FAILED, diagnostics_of(error), work)
        else:
            self._end(request, outcome, result.diagnostics, work)

    def _remember_inputs(self, request: JobRequest) -> None:
        job = self._prepared.get(request.id)
        if job is not None:
            inputs = self.preparer.known_inputs(job)
            self.delivery.remember_job(RecordedJob.of(job, inputs))

    async def _deliver_to_source_tree(self, request: JobRequest, result: StoredResult) -> None:
        for diagnostic in await self.source_tree.deliver(request, result):
            self._problem(diagnostic)

    async def copy_files(self, copies: Iterable[Copy | SharedFile]) -> None:
        for copy in copies:
            if self.explainer is not None and (why := self.explainer.of_copy(copy)):
                self._explain(why)
            if self.dry_run:
                continue
            try:
                await self.delivery.copy(copy)
            except ClmError as error:
                for diagnostic in error.diagnostics:
                    self._problem(diagnostic)
            await pause()

    def _end(
        self,
        request: JobRequest,
        outcome: Outcome,
        diagnostics: Iterable[Diagnostic],
        work: Work = _NO_WORK,
    ) -> None:
        if outcome in (Outcome.FAILED, Outcome.CANCELLED):
            self._failed.add(request.id)
        self._finish(
            JobReport(
                id=request.id,
                job_type=request.job_type,
                source=request.source,
                outcome=outcome,
                diagnostics=placed(request, diagnostics, self.report.data_dir),
                seconds=work.seconds,
                started=work.started,
                worker=work.worker,
                correlation_id=self.preparer.correlation_id(request.id),
            )
        )

    def _finish(self, report: JobReport) -> None:
        early = self.early.pop(report.id, None)
        if early is not None:
            if is_repeated(report, early):
                return
            self.report.jobs.remove(early)
        self.report.jobs.append(report)
        self.listener.job_finished(report)

    def _explain(self, explanation: Explanation) -> None:
        self.report.to_do[explanation.action] += 1
        self.listener.explained(explanation)

    def _problem(self, diagnostic: Diagnostic) -> None:
        self.report.problems.append(diagnostic)
        self.listener.problem(diagnostic)

    def _record_use(self) -> None:
        misses = self.report.count(Outcome.BUILT)
        used = self.report.count(Outcome.CACHED)
        if misses or used:  # a build that changes nothing does not write to the cache
            self.cache.record_use(self._hits, misses)
