"""Options that locate the databases; none is created."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from clm.backends.paths import ClmPaths
from clm.cli.options import Settings, StoredPath, common_options, pass_settings
from clm.cli.output.console import json_option
from clm.errors import UsageError

_SPEC = StoredPath()
spec_argument = click.argument("spec", type=_SPEC, required=False)
spec_option = click.option(
    "--spec", type=_SPEC, metavar="SPEC", help="Use the databases of this course."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


def operator_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--json` and the common options; the command gets the `Settings` first."""
    return json_option(common_options(pass_settings(command)))


def locate(settings: Settings, spec: Path | None) -> ClmPaths:
    """Return the paths for the spec or `--db-path`, else those of the nearest `.clm` folder.

    Raises:
        UsageError: the spec does not exist, or no `.clm` folder was found.
    """
    if spec is not None:
        if not spec.exists():
            raise UsageError(f"course spec not found: {spec}")
        return ClmPaths.of(spec, settings.db_path)
    if settings.db_path is not None:
        return ClmPaths.of_database(settings.db_path)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".clm").is_dir():
            return ClmPaths.of_folder(folder / ".clm")
    raise UsageError(
        f"no `.clm` folder in {here} or a folder above it",
        hint="give the course spec or --db-path",
    )


def locate_queue(settings: Settings, spec: Path | None) -> ClmPaths:
    """Return the same paths as `locate` for an existing job queue.

    Raises:
        UsageError: as `locate`, or the job queue does not exist.
    """
    paths = locate(settings, spec)
    if not paths.jobs_db.is_file():
        raise UsageError(f"no job queue at {paths.jobs_db}", hint="the first build creates it")
    return paths


def confirm(question: str, *, yes: bool) -> None:
    """Ask for confirmation on stderr, unless `yes`; abort the command if it is denied.

    Raises:
        UsageError: nobody can answer, since there is no terminal.
    """
    if yes:
        return
    try:
        confirmed = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin is not None and sys.stdin.isatty():
            raise  # Ctrl-C
        message = "the command asks for a confirmation, and there is no terminal"
        raise UsageError(message, hint="add --yes") from None
    if not confirmed:
        raise click.Abort
