"""`clm plugins new`: creation of a plugin package."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import click

from clm.authoring.new_course import write_files
from clm.authoring.new_plugin import PluginNames, local_plugin, plugin_files
from clm.cli.options import Settings, common_options, pass_settings, verbosity_options
from clm.cli.output.console import echo, json_option, plain, write_json
from clm.course.course import usual_data_dir
from clm.course.finding import find_spec
from clm.course.syntax.reader import load_spec
from clm.errors import UsageError
from clm.plugins.discovery import discover


@click.command("new")
@click.argument("name")
@click.argument(
    "parent",
    metavar="[DIR]",
    required=False,
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
)
@click.option(
    "--local", is_flag=True, help="Create a plugin of a course, as one file in its folder plugins."
)
@click.option("--picture", is_flag=True, help="Create a plugin whose pictures decks show.")
@json_option
@verbosity_options
@common_options
@pass_settings
def new_plugin(
    settings: Settings, /, name: str, parent: Path, local: bool, picture: bool, as_json: bool
) -> None:
    """Create a plugin package.

    The package is created in the folder `clm-plugin-NAME`, in DIR or the current folder. It
    converts `*.NAME` files to pages, or to pictures with --picture, contains tests, and works as
    soon as it is installed.

    With --local, it is the file `plugins/NAME.py` in the course in DIR or the current folder. It
    works as soon as the course spec names it.
    """
    if local and picture:
        raise click.UsageError("--picture cannot be combined with --local")
    names = PluginNames.of(name, taken=[plugin.name for plugin in discover()])
    if local:
        _write_local(settings, names, parent, as_json=as_json)
        return
    folder = parent / names.distribution
    if folder.exists() or folder.is_symlink():
        raise UsageError(
            f"{folder} already exists", hint="nothing was written; choose another name or folder"
        )
    made = plugin_files(names, picture=picture)
    write_files(folder, made)
    if as_json:
        write_json(folder=str(folder), files=sorted(made))
    elif not settings.quiet:
        echo(plain(f"created a plugin in {folder}:"))
        for file in sorted(made):
            echo(plain(f"  {file}"))
        echo("")
        echo(plain(f'install it:  pip install -e "{folder}[dev]"'))
        echo(plain(f"test it:     cd {folder} && pytest"))


def _write_local(settings: Settings, names: PluginNames, parent: Path, *, as_json: bool) -> None:
    spec = find_spec(parent)
    file = PurePosixPath("plugins", f"{names.module}.py")
    root = usual_data_dir(load_spec(spec))
    if (root / file).exists() or (root / file).is_symlink():
        raise UsageError(
            f"{root / file} already exists", hint="nothing was written; choose another name"
        )
    write_files(root, {str(file): local_plugin(names)})
    if as_json:
        write_json(folder=str(root), files=[str(file)])
    elif not settings.quiet:
        echo(plain(f"created a plugin in {root / file}"))
        echo(plain(f"name it in {spec}:"))
        echo(plain(f"  local-plugins: [{file}]"))
