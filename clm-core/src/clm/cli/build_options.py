"""Options of `clm build` and `clm watch`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import attrs
import click

from clm.builder import BuildOptions
from clm.builder.options import BuildFilter
from clm.cli.options import Settings, common_options, verbosity_options
from clm.cli.output.console import echo_err, plain
from clm.cli.shell_completion import complete_parts, course_spec

F = TypeVar("F", bound=Callable[..., Any])

_LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
_DEFAULTS = attrs.fields(BuildOptions)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_SECONDS = click.FloatRange(min=0, min_open=True)


def _split(context: click.Context, option: click.Parameter, values: Sequence[str]) -> list[str]:
    parts = (part.strip() for value in values for part in value.split(","))
    return [part for part in parts if part]


def _names(name: str, help_text: str, **more: Any) -> Callable[[F], F]:
    return click.option(
        name, multiple=True, metavar="NAMES", callback=_split, help=help_text, **more
    )


_IGNORE_DB = click.option(
    "--ignore-db", is_flag=True, help="Rebuild everything; use no cached results."
)
_FILTERS = ("targets", "languages", "kinds", "formats", "only")
_OPTIONS = (
    course_spec,
    click.option("-o", "--output-dir", type=_FOLDER, help="Write the outputs to this folder."),
    click.option(
        "-d",
        "--data-dir",
        type=_FOLDER,
        help="Read the course from this folder, which contains `slides`.",
    ),
    click.option(
        "--backend",
        default=_DEFAULTS.backend.default,
        show_default=True,
        help="Run the jobs with this backend.",
    ),
    click.option(
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Run at most N workers at a time.  [default: one per core]",
    ),
    _names("--targets", "Build only these output targets (comma-separated, as below)."),
    _names("--languages", "Build only these languages."),
    _names("--kinds", "Build only these kinds."),
    _names("--formats", "Build only these formats."),
    _names("--only", "Build only these sections, topics or files.", shell_complete=complete_parts),
    click.option("--explain", is_flag=True, help="Print the reason for each job."),
    click.option("--keep-directory", is_flag=True, help="Do not remove outputs of earlier builds."),
    _IGNORE_DB,
    click.option(
        "--force",
        is_flag=True,
        help="Overwrite output files that CLM did not write or that were modified since.",
    ),
    click.option(
        "--force-db-init",
        is_flag=True,
        help="Delete the databases, cached results included, and create new ones.",
    ),
    click.option(
        "--poll-interval",
        type=_SECONDS,
        default=_DEFAULTS.poll_interval.default,
        show_default=True,
        help="Poll the queue at this interval; wakeups usually come first.",
    ),
    click.option(
        "--stall-limit",
        type=_SECONDS,
        default=_DEFAULTS.stall_limit.default,
        show_default=True,
        help="Abort the build after this time without progress.",
    ),
    click.option(
        "--print-correlation-ids", is_flag=True, help="Print the correlation id of each job."
    ),
    click.option(
        "--log-level",
        type=click.Choice(_LOG_LEVELS, case_sensitive=False),
        help="Set the log level of the build (default: warning) and the workers (default: info).",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object per event."),
    verbosity_options,
    common_options,
)


@attrs.frozen
class Shown:
    """How a build is displayed, except for its verbosity."""

    as_json: bool
    correlation_ids: bool


def building_options(*, ignore_db: bool) -> Callable[[F], F]:
    """Add the options of a build to a command, with `--ignore-db` only on request."""
    options = [option for option in _OPTIONS if ignore_db or option is not _IGNORE_DB]

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def as_build_options(settings: Settings, options: Mapping[str, Any]) -> tuple[BuildOptions, Shown]:
    """Return the build options, and start logging at the level that they name."""
    values = dict(options)
    log_level = values.pop("log_level")
    _log_to_stderr(log_level or "warning")
    if log_level:
        values["log_level"] = log_level.upper()
    shown = Shown(values.pop("as_json"), values.pop("print_correlation_ids"))
    values["filter"] = BuildFilter(**{name: tuple(values.pop(name)) for name in _FILTERS})
    spec = values.pop("spec")
    return BuildOptions(spec_path=spec, db_path=settings.db_path, **values), shown


class _StderrHandler(logging.Handler):
    """Writes to the current stderr, which the live display replaces while it is active."""

    def emit(self, record: logging.LogRecord) -> None:
        echo_err(plain(self.format(record)))


def _log_to_stderr(level: str) -> None:
    handler = _StderrHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
