"""Single-module plugins that appear to be installed."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from clm.testing.installing import write_metadata


def install_plugin(
    site: Path, name: str, source: str, *, distribution: str = "", version: str = "1.0"
) -> None:
    """Write a plugin to a folder of the import path; its default distribution is `clm-NAME`."""
    (site / f"{name}_module.py").write_text(dedent(source), encoding="utf-8")
    plugins = {name: f"{name}_module"}
    write_metadata(site, distribution or f"clm-{name}", version, plugins)
