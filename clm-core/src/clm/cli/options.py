"""Options shared by commands; the common ones also precede the command's name."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import define
from click.core import ParameterSource

from clm.errors import OutputError, UsageError

if TYPE_CHECKING:
    from click.types import OptionHelpExtra

F = TypeVar("F", bound=Callable[..., Any])


class StoredPath(click.Path):
    """A path, whose names may be written in either Unicode normal form if it exists."""

    def __init__(self, *, file_okay: bool = True, dir_okay: bool = True) -> None:
        super().__init__(path_type=Path, file_okay=file_okay, dir_okay=dir_okay)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value).isascii():
            # Imported here: few paths need it.
            from clm.course.paths.stored_names import stored_path

            value = str(stored_path(Path(value)))
        return super().convert(value, param, ctx)


FOLDER = StoredPath(file_okay=False)


class Verbosity(IntEnum):
    """The amount of output: only problems, also results, or everything."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


@define(repr=False)
class Settings:
    """Values of the common options, in click's context."""

    db_path: Path | None = None
    print_tracebacks: bool = False
    verbosity: Verbosity = Verbosity.NORMAL

    @property
    def quiet(self) -> bool:
        return self.verbosity is Verbosity.QUIET

    @property
    def verbose(self) -> bool:
        return self.verbosity is Verbosity.VERBOSE


class NumberOption(click.Option):
    """An option whose help does not show the range of valid numbers."""

    def get_help_extra(self, ctx: click.Context) -> OptionHelpExtra:
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra


pass_settings = click.make_pass_decorator(Settings, ensure=True)


def common_options(command: F) -> F:
    """Add `--db-path` and `--print-tracebacks` to a command or a group."""
    for option in (_print_tracebacks, _db_path):
        command = option(command)
    return command


def verbosity_options(command: F) -> F:
    """Add `--quiet` and `--verbose`, which set `Settings.verbosity`."""
    for option in (_verbose, _quiet):
        command = option(command)
    return command


def _store_db_path(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    # Called for the group and again for its command: the later option wins. The variable must not,
    # since it would override an option before the command's name.
    settings = context.ensure_object(Settings)
    given = context.get_parameter_source("db_path") is ParameterSource.COMMANDLINE
    if given or settings.db_path is None:
        settings.db_path = value


def _store_tracebacks(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Settings).print_tracebacks = True


def _store_verbosity(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        verbosity = Verbosity.QUIET if parameter.name == "quiet" else Verbosity.VERBOSE
        settings = context.ensure_object(Settings)
        if settings.verbosity not in (Verbosity.NORMAL, verbosity):
            raise click.UsageError("--quiet and --verbose cannot be combined", context)
        settings.verbosity = verbosity


def _stored_flag(
    *names: str, store: Callable[[click.Context, click.Parameter, bool], None], help: str
) -> Callable[[F], F]:
    """Return a flag that `store` writes to the `Settings`; the command gets no argument."""
    return click.option(*names, is_flag=True, expose_value=False, callback=store, help=help)


_db_path = click.option(
    "--db-path",
    type=StoredPath(),
    envvar="CLM_DB_PATH",
    show_envvar=True,
    expose_value=False,
    callback=_store_db_path,
    help="Use this job queue database.  [default: .clm/clm_jobs.db beside the course spec]",
)
_print_tracebacks = _stored_flag(
    "--print-tracebacks", store=_store_tracebacks, help="Print the traceback of each error."
)
_quiet = _stored_flag(
    "-q", "--quiet", store=_store_verbosity, help="Print only warnings and errors."
)
_verbose = _stored_flag(
    "-v",
    "--verbose",
    store=_store_verbosity,
    help="Print every job and the details of failures.",
)


data_dir_option = click.option(
    "-d",
    "--data-dir",
    type=FOLDER,
    help="Read the course from this folder, which contains `slides`.",
)


def file_options(*, output: str) -> Callable[[F], F]:
    """Add `--output` with this help text, and `--force`, for `write_text`."""
    path = click.Path(path_type=Path, dir_okay=False)

    def add(command: F) -> F:
        command = click.option("--force", is_flag=True, help="Overwrite an existing file.")(command)
        return click.option("-o", "--output", type=path, help=output)(command)

    return add


def write_text(path: Path, text: str, *, force: bool) -> None:
    """Write a text file and create its folders; `force` overwrites an existing file.

    Raises:
        UsageError: the file exists.
        OutputError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        if not path.is_file():  # a file is in the place of one of its folders
            raise OutputError(f"{path} cannot be written: {error.strerror}") from error
        raise UsageError(f"{path} already exists", hint="overwrite it with --force") from error
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
