"""`clm report`: HTML report of the last build."""

from __future__ import annotations

from pathlib import Path

import click

from clm.backends.paths import ClmPaths
from clm.builder.outcome.last_build import load_last_build
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
    help="Write to this file (- for stdout).  [default: .clm/last-build.html]",
)
@verbosity_options
@common_options
@pass_settings
def report(settings: Settings, /, spec: Path, output: Path | None) -> None:
    """Write an HTML report of the last build.

    The report shows the timeline, the slowest jobs and the failures. SPEC is the course spec, by
    default the one in the current folder.
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
        hint = "choose another file with -o"
        raise OutputError(f"{path} cannot be written: {error.strerror}", hint=hint) from error
    if not settings.quiet:
        echo(plain(f"wrote {path}"))
