"""`clm build`: build of a course."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import click

from clm.builder import BuildOptions, build_course
from clm.builder.report import BuildListener, BuildReport
from clm.cli.backend_options import BackendCommand
from clm.cli.build_options import Shown, as_build_options, building_options
from clm.cli.options import Settings, pass_settings
from clm.cli.output.progress import (
    display,
    write_dry_run,
    write_error,
    write_outputs,
    write_summary,
)
from clm.cli.output.summary import show_summary
from clm.errors import ClmError, UsageError

DONE, FAILED, INTERRUPTED = 0, 1, 130


@click.command("build", cls=BackendCommand)
@building_options(for_watch=False)
@pass_settings
@click.pass_context
def build(context: click.Context, settings: Settings, /, watch: bool, **options: Any) -> None:
    """Build a course.

    SPEC is a course spec (`course.yaml` or `course.xml`), by default the one in the current
    folder.

    Exit codes: 0 success, 1 failure, 2 wrong usage or invalid spec, 130 interrupted.
    """
    build_options, shown = as_build_options(settings, options)
    if watch and build_options.dry_run:
        raise UsageError("--watch and --dry-run cannot be combined")
    if watch and build_options.strict:
        raise UsageError("--watch and --strict cannot be combined: a watch ends with Ctrl-C only")
    if watch and build_options.untrusted:
        raise UsageError("--watch and --untrusted cannot be combined")
    if watch:
        from clm.cli.commands.courses.watch import (
            run_watch,
        )  # imported here: a single build does not need it

        run_watch(build_options, settings, shown)
        return
    listener, entered = display(
        as_json=shown.as_json,
        correlation_ids=shown.correlation_ids,
        verbosity=settings.verbosity,
    )
    report = _build(build_options, listener, entered, shown)
    if shown.as_json and build_options.dry_run:
        write_dry_run(report)
    elif shown.as_json:
        write_outputs(report.delivered())
        write_summary(report)
    else:
        spec = build_options.spec_path
        show_summary(report, settings, correlation_ids=shown.correlation_ids, spec=spec)
    context.exit(_exit_code(report))


def _build(
    options: BuildOptions,
    listener: BuildListener,
    entered: AbstractContextManager[Any],
    shown: Shown,
) -> BuildReport:
    try:
        with entered:
            return build_course(options, listener)
    except ClmError as error:
        if shown.as_json:
            write_error(error.diagnostics)
        raise


def _exit_code(report: BuildReport) -> int:
    if report.interrupted:
        return INTERRUPTED
    return DONE if report.ok else FAILED
