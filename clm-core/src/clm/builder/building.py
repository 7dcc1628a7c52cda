"""Single builds of a course."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve

from clm import event_loop
from clm.backends.paths import ClmPaths
from clm.builder.hooks import call_finished, call_started
from clm.builder.options import BuildOptions, executors_of
from clm.builder.outcome.last_build import keep_record
from clm.builder.report import BuildListener, BuildReport
from clm.builder.trust.local_plugins import load_for_build
from clm.builder.unchanged.build import Done, keep_report, kept_report
from clm.builder.unchanged.clock import Clock
from clm.errors import ClmError
from clm.plugins import PluginRegistry
from clm.workers.folders import sweep_work_folders

if TYPE_CHECKING:
    from clm.builder.outcome.finished import Delivered
    from clm.builder.unchanged.edited import EditedBuild
    from clm.builds import BuildOutput, FinishedBuild
    from clm.course.course import Course


def build_course(options: BuildOptions, listener: BuildListener) -> BuildReport:
    """Builds a course and returns the report; Ctrl-C ends the build, which is then `interrupted`.

    Raises:
        SpecError, UsageError: the spec or an option is wrong; nothing was written.
        BuildStalledError: there was no progress within the stall limit.
        DatabaseError: a database cannot be used.
    """
    started = Clock.now()
    if options.untrusted:
        from clm.builder.trust.untrusted import refuse_unsafe  # few builds need it

        refuse_unsafe(options, PluginRegistry.load(for_builds=True))
    plugins = load_for_build(options)
    report = kept_report(options, plugins, listener)
    if report is None:
        from clm.builder.unchanged.edited import EditedBuild  # not needed if nothing has changed

        edited = EditedBuild.found(options, plugins)
        if edited is not None:
            return _build_edited(edited, options, plugins, listener, started)
        return _build_course(options, plugins, listener, started)
    sweep_work_folders(ClmPaths.of(options.spec_path, options.db_path).work)
    report.delivered = partial(_found_outputs, options, plugins)
    report.seconds = started.seconds
    keep_record(options, started.time, report)
    return report


def _build_course(
    options: BuildOptions, plugins: PluginRegistry, listener: BuildListener, started: Clock
) -> BuildReport:
    from clm.builder.sessions.session import load_course  # not needed if nothing has changed

    course = load_course(options, plugins)
    if options.untrusted:
        from clm.builder.trust.untrusted import (  # few builds need it
            refuse_active_files,
            refuse_outputs_elsewhere,
        )

        refuse_outputs_elsewhere(options, course)
        refuse_active_files(course)
    plugins.backend(options.backend)  # raises an error for an unknown one
    if options.executors:
        executors_of(options.executors, plugins)  # likewise
    report, done = BuildReport(dry_run=options.dry_run), None
    with _recorded(options, report, started):
        call_started(plugins, options, course, report, listener)
        delivered, done = event_loop.run(_build(options, plugins, course, listener, report))
        call_finished(plugins, options, delivered, report, listener)
    if done is not None:
        keep_report(options, plugins, done, report, started)
    return report


def _build_edited(
    edited: EditedBuild,
    options: BuildOptions,
    plugins: PluginRegistry,
    listener: BuildListener,
    started: Clock,
) -> BuildReport:
    report, written, done = BuildReport(), None, None
    with _recorded(options, report, started):
        written, done = event_loop.run(_build_part(edited, options, plugins, listener, report))
    if written is not None:
        edited.keep(report, written, started)
    elif done is not None:
        keep_report(options, plugins, done, report, started)
    return report


async def _build_part(
    edited: EditedBuild,
    options: BuildOptions,
    plugins: PluginRegistry,
    listener: BuildListener,
    report: BuildReport,
) -> tuple[frozenset[str] | None, Done | None]:
    """The paths that were written; the build, if it became one of the whole course."""
    from clm.builder.sessions.opening import open_session  # as in `_build`
    from clm.builder.sessions.session import load_course

    async with open_session(options, plugins) as session:
        written = await session.build_part(edited, listener, report)
        if written is None:
            await session.build(load_course(options, plugins), listener, report)
            return None, session.done
    report.delivered = partial(_found_outputs, options, plugins, written)
    return written, None


@contextmanager
def _recorded(options: BuildOptions, report: BuildReport, started: Clock) -> Iterator[None]:
    """Records the build that is carried out meanwhile; Ctrl-C ends it."""
    try:
        yield
    except KeyboardInterrupt:
        report.interrupted = True
    except ClmError as error:
        report.seconds = started.seconds
        if not options.dry_run:
            keep_record(options, started.time, report, error.diagnostics)
        raise
    report.seconds = started.seconds
    if not options.dry_run:
        keep_record(options, started.time, report)


def _found_outputs(
    options: BuildOptions, plugins: PluginRegistry, written: Collection[str] = ()
) -> tuple[BuildOutput, ...]:
    """All outputs, of which a build that has ended wrote those with the paths `written`."""
    from clm.builder.inspection import inspect_build  # few builds are asked for their outputs
    from clm.builder.sessions.session import load_course

    found = inspect_build(options, plugins, load_course(options, plugins))
    return tuple(evolve(output, written=output.path in written) for output in found.outputs)


def build_for_command(
    options: BuildOptions,
    plugins: PluginRegistry,
    course: Course,
    listener: BuildListener,
    began: Clock | None = None,
    part: str = "",
) -> FinishedBuild:
    """Builds a course that is loaded; returns the view of the build.

    It is no build of the user: no hook is called, and it is not recorded as the last build. `began`
    is when the command began, before it read the course; `part` names what the course was left of
    its spec. If nothing has changed since the same build, nothing is planned.

    Raises:
        BuildStalledError, DatabaseError: as `build_course`.
    """
    from clm.builder.outcome.finished import kept_view  # not needed by other builds

    report = kept_report(options, plugins, listener, part) if began else None
    if report is not None:
        return kept_view(options, course, report)
    report = BuildReport()
    delivered, done = event_loop.run(_build(options, plugins, course, listener, report))
    assert delivered is not None  # since the build was carried out
    view = delivered().view(options, report, ok=report.ok)
    if began is not None and done is not None:
        report.delivered = lambda: view.outputs
        keep_report(options, plugins, done, report, began, part)
    return view


async def _build(
    options: BuildOptions,
    plugins: PluginRegistry,
    course: Course,
    listener: BuildListener,
    report: BuildReport,
) -> tuple[Callable[[], Delivered] | None, Done | None]:
    from clm.builder.sessions.opening import open_session  # not needed if nothing has changed

    async with open_session(options, plugins) as session:
        await session.build(course, listener, report)
        session.finish_shared(listener, report)
        return session.delivered, session.done
