"""Fixtures that install small, real distributions in a temporary folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from importlib_metadata import EntryPoint, distributions

from clm.plugins import LoadedPlugin, PluginRegistry


class Site:
    """A folder like site-packages, in which a test installs plugins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: list[str] = []

    def install(
        self, plugin: str, source: str, *, distribution: str | None = None, version: str = "1.0"
    ) -> str:
        """Install a distribution with one plugin; return the name of the plugin's module."""
        distribution = distribution or f"clm-{plugin}"
        # A process imports a module only once, so each gets a unique name.
        module = f"site_{self.folder.name}_{distribution}".replace("-", "_").replace(".", "_")
        self.modules.append(module)
        (self.folder / f"{module}.py").write_text(dedent(source), encoding="utf-8")
        self.info(distribution, version, f"[clm.plugins]\n{plugin} = {module}\n")
        return module

    def info(self, distribution: str, version: str, entry_points: str) -> None:
        folder = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (folder / "METADATA").write_text(metadata, encoding="utf-8")
        (folder / "entry_points.txt").write_text(entry_points, encoding="utf-8")

    def entry_points(self) -> list[EntryPoint]:
        found = distributions(path=[str(self.folder)])
        return [e for d in found for e in d.entry_points.select(group="clm.plugins")]

    def load(self, environ: Mapping[str, str] | None = None) -> PluginRegistry:
        return PluginRegistry.load(environ or {}, self.entry_points())

    def load_one(self, source: str) -> LoadedPlugin:
        self.install("one", source)
        (plugin,) = self.load().plugins
        return plugin


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield site
    for module in site.modules:
        sys.modules.pop(module, None)


JOB_TYPE = """
import attrs
from clm import JobType, hookimpl

@attrs.frozen
class Payload:
    text: str = ""

def job_type(name="{name}", **changes):
    return attrs.evolve(JobType(
        name=name, patterns=("*.txt",), payload=Payload, plan=lambda source, context: (),
        worker="somewhere.worker:Converter", fingerprint=lambda: "1",
    ), **changes)

@hookimpl
def clm_job_types():
    return [job_type({changes})]
"""


class JobTypeSource:
    """Returns the source of a plugin with one job type, with changes in Python syntax."""

    def __call__(self, name: str, changes: str = "") -> str:
        return JOB_TYPE.format(name=name, changes=changes)


@pytest.fixture
def job_type_source() -> JobTypeSource:
    return JobTypeSource()
