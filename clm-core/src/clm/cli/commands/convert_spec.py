"""`clm convert-spec`: conversion of XML specs to YAML."""

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
@file_options(output="Write to this file.  [default: SPEC with the suffix .yaml]")
@common_options
def convert_spec(spec: Path, output: Path | None, force: bool) -> None:
    """Convert an XML spec to YAML.

    Both specs describe the same course; comments and elements without effect are omitted.
    """
    target = output or spec.with_suffix(".yaml")
    if target.resolve() == spec.resolve():
        hint = "the spec is already YAML; or write to another file with -o"
        raise UsageError(f"{spec} cannot be converted into itself", hint=hint)
    read = load_spec(spec)
    show_all(read.warnings)
    write_text(target, spec_as_yaml(read), force=force)
    echo(f"written: {plain(str(target))}")
