"""Versions of the renderers."""

from __future__ import annotations

from clm.installed import fonts_digest
from clm.programs import browser_version, package_version
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import RendererError
from clm_plugin_drawio.finding import desktop_version, find_browser
from clm_plugin_drawio.payload import DESKTOP, FONTS

REVISION = 1
"""Incremented whenever the same diagram gives other outputs than before."""

_TOOLS = ("lxml", "tinycss2")


def fingerprint() -> str:
    """The versions of everything that determines a picture."""
    tools = [f"{tool} {package_version(tool)}" for tool in _TOOLS]
    return "; ".join((f"revision {REVISION}", *tools, _engine(), _browser()))


def environment(name: str) -> str:
    """The digest of the fonts, or the version of the draw.io program."""
    if name == FONTS:
        return fonts_digest()
    if name == DESKTOP:
        return desktop_version()
    raise ValueError(f"unknown name of an environment: {name!r}")


def _engine() -> str:
    try:
        return f"engine {Engine().digest}"
    except RendererError:
        return "engine missing"


def _browser() -> str:
    try:
        return f"browser {browser_version(find_browser()).partition('.')[0]}"
    except RendererError:
        return "browser missing"
