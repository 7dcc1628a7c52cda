"""`clm report`: reads the record of the last build, writes a page."""

from __future__ import annotations

from pathlib import Path

import click

from clm.backends.paths import ClmPaths
from clm.builder.last_build import load_last_build
from clm.cli.options import Settings, common_options, pass_settings, verbosity_options
from clm.cli.output.console import echo, plain
from clm.cli.output.html_report import report_page
from clm.cli.shell_completion import course_spec
from clm.errors import OutputError

_PAGE_NAME = "last-build.html"


@click.command("report")
@course_spec
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="The page's file, - for stdout.  [default: last-build.html in CLM's own folder]",
)
@verbosity_options
@common_options
@pass_settings
def report(settings: Settings, /, spec: Path, output: Path | None) -> None:
    """Write a page about the last build of the course: its time line, slow jobs, failures.

    SPEC is by default the course spec of the current folder. The page is one file of HTML.
    """
    folder = ClmPaths.of(spec, settings.db_path).folder
    page = report_page(load_last_build(folder))
    if str(output) == "-":
        click.echo(page, nl=False)
        return
    path = output or folder / _PAGE_NAME
    try:
        path.write_text(page, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        hint = "-o names another file"
        raise OutputError(f"{path} cannot be written: {error.strerror}", hint=hint) from error
    if not settings.quiet:
        echo(plain(f"the report is {path}"))
