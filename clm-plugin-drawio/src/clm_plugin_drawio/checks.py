"""What `clm plugins check` asks of this plugin's tools."""

from __future__ import annotations

import sys

from clm import Check, CheckResult
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import RendererError
from clm_plugin_drawio.finding import browser_version, find_browser

_BROWSER_REMEDY = {
    "linux": "apt-get install -y chromium",
    "darwin": "brew install --cask google-chrome",
    "win32": "winget install --id Google.Chrome -e",
}


def checks() -> list[Check]:
    return [Check("browser", _check_browser), Check("draw.io engine", _check_engine)]


def _check_browser() -> CheckResult:
    try:
        program = find_browser()
    except RendererError as error:
        return CheckResult(False, str(error), _BROWSER_REMEDY.get(sys.platform))
    return CheckResult(True, f"{browser_version(program) or 'of unknown version'} ({program})")


def _check_engine() -> CheckResult:
    engine = Engine()
    try:
        versions = engine.versions
    except RendererError as error:
        remedy = f"{sys.executable} -m pip install --force-reinstall clm-plugin-drawio"
        return CheckResult(False, str(error), remedy)
    return CheckResult(True, ", ".join(f"{name} {v}" for name, v in versions.items()))
