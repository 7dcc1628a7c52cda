"""Build sessions: successive builds of one course that share a backend."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from clm.backends.backend import Backend, EndedJob, JobObserver
from clm.backends.paths import ClmPaths
from clm.builder.digests import FileDigests
from clm.builder.options import BuildOptions, executors_of
from clm.builder.outcome.failures import Settled, forget_in_queue
from clm.builder.output.delivery import Delivery
from clm.builder.output.former import former_folder, take_over, unrecorded
from clm.builder.output.places import (
    course_name,
    course_roots,
    is_chosen,
    output_folder,
    output_places,
    refuse_outputs_among_sources,
)
from clm.builder.output.record import OutputsRecord
from clm.builder.output.removal import OldOutputs
from clm.builder.output.source_tree import SourceTree
from clm.builder.output.state import state_of
from clm.builder.plan import BuildPlan
from clm.builder.planning.planner import check_offered, plan_build, select
from clm.builder.planning.plugins.settings import check_settings
from clm.builder.planning.replanning.replanned import Replanned
from clm.builder.planning.topics.topic_plans import TopicPlans
from clm.builder.report import BuildListener, BuildReport
from clm.builder.running.early import BegunBuild, LastBuild, run_early, run_whole
from clm.builder.running.in_flight import InFlightJobs
from clm.builder.running.runner import Runner
from clm.builder.unchanged.build import Done
from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.database.cache.results import ResultsCache
from clm.errors import ClmError, Diagnostic
from clm.jobs.request import JobRequest
from clm.jobs.work import JobProgress
from clm.plugins import PluginRegistry

if TYPE_CHECKING:
    from clm.builder.outcome.finished import Delivered
    from clm.builder.output.explanation import Explainer
    from clm.builder.unchanged.edited import EditedBuild
    from clm.stores.opening import LazySharedCache


@define(eq=False, repr=False)
class BuildSession(JobObserver):
    """Builds a course repeatedly, each time from a new plan.

    A build may be cancelled at any `await`. The next one continues its jobs that are the same in
    the new plan, and cancels the others. `written` are the folders and files that the last build
    may write, `delivered` returns its outputs. `executors` are those of the last build.
    """

    options: BuildOptions
    plugins: PluginRegistry
    record: OutputsRecord
    cache: ResultsCache
    shared: LazySharedCache | None = None
    backend: Backend = field(init=False)
    written: frozenset[Path] = field(default=frozenset(), init=False)
    executors: Mapping[str, str] = field(factory=dict, init=False)
    delivered: Callable[[], Delivered] | None = field(default=None, init=False)
    _runner: Runner | None = field(default=None, init=False)
    _in_flight: InFlightJobs = field(factory=InFlightJobs, init=False)
    _topic_plans: TopicPlans = field(factory=TopicPlans, init=False)
    _last: LastBuild | None = field(default=None, init=False)

    @property
    def done(self) -> Done | None:
        """The last build that was planned."""
        last = self._last
        if last is None:
            return None
        runner, delivery = last.runner, last.runner.delivery
        recorded = delivery.recorded.items()
        own = frozenset(path for path, output in recorded if output.course == delivery.course)
        tools, in_sets = runner.preparer.tools, len(delivery.kept)
        topics = self._topic_plans
        return Done(last.course, last.plan, delivery.root, own, in_sets, tools, topics)

    async def build_early(
        self,
        changed: Collection[Path],
        begin: Callable[[Course], BuildListener],
        report: BuildReport,
    ) -> BegunBuild | None:
        """Runs the jobs for which a change of these files calls, if it concerns their topics only.

        If there are any, `begin` returns the listener, and `build` must follow, unless they are the
        whole build; raises as that.
        """
        last, topics = self._last, self._topic_plans
        found = last.changed_jobs(self.options, topics, changed) if last else Replanned()
        if last is None:
            return None
        if found.plan is None:
            last.report = None  # the next build is of the whole course, and may fail
        if not found.jobs:
            return None
        listener = begin(last.course)
        self._in_flight.forget_failures(changed)
        self._in_flight.builds += 1
        self._runner = runner = last.early_runner(listener, report)
        if found.plan is None:
            await run_early(runner, found.jobs)
            return BegunBuild(listener, is_whole=False)
        is_whole = await self._build_topics(last, runner, found, found.plan)
        return BegunBuild(listener, is_whole)

    async def _build_topics(
        self, last: LastBuild, runner: Runner, found: Replanned, plan: BuildPlan
    ) -> bool:
        results = last.results_for(found)
        assert last.report is not None and results is not None  # or it has no plan
        part = evolve(plan, jobs=(*found.jobs, *found.consumers), copies=found.copies, shared=())
        # Whoever sees pages waits for these, and not for jobs that need all of them.
        first = len(found.jobs) if found.consumers else 0
        run = partial(run_whole, runner, part, last.report, last.figures, results, first)
        is_whole = False
        try:
            is_whole = await self._run_part(runner, last.course, run, plan)
        except ClmError:
            last.report = None
            raise
        if not is_whole:
            last.report = None
            return False
        self._note_delivered(last.course, plan, runner.delivery, runner.report)
        self._note_written(last.course, part, runner, last.state)
        self._last = last.followed_by(found, runner)
        return True

    async def build_part(
        self, edited: EditedBuild, listener: BuildListener, report: BuildReport
    ) -> frozenset[str] | None:
        """Builds what an edit of some topics makes anew; returns the paths that were written.

        None if `build` must follow. Raises as that.
        """
        course, part, results = edited.part.course, edited.part.plan, edited.part.results
        self._in_flight.builds += 1
        self._runner = runner = self._new_runner(course, part, listener, report)
        run = partial(run_whole, runner, part, edited.last, edited.figures, results)
        # No job of other topics had failed.
        if not await self._run_part(runner, course, run, part):
            return None
        self._note_written(course, part, runner, edited.last.state())
        return frozenset(runner.delivery.written)

    async def _run_part(
        self,
        runner: Runner,
        course: Course,
        run: Callable[[], Awaitable[bool]],
        plan: BuildPlan,
    ) -> bool:
        report = runner.report
        self.delivered = None
        report.data_dir, report.strict = course.data_dir, self.options.strict
        report.outputs = output_places(self.options, course)
        is_whole = False
        try:
            is_whole = await run()
            return is_whole
        except ClmError:
            await runner.cancel_all()
            raise
        finally:
            self._note_failures(plan, report, ended=is_whole)
            self._warn_of_shared(runner.listener, report)

    def _note_written(self, course: Course, part: BuildPlan, runner: Runner, follows: str) -> None:
        from clm.builder.outcome.finished import Delivered  # as in `_note_delivered`

        report, delivery = runner.report, runner.delivery
        own, job_types = weakref.proxy(report), self.plugins.job_types
        found_in = Delivered(course, part, delivery, job_types, delivery.written)
        report.written = lambda: found_in.written(own)
        report.state, report.follows = partial(str, uuid.uuid4().hex), follows

    async def build(
        self,
        course: Course,
        listener: BuildListener,
        report: BuildReport,
        changed: Collection[Path] = (),
    ) -> None:
        """Brings the outputs up to date; failures are in the report.

        A job that has failed in this session is only run again if it has changed, or if a file
        that it uses is among those `changed`. The report may have the jobs of `build_early`.

        Raises:
            SpecError: a file cannot be read; BuildStalledError, DatabaseError: as `Runner.run`.
        """
        self.delivered = None
        report.data_dir = course.data_dir
        report.strict = self.options.strict
        texts = self.options.executors or course.spec.executors
        self.executors = executors_of(texts, self.plugins)
        report.outputs = output_places(self.options, course)
        digests = FileDigests(self.record)
        plan = plan_build(course, self.plugins, digests, self.options.filter, self._topic_plans)
        digests.save()
        _report(course.warnings, listener, report)
        self._in_flight.forget_failures(changed)
        self._in_flight.builds += 1
        lost = self._take_over(course)
        runner = self._new_runner(course, plan, listener, report)
        if report.jobs and self._runner is not None:  # of `build_early`
            runner.delivery.written.update(self._runner.delivery.written)
        self._runner, self._last = runner, LastBuild(course, plan, runner)
        self.written = _written(output_folder(self.options, course), plan, course)
        ended = False
        try:
            await runner.run(plan, first=self._topic_plans.fresh)
            ended = True
        except ClmError:
            await runner.cancel_all()
            raise
        finally:
            self._note_failures(plan, report, ended=ended)
            self._warn_of_shared(listener, report)
        if plan.complete and not self.options.keep_directory:
            await self._remove_others(runner, course, plan)
            _report([lost] if lost is not None else [], listener, report)
        self._note_delivered(course, plan, runner.delivery, report)
        self._last.ended(report)

    def _note_delivered(
        self, course: Course, plan: BuildPlan, delivery: Delivery, report: BuildReport
    ) -> None:
        def delivered() -> Delivered:
            from clm.builder.outcome.finished import Delivered  # not needed by most builds

            return Delivered(course, plan, delivery, self.plugins.job_types, delivery.written)

        self.delivered = delivered
        own = weakref.proxy(report)
        report.delivered = lambda: delivered().outputs(own)
        if delivery.written:
            report.written = lambda: delivered().written(own)
        report.state = cache(lambda: state_of(course, plan, delivery, self.plugins))
        delivery.report = BuildReport()  # nothing more is written, and a cycle would be garbage

    def finish_shared(self, listener: BuildListener, report: BuildReport) -> None:
        """Waits a limited time until the results of the build are in the shared cache."""
        if self.shared is not None:
            self.shared.wait()
            self._warn_of_shared(listener, report)

    def _warn_of_shared(self, listener: BuildListener, report: BuildReport) -> None:
        if self.shared is not None:
            _report(self.shared.take_warnings(), listener, report)

    def _note_failures(self, plan: BuildPlan, report: BuildReport, *, ended: bool) -> None:
        options = self.options
        if options.dry_run:
            return
        settled = Settled(plan, self.plugins.job_types, options.filter, ended)
        old = settled.note(self.record, course_name(options), report)
        forget_in_queue(ClmPaths.of(options.spec_path, options.db_path).jobs_db, old)

    def job_started(self, request: JobRequest) -> None:
        if self._runner is not None:
            self._runner.job_started(request)

    def job_progressed(self, request: JobRequest, progress: JobProgress) -> None:
        if self._runner is not None:
            self._runner.job_progressed(request, progress)

    async def job_ended(self, end: EndedJob) -> None:
        if self._runner is not None:
            await self._runner.job_ended(end)

    def _take_over(self, course: Course) -> Diagnostic | None:
        """Assigns the outputs of a former tree to this build; a warning if their record is lost."""
        if is_chosen(self.options, course):
            return None
        lost = unrecorded(self.record, course)
        take_over(self.record, course_name(self.options), course)
        return lost

    async def _remove_others(self, runner: Runner, course: Course, plan: BuildPlan) -> None:
        wanted = plan.destinations | runner.delivery.kept
        if self.options.dry_run or not runner.report.is_complete:
            # The pages of decks that failed are those of an earlier build.
            wanted |= runner.delivery.shared_paths()
        await runner.remove(OldOutputs(runner.delivery, wanted))
        if not is_chosen(self.options, course):
            former = self._delivery(former_folder(course), course, runner.report)
            await runner.remove(OldOutputs(former, ()))

    def _delivery(self, root: Path, course: Course, report: BuildReport) -> Delivery:
        return Delivery(
            root,
            course_name(self.options),
            self.record,
            self.cache,
            self.backend,
            report,
            self.options.force,
            self.options.dry_run,
            is_chosen(self.options, course),
        )

    def _new_runner(
        self, course: Course, plan: BuildPlan, listener: BuildListener, report: BuildReport
    ) -> Runner:
        options = self.options
        delivery = self._delivery(output_folder(options, course), course, report)
        source_tree = SourceTree(
            delivery.course,
            self.record,
            self.cache,
            self.backend,
            write=course.spec.write_images,
            force=options.force,
            read_only=options.dry_run,
            generated=plan.generated_by_job,
        )
        return Runner(
            plugins=self.plugins,
            cache=self.cache,
            listener=listener,
            report=report,
            use_cache=not options.ignore_db,
            backend=self.backend,
            delivery=delivery,
            source_tree=source_tree,
            in_flight=self._in_flight,
            explainer=self._explainer(delivery),
            dry_run=options.dry_run,
            shared=self.shared,
            early={job.id: job for job in report.jobs},
        )

    def _explainer(self, delivery: Delivery) -> Explainer | None:
        options = self.options
        if not (options.explain or options.dry_run):
            return None
        from clm.builder.output.explanation import Explainer  # not needed by most builds

        made_from = self.record.made_from(delivery.course)
        return Explainer(delivery, made_from, forced=options.ignore_db)


def _report(problems: Iterable[Diagnostic], listener: BuildListener, report: BuildReport) -> None:
    for problem in problems:
        report.problems.append(problem)
        listener.problem(problem)


def _written(root: Path, plan: BuildPlan, course: Course) -> frozenset[Path]:
    # The output folder itself may contain the course.
    images = plan.generated if course.spec.write_images else ()
    return frozenset(
        [*course_roots(root, course), *(item.folder.joinpath(*item.path.parts) for item in images)]
    )


def load_course(options: BuildOptions, plugins: PluginRegistry) -> Course:
    """Loads the course and checks everything that can be checked without planning.

    Raises:
        SpecError: with all problems of the spec.
        UsageError: the filter names something that the course does not have.
    """
    kept = ClmPaths.of(options.spec_path, options.db_path).spec_tree
    spec = load_spec(options.spec_path, kept, keep=not options.dry_run)
    course = Course.load(spec, options.data_dir)
    refuse_outputs_among_sources(options, course)
    check_offered(course.spec, plugins.job_types.values())
    check_settings(course.spec, plugins)
    select(course, plugins, options.filter)
    return course
