"""The beginning of a build in a watch: the changed jobs, before the course is planned again.

If nothing else can have changed, they are the whole build.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from attrs import define, evolve, frozen

from clm.builder.options import BuildOptions
from clm.builder.output.file_sets import sets_of
from clm.builder.plan import BuildPlan
from clm.builder.planning.replanning.consumers import needed_results
from clm.builder.planning.replanning.early_plan import early_plan
from clm.builder.planning.replanning.replanned import Replanned
from clm.builder.planning.topics.topic_plans import TopicPlans
from clm.builder.report import BuildListener, BuildReport, JobReport, Outcome
from clm.builder.running.runner import Runner
from clm.course.course import Course
from clm.event_loop import pause
from clm.jobs.request import JobRequest
from clm.jobs.result import StoredResult

# The time to wait for the outputs of these jobs, which authors are waiting for; planning goes on
# after it, and shows what else is wrong.
_SECONDS = 1.0

# After more changes at once the whole course is looked at: the system drops changes that come too
# fast (Linux after 16,384), and `watchfiles` does not tell.
_MOST_CHANGES = 100

# What a listener is told of a plan: jobs by type, the number of copies, and their suffixes.
Figures = tuple[Mapping[str, int], int, Mapping[str, int]]


@frozen(repr=False)
class BegunBuild:
    """A build that has begun with the changed jobs; `is_whole` if these were all."""

    listener: BuildListener
    is_whole: bool


@define(eq=False, repr=False, slots=False)
class LastBuild:
    """The last build of a session that was planned: its course, plan and runner.

    `report` is that of the build, once it has ended and all that it reported will be so again.
    """

    course: Course
    plan: BuildPlan
    runner: Runner
    report: BuildReport | None = None

    def changed_jobs(
        self, options: BuildOptions, topics: TopicPlans, changed: Collection[Path]
    ) -> Replanned:
        """The jobs for which a change of these files calls; none if it may concern others."""
        if len(changed) > _MOST_CHANGES:
            return Replanned()
        is_usual = options.filter.is_empty and not (options.explain or options.dry_run)
        if not is_usual or self.course.spec.write_images:
            return Replanned()
        found = early_plan(topics, self.plan, changed)
        if self.report is None or self.results_for(found) is None:
            return evolve(found, plan=None)
        return found

    def results_for(self, found: Replanned) -> dict[str, StoredResult] | None:
        """The results that the consumers need of jobs that are not run; None if one is unknown."""
        return needed_results((*found.jobs, *found.consumers), self.runner.preparer.results)

    def ended(self, report: BuildReport) -> None:
        """Notes the report of the build, if a later one may repeat it."""
        lasting = [*self.course.warnings, *self.plan.problems]
        cancelled = any(job.outcome is Outcome.CANCELLED for job in report.jobs)
        if report.problems == lasting and not cancelled:
            self.report = report

    def followed_by(self, found: Replanned, runner: Runner) -> LastBuild:
        """The build after this one, of which the runner has run what was found to be changed."""
        results = self.runner.preparer.results
        for job in found.jobs:
            results.pop(job.id, None)
        results.update(runner.preparer.results)
        following = LastBuild(self.course, found.plan or self.plan, self.runner)
        failed = {job.id for job in runner.report.jobs if job.outcome is Outcome.FAILED}
        # The cache may have lost what such a job needs: the next build looks at all again.
        if not any(
            job.id in failed and failed.isdisjoint(job.producers) for job in found.consumers
        ):
            following.ended(runner.report)
        return following

    @property
    def state(self) -> str:
        """The state of the outputs as the build recorded it; empty if some are out of date."""
        report = self.report
        return report.state() if report is not None and report.is_complete else ""

    @cached_property
    def figures(self) -> Figures:
        """What a listener is told of the plan, which no change of contents alters."""
        types = Counter(job.job_type for job in self.plan.jobs)
        files = sum(len(copy.destinations) for copy in self.plan.copies)
        return types, files, self.plan.copied_suffixes

    def early_runner(self, listener: BuildListener, report: BuildReport) -> Runner:
        """A runner for such jobs, which delivers to the same folder as the last one."""
        return evolve(
            self.runner,
            listener=listener,
            report=report,
            delivery=self.runner.delivery.again(report),
            source_tree=evolve(self.runner.source_tree, generated={}),
            early={},
        )


async def run_early(
    runner: Runner,
    jobs: Sequence[JobRequest],
    following: Sequence[JobRequest] = (),
    results: Mapping[str, StoredResult] | None = None,
) -> None:
    """Runs the jobs and waits for their outputs, but not long: the others go on.

    The `following` jobs are submitted then, and not waited for. `results` are those that all need
    of other jobs.

    Raises:
        BuildStalledError: there was no progress within the stall limit.
        DatabaseError: a database cannot be used.
    """
    import asyncio  # only a watch does this; a build without a change needs no event loop

    await runner.submit_early(jobs, following, results)
    with suppress(TimeoutError):
        await asyncio.wait_for(runner.backend.wait_for_completion(), _SECONDS)
    _tell_of_written(runner)
    await runner.submit_following(following)


def _tell_of_written(runner: Runner) -> None:
    # The whole build counts the same files once more, as unchanged.
    runner.report.files_unchanged = -runner.report.files_written
    runner.listener.outputs_written(runner.delivery.written)


async def run_whole(
    runner: Runner,
    part: BuildPlan,
    last: BuildReport,
    figures: Figures,
    results: Mapping[str, StoredResult],
    first: int = 0,
) -> bool:
    """Runs a build of which all jobs and copies are known: this part of the plan.

    The report gets all that the `last` one has of other jobs. `results` are those that jobs of the
    part need of others. So many of the jobs run `first`, as in `run_early`.

    False if files in sets have changed: which are left over is only known when all jobs were looked
    at, so a build of the whole course must follow. Raises as `run_early`.
    """
    report, listener, delivery = runner.report, runner.listener, runner.delivery
    with_sets = [job for job in part.jobs if sets_of(job)]
    before = {path for job in with_sets for path in delivery.files_in_sets(job)}
    if first:
        await run_early(runner, part.jobs[:first], part.jobs[first:], results)
    else:
        await runner.submit_early(part.jobs, results=results)
    if not with_sets:
        listener.planned(*figures)
    await runner.backend.wait_for_completion()
    if delivery.kept != before:
        _tell_of_written(runner)
        return False
    if with_sets:
        listener.planned(*figures)
    await runner.copy_files(part.copies)
    listener.outputs_written(delivery.written)
    for problem in (*last.problems, *delivery.lost(part)):
        report.problems.append(problem)
        listener.problem(problem)
    ended = {job.id for job in report.jobs}
    for job in last.jobs:
        if job.id not in ended:
            again = _again(job)
            report.jobs.append(again)
            listener.job_finished(again)
            await pause()
    files = last.files_written + last.files_unchanged
    report.files_unchanged = files - report.files_written
    return True


def _again(job: JobReport) -> JobReport:
    """What a build reports of a job that it finds as the last one left it."""
    if job.outcome is Outcome.SKIPPED:
        return job
    outcome = Outcome.FAILED if job.outcome is Outcome.FAILED else Outcome.SKIPPED
    return evolve(job, outcome=outcome, seconds=0.0, started=0.0, worker="")
