"""Finding a browser, and its version, without starting it where that can be avoided."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from clm_plugin_drawio.errors import BrowserMissingError, RendererError
from clm_plugin_drawio.versions import program_version

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
_DESKTOP_NAMES = ("drawio", "draw.io", "drawio.exe", "draw.io.exe")
_DESKTOP_PLACES = {
    "darwin": ("/Applications/draw.io.app/Contents/MacOS/draw.io",),
    "win32": (r"C:\Program Files\draw.io\draw.io.exe",),
    "linux": ("/opt/drawio/drawio",),
}
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
    """Its version, such as `156.0.8078.79`; empty where it does not say."""
    if sys.platform == "win32":
        return _version_beside(program)
    return program_version(program)


def find_desktop() -> Path:
    """The draw.io program.

    Raises:
        RendererError: it is not there.
    """
    for name in _DESKTOP_NAMES:
        if found := shutil.which(name):
            return Path(found)
    for place in _DESKTOP_PLACES.get(sys.platform, ()):
        if Path(place).is_file():
            return Path(place)
    raise RendererError("the draw.io program is not found")


def desktop_version() -> str:
    """The version of the draw.io program; empty when there is none."""
    try:
        return program_version(find_desktop())
    except RendererError:
        return ""


def _known_places() -> list[Path]:
    if sys.platform == "darwin":
        folders = (Path("/Applications"), Path.home() / "Applications")
        return [folder / app for folder in folders for app in _MAC_APPS]
    if sys.platform == "win32":
        variables = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
        roots = [Path(os.environ[v]) for v in variables if v in os.environ]
        return [root / program for root in roots for program in _WINDOWS_PROGRAMS]
    return [Path("/opt/google/chrome/chrome"), Path("/snap/bin/chromium")]


def _version_beside(program: Path) -> str:
    """On Windows `--version` opens a window; the version is the name of a folder there."""
    versions = [p.name for p in program.parent.iterdir() if _VERSION.fullmatch(p.name)]
    return max(versions, key=lambda v: [int(n) for n in v.split(".")], default="")
