"""`clm convert-spec`: an XML spec as YAML."""

from __future__ import annotations

from pathlib import Path

import click

from clm.cli.options import common_options, file_options, write_text
from clm.cli.output.console import echo, plain, show_all
from clm.course.reader import load_spec
from clm.course.writer import spec_as_yaml
from clm.errors import UsageError


@click.command("convert-spec")
@click.argument("spec", type=click.Path(path_type=Path))
@file_options(output="The YAML file; by default beside SPEC, under its name.")
@common_options
def convert_spec(spec: Path, output: Path | None, force: bool) -> None:
    """Write the spec in the file SPEC (course.xml) as YAML (course.yaml).

    The two say the same; comments, and elements that have no effect, are left out.
    """
    target = output or spec.with_suffix(".yaml")
    if target.resolve() == spec.resolve():
        hint = "a spec in YAML needs no conversion; -o names another file"
        raise UsageError(f"{spec} cannot be converted into itself", hint=hint)
    read = load_spec(spec)
    show_all(read.warnings)
    write_text(target, spec_as_yaml(read), force=force)
    echo(f"written: {plain(str(target))}")
