"""`clm workers images build`: the images of container workers."""

from __future__ import annotations

from pathlib import Path

import click

from clm import UsageError


@click.group("images")
def images() -> None:
    """Build the images of container workers."""


@images.command("build")
@click.argument("names", metavar="[PLUGIN]...", nargs=-1)
@click.option("--push", "pushes", is_flag=True, help="Also push the images to their registry.")
@click.option("--base", metavar="IMAGE", help="Build on this image, by name or digest.")
@click.option(
    "--wheels",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take all wheels from this folder, without a network.",
)
@click.option("--network", metavar="NAME", help="Use this network while Debian packages install.")
@click.option(
    "--with", "extra", metavar="PACKAGE", multiple=True, help="Also install this Python package."
)
def build(
    names: tuple[str, ...],
    pushes: bool,
    base: str | None,
    wheels: Path | None,
    network: str | None,
    extra: tuple[str, ...],
) -> None:
    """Build an image for each plugin, or for the plugins named.

    The images have the versions of CLM, the plugins and their packages that are installed here.
    The base image is by default the official one of this Python.
    """
    # Here since every command loads this module.
    from clm.workers.api import PluginRegistry
    from clm_plugin_docker.engine import ContainerEngine
    from clm_plugin_docker.images import ImageBuilder, check_registry, chosen, default_base

    if pushes:
        check_registry()
    for option in extra:
        if option.startswith("-"):
            raise UsageError(f"invalid package: {option!r}", hint="for example --with numpy")
    engine, plugins = ContainerEngine(), PluginRegistry.load()
    builder = ImageBuilder(engine, plugins, base or default_base(), network, wheels, extra)
    for plugin in chosen(plugins, names):
        click.echo(f"building the image of {plugin.name}", err=True)
        image = builder.build(plugin)
        click.echo(f"{image.name}  {image.size / 10**6:.0f} MB")
        if pushes:
            engine.show("push", image.name)
