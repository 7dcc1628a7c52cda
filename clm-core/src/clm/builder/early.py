"""The beginning of a build in a watch: the changed jobs, before the course is planned again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import evolve, frozen

from clm.builder.options import BuildOptions
from clm.builder.plan import BuildPlan
from clm.builder.planning.kept.early_plan import early_plan
from clm.builder.planning.kept.topic_plans import TopicPlans
from clm.builder.report import BuildListener, BuildReport
from clm.builder.runner import Runner
from clm.course.course import Course
from clm.jobs.request import JobRequest

# The time to wait for the outputs of these jobs, which authors are waiting for; planning goes on
# after it, and shows what else is wrong.
_SECONDS = 1.0


@frozen(eq=False, repr=False)
class LastBuild:
    """The last build of a session that was planned: its course, plan and runner."""

    course: Course
    plan: BuildPlan
    runner: Runner

    def changed_jobs(
        self, options: BuildOptions, topics: TopicPlans, changed: Collection[Path]
    ) -> tuple[JobRequest, ...]:
        """The jobs for which a change of these files calls; none if it may concern others."""
        is_usual = options.filter.is_empty and not (options.explain or options.dry_run)
        if not is_usual or self.course.spec.write_images:
            return ()
        return early_plan(topics, self.plan, changed)

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


async def run_early(runner: Runner, jobs: Sequence[JobRequest]) -> None:
    """Runs the jobs and waits for their outputs, but not long: the others go on.

    Raises:
        BuildStalledError: there was no progress within the stall limit.
        DatabaseError: a database cannot be used.
    """
    import asyncio  # only a watch does this; a build without a change needs no event loop

    await runner.submit_early(jobs)
    with suppress(TimeoutError):
        await asyncio.wait_for(runner.backend.wait_for_completion(), _SECONDS)
    # The whole build counts the same files once more, as unchanged.
    runner.report.files_unchanged = -runner.report.files_written
    runner.listener.outputs_written(runner.delivery.written)
