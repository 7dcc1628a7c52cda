"""The example plugins, installed for one test beside the plugin `shout`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "plugins"


@pytest.fixture
def install(shout: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts the example of a name on the path of this and all started processes."""

    def install(name: str) -> None:
        folder = EXAMPLES / name
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        module = project["name"].replace("-", "_")
        info = shout / f"{module}-{project['version']}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        )
        plugins = project["entry-points"]["clm.plugins"]
        lines = [f"{plugin} = {value}\n" for plugin, value in plugins.items()]
        (info / "entry_points.txt").write_text("[clm.plugins]\n" + "".join(lines))
        monkeypatch.syspath_prepend(folder / "src")
        path = os.environ["PYTHONPATH"]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder / "src"), path]))
        loaded = os.environ["CLM_LOAD_PLUGINS"]
        monkeypatch.setenv("CLM_LOAD_PLUGINS", ",".join([loaded, *plugins]))

    return install
