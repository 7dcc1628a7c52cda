"""Versions of the tools that convert a deck."""

from __future__ import annotations

import platform

from clm.programs import package_version

REVISION = 30
"""Incremented whenever the same deck gives other outputs than before."""

_TOOLS = (
    *("ipykernel", "ipython", "jinja2", "jupytext", "markdown-it-py", "mdit-py-plugins"),
    *("nbclient", "nbconvert", "nbformat", "nh3"),
    "pygments",
)


def fingerprint() -> str:
    """Return the versions of all tools that affect the outputs of a deck."""
    tools = (f"{tool} {package_version(tool)}" for tool in _TOOLS)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return "; ".join((f"revision {REVISION}", *tools, python))
