"""Single builds of a course."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from clm import event_loop
from clm.builder.hooks import call_finished, call_started
from clm.builder.last_build import keep_record
from clm.builder.local_plugins import load_for_build
from clm.builder.opening import open_session
from clm.builder.options import BuildOptions, executors_of
from clm.builder.report import BuildListener, BuildReport
from clm.builder.session import load_course
from clm.builder.untrusted import refuse_outputs_elsewhere, refuse_unsafe
from clm.course.course import Course
from clm.errors import ClmError
from clm.plugins import PluginRegistry

if TYPE_CHECKING:
    from clm.builder.finished import Delivered
    from clm.builds import FinishedBuild


def build_course(options: BuildOptions, listener: BuildListener) -> BuildReport:
    """Builds a course and returns the report; Ctrl-C ends the build, which is then `interrupted`.

    Raises:
        SpecError, UsageError: the spec or an option is wrong; nothing was written.
        BuildStalledError: there was no progress within the stall limit.
        DatabaseError: a database cannot be used.
    """
    began, clock = time.time(), time.monotonic()
    if options.untrusted:
        refuse_unsafe(options, PluginRegistry.load(for_builds=True))
    plugins = load_for_build(options)
    course = load_course(options, plugins)
    if options.untrusted:
        refuse_outputs_elsewhere(options, course)
    plugins.backend(options.backend)  # raises an error for an unknown one
    if options.executors:
        executors_of(options.executors, plugins)  # likewise
    report = BuildReport(dry_run=options.dry_run)
    try:
        call_started(plugins, options, course, report, listener)
        delivered = event_loop.run(_build(options, plugins, course, listener, report))
        call_finished(plugins, options, delivered, report, listener)
    except KeyboardInterrupt:
        report.interrupted = True
    except ClmError as error:
        report.seconds = time.monotonic() - clock
        if not options.dry_run:
            keep_record(options, began, report, error.diagnostics)
        raise
    report.seconds = time.monotonic() - clock
    if not options.dry_run:
        keep_record(options, began, report)
    return report


def build_for_command(
    options: BuildOptions, plugins: PluginRegistry, course: Course, listener: BuildListener
) -> FinishedBuild:
    """Builds a course that is loaded; returns the view of the build.

    It is no build of the user: no hook is called, and it is not recorded as the last build.

    Raises:
        BuildStalledError, DatabaseError: as `build_course`.
    """
    report = BuildReport()
    delivered = event_loop.run(_build(options, plugins, course, listener, report))
    assert delivered is not None  # since the build was carried out
    return delivered().view(options, report, ok=report.ok)


async def _build(
    options: BuildOptions,
    plugins: PluginRegistry,
    course: Course,
    listener: BuildListener,
    report: BuildReport,
) -> Callable[[], Delivered] | None:
    async with open_session(options, plugins) as session:
        await session.build(course, listener, report)
        session.finish_shared(listener, report)
        return session.delivered
