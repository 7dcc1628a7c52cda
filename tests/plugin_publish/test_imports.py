"""The direction of imports in the plugin, and its independence of converters."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONTRACTS = """\
[tool.importlinter]
root_packages = ["clm_plugin_publish", "clm_plugin_notebook", "clm_plugin_site"]

[[tool.importlinter.contracts]]
name = "The plugin that publishes depends in one direction"
type = "layers"
containers = ["clm_plugin_publish"]
exhaustive = true
layers = [
    "plugin",
    "commands | hookspecs",
    "running",
    "publishing",
    "api",
    "places",
    "archives | git_place | ledger | calendars",
    "folders | git_blobs | git_commands | schedule",
    "contents",
    "settings",
    "dates",
]

[[tool.importlinter.contracts]]
name = "It knows no converter"
type = "independence"
modules = ["clm_plugin_publish", "clm_plugin_notebook", "clm_plugin_site"]
"""


def test_imports_in_one_direction(tmp_path: Path) -> None:
    config = tmp_path / "contracts.toml"
    config.write_text(CONTRACTS)
    program = Path(sys.executable).with_name("lint-imports")
    command = [program, "--config", config, "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
