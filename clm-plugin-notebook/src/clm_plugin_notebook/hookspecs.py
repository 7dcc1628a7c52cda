"""The hooks that other plugins implement to extend decks and pages.

A course uses a plugin's implementations only if the setting `extensions` names the plugin.
Decorate implementations with `clm.hookimpl`.
"""

from __future__ import annotations

from clm import hookspec
from clm_plugin_notebook.api import (
    CellTag,
    CellTransform,
    DeckKind,
    DeckTemplates,
    PageTheme,
    PageTransform,
)


@hookspec
def clm_notebook_tags() -> list[CellTag]:
    """Tags of cells beside those that CLM knows."""
    raise NotImplementedError


@hookspec
def clm_notebook_kinds() -> list[DeckKind]:
    """Kinds of output beside those that CLM knows."""
    raise NotImplementedError


@hookspec
def clm_notebook_templates() -> list[DeckTemplates]:
    """Filters, tests and macros for the templates in decks."""
    raise NotImplementedError


@hookspec
def clm_notebook_cell_transforms() -> list[CellTransform]:
    """Changes of cells, applied in the order of the plugins in the setting and of the list."""
    raise NotImplementedError


@hookspec
def clm_notebook_page_transforms() -> list[PageTransform]:
    """Changes of pages and slide shows, applied in the same order."""
    raise NotImplementedError


@hookspec
def clm_notebook_themes() -> list[PageTheme]:
    """Themes of pages, selected with the key `theme` of the spec."""
    raise NotImplementedError
