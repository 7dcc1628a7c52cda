"""Which tools draw, and in which versions."""

from __future__ import annotations

from importlib_metadata import PackageNotFoundError, version

from clm.programs import browser_version
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import RendererError
from clm_plugin_drawio.finding import find_browser

_TOOLS = ("clm-plugin-drawio", "lxml", "tinycss2")


def fingerprint() -> str:
    """The versions of all that shapes a picture."""
    tools = [f"{tool} {_version(tool)}" for tool in _TOOLS]
    return "; ".join((*tools, _engine(), _browser()))


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "missing"


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
