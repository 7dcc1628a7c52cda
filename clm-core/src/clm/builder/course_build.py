"""A build from its options to its report."""

from __future__ import annotations

import asyncio
import time

from clm.builder.last_build import keep_record
from clm.builder.options import BuildOptions
from clm.builder.planner import all_formats, choose
from clm.builder.plugin_settings import check_settings
from clm.builder.report import BuildListener, BuildReport
from clm.builder.session import open_session, output_folder
from clm.course.course import Course
from clm.course.output_tree import check_formats
from clm.course.reader import load_spec
from clm.errors import ClmError, UsageError
from clm.plugins import PluginRegistry


def build_course(options: BuildOptions, listener: BuildListener) -> BuildReport:
    """Builds a course and says what became of it; Ctrl-C ends the build (`interrupted`).

    Raises:
        SpecError, UsageError: before anything is written.
        BuildStalledError: nothing has moved for the stall limit.
        DatabaseError: a database cannot be used.
    """
    began, clock = time.time(), time.monotonic()
    plugins = PluginRegistry.load()
    course = load_course(options, plugins)
    plugins.backend(options.backend)  # an error where there is none such
    report = BuildReport(dry_run=options.dry_run)
    try:
        asyncio.run(_build(options, plugins, course, listener, report))
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


def load_course(options: BuildOptions, plugins: PluginRegistry) -> Course:
    """The course that the options name, checked as far as that goes without planning.

    Raises:
        SpecError: with all that is wrong.
        UsageError: the filter names what the course does not have.
    """
    course = Course.load(load_spec(options.spec_path), options.data_dir)
    _refuse_output_among_sources(options, course)
    check_formats(course.spec, [f.name for f in all_formats(plugins.job_types.values())])
    check_settings(course.spec, plugins)
    choose(course, plugins, options.filter)
    return course


async def _build(
    options: BuildOptions,
    plugins: PluginRegistry,
    course: Course,
    listener: BuildListener,
    report: BuildReport,
) -> None:
    async with open_session(options, plugins) as session:
        await session.build(course, listener, report)


def _refuse_output_among_sources(options: BuildOptions, course: Course) -> None:
    root = output_folder(options, course)
    for folder in ("slides", "templates"):
        if root.is_relative_to(course.data_dir / folder):
            raise UsageError(
                f"the output folder {root} lies among the course's {folder}",
                hint="the outputs would become sources; choose another folder",
            )
