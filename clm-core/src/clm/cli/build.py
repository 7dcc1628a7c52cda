"""`clm build`: parses, calls `clm.build.build_course`, prints."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import attrs
import click

from clm.build import BuildOptions, build_course
from clm.build.report import BuildListener, BuildReport
from clm.cli.display import display, write_error, write_summary
from clm.cli.messages import plain, say
from clm.cli.options import Settings, common_options, pass_settings, verbosity_options
from clm.cli.summary import show_summary
from clm.errors import ClmError

DONE, FAILED, INTERRUPTED = 0, 1, 130
_LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
_DEFAULTS = attrs.fields(BuildOptions)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("build")
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("-o", "--output-dir", type=_FOLDER, help="Where the outputs go.")
@click.option("-d", "--data-dir", type=_FOLDER, help="The folder that holds `slides`.")
@click.option(
    "--backend", default=_DEFAULTS.backend.default, show_default=True, help="What runs the jobs."
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="The most workers of one job type at a time.",
)
@click.option("--ignore-db", is_flag=True, help="Build everything again.")
@click.option("--force-db-init", is_flag=True, help="Begin with new databases.")
@click.option("--keep-directory", is_flag=True, help="Remove nothing from the outputs.")
@click.option("--force", is_flag=True, help="Overwrite outputs that were changed by others.")
@click.option(
    "--poll-interval",
    type=click.FloatRange(min=0, min_open=True),
    default=_DEFAULTS.poll_interval.default,
    show_default=True,
    help="Seconds between two looks at the queue when no message comes.",
)
@click.option(
    "--stall-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=_DEFAULTS.stall_limit.default,
    show_default=True,
    help="Stop a build in which nothing has moved for so many seconds.",
)
@click.option("--print-correlation-ids", is_flag=True, help="Show the id of each job in the logs.")
@click.option(
    "--log-level",
    type=click.Choice(_LOG_LEVELS, case_sensitive=False),
    help="How much is logged: on stderr (by default warnings) and by the workers (info).",
)
@click.option("--json", "as_json", is_flag=True, help="Print events as lines of JSON.")
@verbosity_options
@common_options
@pass_settings
@click.pass_context
def build(
    context: click.Context,
    settings: Settings,
    /,
    print_correlation_ids: bool,
    log_level: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Build the course that SPEC describes, a file `course.yaml` or `course.xml`.

    Exits with 0 when all is built, 1 when something failed, 2 when the command or the spec is
    wrong, 130 when interrupted.
    """
    _log_to_stderr(log_level or "warning")
    if log_level:
        options["log_level"] = log_level.upper()
    spec = options.pop("spec")
    build_options = BuildOptions(spec_path=spec, db_path=settings.db_path, **options)
    listener, shown = display(
        as_json=as_json,
        correlation_ids=print_correlation_ids,
        verbosity=settings.verbosity,
    )
    report = _build(build_options, listener, shown, as_json)
    if as_json:
        write_summary(report)
    else:
        show_summary(report, settings, correlation_ids=print_correlation_ids)
    context.exit(_exit_code(report))


def _build(
    options: BuildOptions,
    listener: BuildListener,
    shown: AbstractContextManager[Any],
    as_json: bool,
) -> BuildReport:
    try:
        with shown:
            return build_course(options, listener)
    except ClmError as error:
        if as_json:
            write_error(error.diagnostics)
        raise


def _exit_code(report: BuildReport) -> int:
    if report.interrupted:
        return INTERRUPTED
    return DONE if report.ok else FAILED


class _StderrHandler(logging.Handler):
    """Looks up stderr at every record, since the live display replaces it for its time."""

    def emit(self, record: logging.LogRecord) -> None:
        say(plain(self.format(record)))


def _log_to_stderr(level: str) -> None:
    handler = _StderrHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
