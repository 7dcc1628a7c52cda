"""Checks of `clm doctor`."""

from __future__ import annotations

import subprocess
import sys

from clm import Check, CheckResult
from clm.programs import browser_installer, browser_version, find_program, installer
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import RendererError
from clm_plugin_drawio.finding import find_browser

_FONTS = {
    "linux": (
        *("apt-get", "install", "--yes"),
        *("fonts-liberation", "fonts-noto-cjk", "fonts-noto-color-emoji"),
    ),
    "darwin": ("brew", "install", "--cask", "font-liberation", "font-noto-sans-cjk"),
}

_LATIN = ("Helvetica", "Arial", "Liberation Sans", "Nimbus Sans", "Arimo")


def checks() -> list[Check]:
    found = [Check("browser", _check_browser), Check("draw.io engine", _check_engine)]
    return [*found, Check("fonts", _check_fonts)] if find_program(["fc-list"]) else found


def _check_browser() -> CheckResult:
    try:
        program = find_browser()
    except RendererError as error:
        return CheckResult(
            False, str(error), "install Chrome, Chromium or Edge", browser_installer()
        )
    return CheckResult(True, f"{browser_version(program) or 'unknown version'} ({program})")


def _check_engine() -> CheckResult:
    engine = Engine()
    try:
        versions = engine.versions
    except RendererError as error:
        again = ("install", "--force-reinstall", "--no-deps", "clm-plugin-drawio")
        return CheckResult(False, str(error), fix=(sys.executable, "-m", "pip", *again))
    return CheckResult(True, ", ".join(f"{name} {v}" for name, v in versions.items()))


def _check_fonts() -> CheckResult:
    remedy = "install the fonts Liberation Sans and Noto Sans CJK"
    if not any(_has_font(family) for family in _LATIN):
        message = "no font with the metrics of Helvetica, draw.io's default"
        return CheckResult(False, message, remedy, installer(_FONTS))
    if not _has_font(":charset=65e5"):
        message = "no fonts for Chinese and Japanese"
        return CheckResult(True, message, remedy, installer(_FONTS))
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
