"""Plugins that are there for one test, without being installed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest


def put_on_path(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Let this process and those that it starts import from these folders, the last one first."""
    for folder in folders:
        monkeypatch.syspath_prepend(folder)
        rest = [path for path in [os.environ.get("PYTHONPATH")] if path]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *rest]))


def write_metadata(site: Path, distribution: str, version: str, plugins: Mapping[str, str]) -> Path:
    """Write what pip writes of a distribution with these plugins, by name, into the folder `site`.

    In front of the path it hides an installed distribution of the same name.
    """
    info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    lines = [f"{name} = {value}\n" for name, value in plugins.items()]
    (info / "entry_points.txt").write_text("[clm.plugins]\n" + "".join(lines), encoding="utf-8")
    return info


def load_only(monkeypatch: pytest.MonkeyPatch, plugins: Iterable[str]) -> None:
    """Let CLM load these plugins and its own, whatever the environment says."""
    monkeypatch.delenv("CLM_BLOCK_PLUGINS", raising=False)
    monkeypatch.setenv("CLM_LOAD_PLUGINS", ",".join(plugins))
