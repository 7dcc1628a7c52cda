"""Options of `clm build` and `clm watch`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs
import click

from clm.builder import BuildOptions
from clm.builder.options import BuildFilter
from clm.cli.backend_options import chosen_backend
from clm.cli.options import (
    FOLDER,
    NumberOption,
    Settings,
    common_options,
    data_dir_option,
    verbosity_options,
)
from clm.cli.output.console import echo_err, plain
from clm.cli.shell_completion import complete_parts, course_spec

F = TypeVar("F", bound=Callable[..., Any])

_LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
_DEFAULTS = attrs.fields(BuildOptions)
_SECONDS = click.FloatRange(min=0, min_open=True)


def _split(context: click.Context, option: click.Parameter, values: Sequence[str]) -> list[str]:
    parts = (part.strip() for value in values for part in value.split(","))
    return [part for part in parts if part]


def _names(name: str, help_text: str, **more: Any) -> Callable[[F], F]:
    return click.option(
        name, multiple=True, metavar="NAME,...", callback=_split, help=help_text, **more
    )


_FILTERS = ("targets", "languages", "kinds", "formats", "only")
_PLACES = (
    course_spec,
    click.option("-o", "--output-dir", type=FOLDER, help="Write the outputs to this folder."),
    data_dir_option,
)
_SELECTION = (
    _names("--targets", "Build only these output targets."),
    _names("--languages", "Build only these languages."),
    _names("--kinds", "Build only these kinds."),
    _names("--formats", "Build only these formats."),
    _names("--only", "Build only these sections, topics or files.", shell_complete=complete_parts),
)
_IGNORE_DB = click.option(
    "--ignore-db", is_flag=True, help="Rebuild everything; use no cached results."
)
_DRY_RUN = click.option(
    "--dry-run", is_flag=True, help="Print what would be done, without doing it."
)
_WATCH = click.option("--watch", is_flag=True, help="Rebuild when files change.")
_STRICT = click.option("--strict", is_flag=True, help="Exit with 1 if there are warnings.")
_UNTRUSTED = click.option(
    "--untrusted", is_flag=True, help="Refuse what a stranger's course could do on this machine."
)
_ONLY_OF_BUILD = (_IGNORE_DB, _DRY_RUN, _WATCH, _STRICT, _UNTRUSTED)
_EXECUTION = (
    click.option(
        "--jobs",
        type=click.IntRange(min=1),
        cls=NumberOption,
        metavar="N",
        help="Run at most N workers at a time.  [default: one per core]",
    ),
    click.option(
        "--backend",
        metavar="NAME",
        default=_DEFAULTS.backend.default,
        show_default=True,
        help="Run the jobs with this backend.",
    ),
    click.option(
        "--executor",
        "executors",
        multiple=True,
        metavar="[TYPE=]NAME[://ADDRESS]",
        help="Start the workers, or only those of a job type, with this executor.",
    ),
    _IGNORE_DB,
    click.option(
        "--force",
        is_flag=True,
        help="Overwrite output files that were not written by CLM or were modified since.",
    ),
    click.option(
        "--force-db-init",
        is_flag=True,
        help="Delete and recreate the job queue and the cache, with all results.",
    ),
    click.option(
        "--keep-directory", is_flag=True, help="Keep outdated files in the output folder."
    ),
    _DRY_RUN,
    _WATCH,
    click.option(
        "--poll-interval",
        type=_SECONDS,
        cls=NumberOption,
        metavar="SECONDS",
        default=_DEFAULTS.poll_interval.default,
        show_default=True,
        help="Poll the job queue if no wakeup arrives for this many seconds.",
    ),
    click.option(
        "--stall-limit",
        type=_SECONDS,
        cls=NumberOption,
        metavar="SECONDS",
        default=_DEFAULTS.stall_limit.default,
        show_default=True,
        help="Abort the build when nothing has progressed for this many seconds.",
    ),
)
_DISPLAY = (
    _STRICT,
    _UNTRUSTED,
    click.option("--explain", is_flag=True, help="Print why each job is run or skipped."),
    click.option(
        "--print-correlation-ids", is_flag=True, help="Print the correlation id of each job."
    ),
    click.option(
        "--log-level",
        type=click.Choice(_LOG_LEVELS, case_sensitive=False),
        help="Set the log level of the build and its workers.  "
        "[default: warning; for workers, info]",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object per event."),
    verbosity_options,
    common_options,
)
_OPTIONS = (*_PLACES, *_SELECTION, *_EXECUTION, *_DISPLAY)


@attrs.frozen
class Shown:
    """How a build is displayed, except for its verbosity."""

    as_json: bool
    correlation_ids: bool


def building_options(*, for_watch: bool) -> Callable[[F], F]:
    """Add the options of `clm build` to a command, or the fewer ones of `clm watch`."""
    omitted = _ONLY_OF_BUILD if for_watch else ()
    options = [option for option in _OPTIONS if option not in omitted]

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def as_build_options(settings: Settings, options: Mapping[str, Any]) -> tuple[BuildOptions, Shown]:
    """Return the build options, and start logging at their level."""
    values = dict(options)
    log_level = values.pop("log_level")
    _log_to_stderr(log_level or "warning")
    if log_level:
        values["log_level"] = log_level.upper()
    shown = Shown(values.pop("as_json"), values.pop("print_correlation_ids"))
    values["filter"] = BuildFilter(**{name: tuple(values.pop(name)) for name in _FILTERS})
    values["executors"] = tuple(values["executors"])
    context = click.get_current_context()
    values["backend"], values["backend_options"] = chosen_backend(context, values["backend"])
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
