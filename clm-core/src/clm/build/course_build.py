"""A build from its options to its report."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from clm.backends.backend import Backend, BackendContext
from clm.backends.leftovers import sweep_work_folders
from clm.backends.paths import ClmPaths
from clm.build.author_tree import AuthorTree
from clm.build.delivery import Delivery
from clm.build.digests import FileDigests
from clm.build.fresh_databases import remove_databases
from clm.build.options import BuildOptions
from clm.build.outputs_record import OutputsRecord
from clm.build.plan import BuildPlan
from clm.build.planner import all_formats, check_settings, plan_build
from clm.build.report import BuildListener, BuildReport
from clm.build.runner import Runner
from clm.course.course import Course
from clm.course.output_tree import check_formats, default_output_folder
from clm.course.reader import load_spec
from clm.database.cache import DatabaseManager
from clm.errors import OutputError, UsageError
from clm.plugins import PluginRegistry
from clm.workers.import_string import load


def build_course(options: BuildOptions, listener: BuildListener) -> BuildReport:
    """Builds a course and says what became of it; Ctrl-C ends the build (`interrupted`).

    Raises:
        SpecError, UsageError: before anything is written.
        BuildStalledError: nothing has moved for the stall limit.
        DatabaseError: a database cannot be used.
    """
    started = time.monotonic()
    plugins = PluginRegistry.load()
    course = load_course(options, plugins)
    backend = plugins.backend(options.backend)
    factory = load(backend.factory, plugin=backend.name)
    report = BuildReport()
    try:
        asyncio.run(_build(options, plugins, course, factory, listener, report))
    except KeyboardInterrupt:
        report.interrupted = True
    report.seconds = time.monotonic() - started
    return report


def load_course(options: BuildOptions, plugins: PluginRegistry) -> Course:
    """The course that the options name, checked as far as that goes without planning.

    Raises:
        SpecError, SettingsError: with all that is wrong.
    """
    course = Course.load(load_spec(options.spec_path), options.data_dir)
    _refuse_output_among_sources(output_folder(options, course), course)
    check_formats(course.spec, [f.name for f in all_formats(plugins.job_types.values())])
    check_settings(course, plugins)
    return course


async def _build(
    options: BuildOptions,
    plugins: PluginRegistry,
    course: Course,
    factory: Callable[[BackendContext], Backend],
    listener: BuildListener,
    report: BuildReport,
) -> None:
    paths = ClmPaths.of(options.spec_path, options.db_path)
    _create(paths)
    sweep_work_folders(paths.work)
    if options.force_db_init:
        remove_databases(paths)
    with ExitStack() as stack:
        record = stack.enter_context(OutputsRecord(paths.outputs_db))
        cache = stack.enter_context(DatabaseManager(paths.cache_db))
        digests = FileDigests(record)
        plan = plan_build(course, plugins, digests)
        digests.save()
        runner = Runner(plugins, cache, listener, report, use_cache=not options.ignore_db)
        context = _context(options, plugins, paths, runner)
        for warning in course.warnings:
            report.problems.append(warning)
            listener.problem(warning)
        async with factory(context) as backend:
            root = output_folder(options, course)
            own_name = str(options.spec_path.absolute())
            delivery = Delivery(root, own_name, record, cache, backend, report, options.force)
            runner.backend, runner.delivery = backend, delivery
            runner.author_tree = AuthorTree(
                own_name,
                record,
                cache,
                backend,
                write=course.spec.write_images,
                force=options.force,
                generated=plan.generated_by_job,
            )
            await runner.run(plan)
            if plan.complete and not options.keep_directory:
                await runner.remove_others(_destinations(plan))


def _context(
    options: BuildOptions, plugins: PluginRegistry, paths: ClmPaths, runner: Runner
) -> BackendContext:
    return BackendContext(
        plugins=plugins,
        paths=paths,
        observer=runner,
        jobs=options.jobs or usable_cores(),
        use_cache=not options.ignore_db,
        poll_interval=options.poll_interval,
        stall_limit=options.stall_limit,
        lease_seconds=options.lease_seconds,
        log_level=options.log_level,
    )


def _create(paths: ClmPaths) -> None:
    try:
        paths.create()
    except OSError as error:
        raise OutputError(
            f"the folder {paths.folder} for CLM's own files cannot be made: {error.strerror}",
            hint="make its place writable",
        ) from error


def _refuse_output_among_sources(root: Path, course: Course) -> None:
    for folder in ("slides", "templates"):
        if root.is_relative_to(course.data_dir / folder):
            raise UsageError(
                f"the output folder {root} lies among the course's {folder}",
                hint="the outputs would become sources; choose another folder",
            )


def output_folder(options: BuildOptions, course: Course) -> Path:
    """The absolute folder below which everything is written."""
    if options.output_dir is not None:
        return options.output_dir.resolve()
    return course.data_dir.joinpath(*default_output_folder(course.spec).parts).resolve()


def usable_cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _destinations(plan: BuildPlan) -> set[PurePosixPath]:
    jobs = (path for job in plan.jobs for output in job.outputs for path in output.destinations)
    copies = (path for copy in plan.copies for path in copy.destinations)
    return {*jobs, *copies}
