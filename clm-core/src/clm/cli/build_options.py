"""The options that `clm build` and `clm watch` share."""

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
    click.option("-o", "--output-dir", type=_FOLDER, help="Where the outputs go."),
    click.option("-d", "--data-dir", type=_FOLDER, help="The folder that holds `slides`."),
    click.option(
        "--backend",
        default=_DEFAULTS.backend.default,
        show_default=True,
        help="What runs the jobs.",
    ),
    click.option(
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="The most workers at a time.  [default: one a core]",
    ),
    _names("--targets", "Only these output targets; names with commas, as for all that follow."),
    _names("--languages", "Only these languages."),
    _names("--kinds", "Only these kinds."),
    _names("--formats", "Only these formats."),
    _names("--only", "Only these sections, topics or files.", shell_complete=complete_parts),
    click.option("--explain", is_flag=True, help="Say of each job why it is done."),
    click.option("--keep-directory", is_flag=True, help="Keep outputs of earlier builds."),
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
        help="Seconds between two looks at the queue when no message comes.",
    ),
    click.option(
        "--stall-limit",
        type=_SECONDS,
        default=_DEFAULTS.stall_limit.default,
        show_default=True,
        help="Stop a build in which nothing has moved for so many seconds.",
    ),
    click.option(
        "--print-correlation-ids", is_flag=True, help="Show the id of each job in the logs."
    ),
    click.option(
        "--log-level",
        type=click.Choice(_LOG_LEVELS, case_sensitive=False),
        help="How much is logged: on stderr (by default warnings) and by the workers (info).",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print events as lines of JSON."),
    verbosity_options,
    common_options,
)


@attrs.frozen
class Shown:
    """How a build is shown, beside how much of it."""

    as_json: bool
    correlation_ids: bool


def building_options(*, ignore_db: bool) -> Callable[[F], F]:
    """Add the options of a build to a command, `--ignore-db` only where it is wanted."""
    options = [option for option in _OPTIONS if ignore_db or option is not _IGNORE_DB]

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def as_build_options(settings: Settings, options: Mapping[str, Any]) -> tuple[BuildOptions, Shown]:
    """What the options say; logging begins as they say."""
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
    """Looks up stderr at every record, since the live display replaces it for its time."""

    def emit(self, record: logging.LogRecord) -> None:
        echo_err(plain(self.format(record)))


def _log_to_stderr(level: str) -> None:
    handler = _StderrHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
