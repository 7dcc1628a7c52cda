"""What `clm plugins check` asks of this plugin's tools."""

from __future__ import annotations

import shutil
import subprocess
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

_LATIN = ("Helvetica", "Arial", "Liberation Sans", "Nimbus Sans", "Arimo")


def checks() -> list[Check]:
    found = [Check("browser", _check_browser), Check("draw.io engine", _check_engine)]
    return [*found, Check("fonts", _check_fonts)] if shutil.which("fc-list") else found


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


def _check_fonts() -> CheckResult:
    remedy = "apt-get install -y fonts-liberation fonts-noto-cjk fonts-noto-color-emoji"
    if not any(_has_font(family) for family in _LATIN):
        said = "no font of the width of Helvetica, in which draw.io writes by default"
        return CheckResult(False, said, remedy)
    if not _has_font(":charset=65e5"):
        return CheckResult(True, "no fonts for Chinese and Japanese, if they are needed", remedy)
    return CheckResult(True, "for Latin, Chinese and Japanese texts")


def _has_font(pattern: str) -> bool:
    try:
        answer = subprocess.run(
            ["fc-list", pattern, "family"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(answer.stdout.strip())
