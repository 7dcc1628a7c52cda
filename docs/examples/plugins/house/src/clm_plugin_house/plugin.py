"""The hooks of the plugin."""

from __future__ import annotations

from pathlib import Path

from clm import hookimpl
from clm_plugin_notebook.api import PageTheme, PageTransform

clm_api_version = 1


@hookimpl
def clm_notebook_themes() -> list[PageTheme]:
    return [PageTheme("house", Path(__file__).parent / "theme")]


@hookimpl
def clm_notebook_page_transforms() -> list[PageTransform]:
    return [PageTransform("links", "clm_plugin_house.links:in_new_tab", "1")]
