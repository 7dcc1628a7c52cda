"""The example plugins, installed for one test beside the plugin `shout`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from clm.testing.installing import load_only, put_on_path, write_metadata

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "plugins"


@pytest.fixture
def install(shout: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Install the named example and load it beside others, in all processes of the test."""

    def install(name: str, *installed: str) -> None:
        folder = EXAMPLES / name
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        plugins = project["entry-points"]["clm.plugins"]
        write_metadata(shout, project["name"], project["version"], plugins)
        put_on_path(monkeypatch, folder / "src")
        load_only(monkeypatch, [*os.environ["CLM_LOAD_PLUGINS"].split(","), *plugins, *installed])

    return install
