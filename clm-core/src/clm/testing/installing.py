"""Plugins for single tests, without installing them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest


def put_on_path(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Add folders to the import path of this process and its children, the last one first."""
    for folder in folders:
        monkeypatch.syspath_prepend(folder)
        rest = [path for path in [os.environ.get("PYTHONPATH")] if path]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *rest]))


def write_metadata(site: Path, distribution: str, version: str, plugins: Mapping[str, str]) -> Path:
    """Write the metadata of a distribution with these plugins to `site`, as pip does.

    `plugins` maps names of entry points to their values. At the front of the import path, it hides
    an installed distribution of the same name. Returns the folder with the metadata.
    """
    info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    lines = [f"{name} = {value}\n" for name, value in plugins.items()]
    (info / "entry_points.txt").write_text("[clm.plugins]\n" + "".join(lines), encoding="utf-8")
    return info


def load_only(monkeypatch: pytest.MonkeyPatch, plugins: Iterable[str]) -> None:
    """Make CLM load only these plugins and its own, regardless of the environment."""
    monkeypatch.delenv("CLM_BLOCK_PLUGINS", raising=False)
    monkeypatch.setenv("CLM_LOAD_PLUGINS", ",".join(plugins))
