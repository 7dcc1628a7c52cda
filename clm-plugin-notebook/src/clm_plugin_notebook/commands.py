"""The plugin's sub-command."""

from __future__ import annotations

import gzip
from pathlib import Path

import click

_COMPRESSED = ("mathjax", "mermaid", "reveal", "notes")
_PLAIN = ("jquery", "require")


def add_commands(cli: click.Group) -> None:
    """Add the plugin's command to the group."""
    cli.add_command(page_scripts)


@click.command("page-scripts")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def page_scripts(folder: Path) -> None:
    """Write the scripts of pages to FOLDER, for courses whose setting asset-url names it."""
    from clm_plugin_notebook.pages.assets import asset  # not needed by other commands

    folder.mkdir(parents=True, exist_ok=True)
    for name in _COMPRESSED:
        (folder / f"{name}.js").write_bytes(gzip.decompress(asset(f"{name}.js.gz")))
    for name in _PLAIN:
        (folder / f"{name}.js").write_bytes(asset(f"{name}.js"))
    click.echo(f"{len(_COMPRESSED) + len(_PLAIN)} scripts are in {folder}")
