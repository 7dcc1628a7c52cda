"""Discovery of browsers and the draw.io program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from clm import programs
from clm.programs import BROWSER_VARIABLE, find_program, program_version
from clm_plugin_drawio.errors import BrowserMissingError, RendererError

_DESKTOP_NAMES = ("drawio", "draw.io")
_DESKTOP_PLACES = {
    "darwin": ("/Applications/draw.io.app/Contents/MacOS/draw.io",),
    "win32": (r"C:\Program Files\draw.io\draw.io.exe",),
    "linux": ("/opt/drawio/drawio",),
}


def find_browser() -> Path:
    """The browser named by `CLM_BROWSER`, else the first one found.

    Raises:
        BrowserMissingError: no browser was found.
    """
    if found := programs.find_browser():
        return found
    if chosen := os.environ.get(BROWSER_VARIABLE):
        raise BrowserMissingError(f"{BROWSER_VARIABLE} is not a program: {chosen}")
    raise BrowserMissingError("Chrome, Chromium or Edge not found")


def find_desktop() -> Path:
    """The draw.io program.

    Raises:
        RendererError: it is not installed.
    """
    places = map(Path, _DESKTOP_PLACES.get(sys.platform, ()))
    if found := find_program(_DESKTOP_NAMES, places):
        return found
    raise RendererError("draw.io program not found")


def desktop_version() -> str:
    """The version of the draw.io program; empty if it is not installed."""
    try:
        return program_version(find_desktop())
    except RendererError:
        return ""
