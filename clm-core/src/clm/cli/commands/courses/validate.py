"""`clm validate`: checks of a course without a build."""

from __future__ import annotations

from pathlib import Path

import attrs
import click

from clm.builder.validation.course import Validation, validate_course
from clm.cli.groups import load_plugins
from clm.cli.options import (
    Settings,
    common_options,
    data_dir_option,
    pass_settings,
    verbosity_options,
)
from clm.cli.output.console import echo, show
from clm.cli.output.excerpts import SourceLines
from clm.cli.output.progress import write_event
from clm.cli.output.repeated import repeated
from clm.cli.shell_completion import course_spec
from clm.errors import Severity

OK, WARNINGS, ERRORS = 0, 1, 2


@click.command("validate")
@course_spec
@data_dir_option
@click.option("--strict", is_flag=True, help="Exit with 1 if there are warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per problem.")
@verbosity_options
@common_options
@pass_settings
@click.pass_context
def validate(
    context: click.Context,
    settings: Settings,
    /,
    spec: Path,
    data_dir: Path | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Check a course without building it.

    No code is run and no output is written. Exit codes: 0 success, 1 warnings (with --strict),
    2 errors.
    """
    validation = validate_course(spec, load_plugins(), data_dir)
    code = _exit_code(validation, strict)
    if as_json:
        _write(validation, ok=code == OK)
    else:
        _show(validation, spec, settings)
    context.exit(code)


def _exit_code(validation: Validation, strict: bool) -> int:
    if validation.count(Severity.ERROR):
        return ERRORS
    return WARNINGS if strict and validation.count(Severity.WARNING) else OK


def _show(validation: Validation, spec: Path, settings: Settings) -> None:
    details = settings.print_tracebacks or settings.verbose
    sources = SourceLines(validation.data_dir, spec)
    for item in repeated(validation.diagnostics):
        show(item.diagnostic, details=details, also=item.also, sources=sources)
    if settings.quiet:
        return
    errors, warnings = (validation.count(s) for s in (Severity.ERROR, Severity.WARNING))
    echo(f"{errors} error(s), {warnings} warning(s)" if errors or warnings else "no problems found")


def _write(validation: Validation, *, ok: bool) -> None:
    for diagnostic in validation.diagnostics:
        write_event("problem", diagnostic=attrs.asdict(diagnostic))
    write_event(
        "summary",
        ok=ok,
        errors=validation.count(Severity.ERROR),
        warnings=validation.count(Severity.WARNING),
    )
