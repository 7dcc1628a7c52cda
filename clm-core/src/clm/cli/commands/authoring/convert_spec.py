"""`clm convert-spec`: conversion of XML specs to YAML."""

from __future__ import annotations

from pathlib import Path

import click

from clm.cli.options import StoredPath, common_options, file_options, write_text
from clm.cli.output.console import echo, plain, show_all
from clm.course.syntax.reader import load_spec
from clm.course.syntax.writer import spec_as_yaml
from clm.errors import UsageError


@click.command("convert-spec")
@click.argument("spec", type=StoredPath())
@file_options(output="Write to this file.  [default: SPEC with the suffix .yaml]")
@common_options
def convert_spec(spec: Path, output: Path | None, force: bool) -> None:
    """Convert an XML spec to YAML.

    The YAML spec describes the same course. Comments are dropped.
    """
    target = output or spec.with_suffix(".yaml")
    if target.resolve() == spec.resolve():
        hint = "if it is not YAML already, choose another file with -o"
        raise UsageError(f"{spec} cannot be converted into itself", hint=hint)
    read = load_spec(spec)
    show_all(read.warnings)
    write_text(target, spec_as_yaml(read), force=force)
    echo(f"wrote {plain(str(target))}")
