"""Finding a browser, and its version, without starting it where that can be avoided."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from clm_plugin_drawio.errors import BrowserMissingError

VARIABLE = "CLM_BROWSER"
_NAMES = (
    *("google-chrome-stable", "google-chrome", "chrome", "chromium", "chromium-browser"),
    *("microsoft-edge-stable", "microsoft-edge", "msedge"),
)
_MAC_APPS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS_PROGRAMS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
_VERSION = re.compile(r"\d+(?:\.\d+){3}")


def find_browser() -> Path:
    """The browser that `CLM_BROWSER` names, else the first that is found.

    Raises:
        BrowserMissingError: there is none.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise BrowserMissingError(f"{VARIABLE} names {chosen}, which is no program")
        return Path(found)
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found)
    for place in _known_places():
        if place.is_file():
            return place
    raise BrowserMissingError("no Chrome, Chromium or Edge is found")


def browser_version(program: Path) -> str:
    """Its version, such as `156.0.8078.79`; empty where it does not say.

    Remembered for the time that this process lives, as long as the program is the same.
    """
    try:
        status = program.stat()
    except OSError:
        return ""
    return _version(program, status.st_mtime_ns, status.st_size)


def _known_places() -> list[Path]:
    if sys.platform == "darwin":
        folders = (Path("/Applications"), Path.home() / "Applications")
        return [folder / app for folder in folders for app in _MAC_APPS]
    if sys.platform == "win32":
        variables = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
        roots = [Path(os.environ[v]) for v in variables if v in os.environ]
        return [root / program for root in roots for program in _WINDOWS_PROGRAMS]
    return [Path("/opt/google/chrome/chrome"), Path("/snap/bin/chromium")]


@lru_cache(maxsize=8)
def _version(program: Path, changed: int, size: int) -> str:
    if sys.platform == "win32":
        return _version_beside(program)
    try:
        answer = subprocess.run(
            [str(program), "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = _VERSION.search(answer.stdout)
    return match[0] if match else ""


def _version_beside(program: Path) -> str:
    """On Windows `--version` opens a window; the version is the name of a folder there."""
    versions = [p.name for p in program.parent.iterdir() if _VERSION.fullmatch(p.name)]
    return max(versions, key=lambda v: [int(n) for n in v.split(".")], default="")
