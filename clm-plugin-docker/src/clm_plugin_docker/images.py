"""Building of the images of plugins."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from clm import ImageNeeds, UsageError, nearest
from clm.workers.api import LoadedPlugin, PluginRegistry
from clm_plugin_docker.engine import ContainerEngine
from clm_plugin_docker.executor import FINGERPRINT_LABEL
from clm_plugin_docker.recipe import Recipe
from clm_plugin_docker.settings import IMAGES_VARIABLE, image_name
from clm_plugin_docker.wheels import ImagePython, collect_wheels

_CORE = "clm"
_FINGERPRINT = (
    "import sys; from clm.plugins import PluginRegistry; "
    "from clm.plugins.fingerprint import fingerprint_of; "
    "print(fingerprint_of(PluginRegistry.load(for_builds=True), sys.argv[1]))"
)


def default_base() -> str:
    """The name of the official image of this Python."""
    return f"python:{platform.python_version()}-slim-bookworm"


@frozen(repr=False)
class BuiltImage:
    """An image; `fingerprints` are those of its job types."""

    name: str
    size: int
    fingerprints: dict[str, str]


@frozen(repr=False)
class ImageBuilder:
    """Builds the images of plugins on a base image.

    `network` is the network of the build's steps, which only Debian packages need. `wheels` is a
    folder with all wheels, for builds without a network. `extra` are distributions for all images.
    """

    engine: ContainerEngine
    plugins: PluginRegistry
    base: str
    network: str | None = None
    wheels: Path | None = None
    extra: tuple[str, ...] = ()

    def build(self, plugin: LoadedPlugin) -> BuiltImage:
        """Build and tag the image of a plugin; a former one of that name loses the name.

        Raises:
            ContainerError, WheelError, UsageError: it cannot be built.
        """
        needs = needs_of(self.plugins, plugin)
        name = image_name(plugin.name, plugin.version)
        python = ImagePython.of(self.engine, self.base)
        with tempfile.TemporaryDirectory(prefix="clm-image-") as temporary:
            folder = Path(temporary, "context")
            (folder / "wheels").mkdir(parents=True)
            others = (*needs.python_distributions, *self.extra)
            own = (_CORE, plugin.distribution)
            collect_wheels(own, others, python, folder / "wheels", self.wheels)
            recipe = Recipe(self.base, plugin.name, needs)
            (folder / "Dockerfile").write_text(recipe.dockerfile(), encoding="utf-8")
            unlabelled = f"{name}-unlabelled"
            network = ("--network", self.network) if self.network else ()
            self.engine.show("build", "--quiet", *network, "--tag", unlabelled, ".", folder=folder)
            return self._labelled(unlabelled, name, plugin, Path(temporary))

    def _labelled(
        self, unlabelled: str, name: str, plugin: LoadedPlugin, folder: Path
    ) -> BuiltImage:
        """The image with the fingerprints that its own CLM reports."""
        fingerprints = {j: self._fingerprint(unlabelled, j) for j in plugin.job_types}
        labels = [f"{FINGERPRINT_LABEL}{j}={f}" for j, f in fingerprints.items()]
        empty = folder / "labels"
        empty.mkdir()
        (empty / "Dockerfile").write_text(f"FROM {unlabelled}\n", encoding="utf-8")
        options = [part for label in labels for part in ("--label", label)]
        self.engine.show("build", "--quiet", *options, "--tag", name, ".", folder=empty)
        self.engine.ask("image", "rm", unlabelled)
        size = self.engine.ask("image", "inspect", "--format", "{{.Size}}", name)
        return BuiltImage(name, int(size), fingerprints)

    def _fingerprint(self, image: str, job_type: str) -> str:
        command = ("run", "--rm", "--network", "none", image, "python", "-P", "-c")
        return self.engine.ask(*command, _FINGERPRINT, job_type).strip()


def needs_of(plugins: PluginRegistry, plugin: LoadedPlugin) -> ImageNeeds:
    """What the image of a plugin needs for all its job types."""
    found = [plugins.job_type(name).image for name in plugin.job_types]
    return ImageNeeds(
        debian_packages=_unique([item for needs in found for item in needs.debian_packages]),
        python_distributions=_unique([d for needs in found for d in needs.python_distributions]),
        own_sandbox=any(needs.own_sandbox for needs in found),
    )


def chosen(plugins: PluginRegistry, names: Sequence[str]) -> list[LoadedPlugin]:
    """The plugins with these names, or with these job types; all that have job types without any.

    Raises:
        UsageError: there is no such plugin, or it cannot run in a container.
    """
    usable = {
        plugin.name: plugin
        for plugin in plugins.plugins
        if any(plugins.job_type(name).containable for name in plugin.job_types)
    }
    by_job_type = {job_type: plugin for plugin in usable.values() for job_type in plugin.job_types}
    known = {**by_job_type, **usable}
    for name in names:
        if name not in known:
            raise UsageError(
                f"no plugin {name!r} with job types that can run in a container",
                hint=nearest(name, known),
            )
    found = [known[name] for name in names] or list(usable.values())
    return list({plugin.name: plugin for plugin in found}.values())


def check_registry() -> None:
    """Check that the names of images have a registry that they can be pushed to.

    Raises:
        UsageError: they have none.
    """
    if "/" not in image_name("x", "0"):
        raise UsageError(
            "the names of images have no registry to push to",
            hint=f"set {IMAGES_VARIABLE}, for example to registry.example.org/courses/clm-",
        )


def _unique(items: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
