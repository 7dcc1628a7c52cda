"""Which tools convert a deck, and in which versions."""

from __future__ import annotations

import platform

from importlib_metadata import PackageNotFoundError, version

_TOOLS = (
    "clm-plugin-notebook",
    *("ipykernel", "ipython", "jinja2", "jupytext", "mistune", "nbclient", "nbconvert", "nbformat"),
    "pygments",
)


def fingerprint() -> str:
    """The versions of all that shapes a deck's outputs."""
    tools = (f"{tool} {version_of(tool)}" for tool in _TOOLS)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return "; ".join((*tools, python))


def version_of(distribution: str) -> str:
    """The version of an installed distribution, or `missing`."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "missing"
