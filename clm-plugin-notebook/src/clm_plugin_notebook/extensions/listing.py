"""The functions and names in what other plugins register, for commands about plugins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clm_plugin_notebook.api import (
    CellTag,
    CellTransform,
    DeckKind,
    DeckTemplates,
    PageTheme,
    PageTransform,
)

_WHAT = {
    CellTag: "cell tag",
    DeckKind: "kind",
    CellTransform: "cell transform",
    PageTransform: "page transform",
    PageTheme: "theme",
}


def code(hook: str, value: Any) -> Iterator[str]:
    """Yield the import strings in the result of a hook."""
    for item in value:
        if isinstance(item, DeckTemplates):
            yield from (*item.filters.values(), *item.tests.values())
        elif isinstance(item, (CellTransform, PageTransform)):
            yield item.function


def names(hook: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield what the result of a hook adds to decks, each with its name in decks and specs."""
    for item in value:
        if isinstance(item, DeckTemplates):
            yield from (("filter", name) for name in item.filters)
            yield from (("test", name) for name in item.tests)
            yield from (("macros", name) for name in _macro_files(item))
        else:
            yield _WHAT[type(item)], item.name


def _macro_files(templates: DeckTemplates) -> Iterator[str]:
    """Yield the names by which decks import the files."""
    folder = templates.macros or Path()
    found = folder.rglob("*.j2") if templates.macros else ()
    for file in sorted(found):
        yield f"{templates.name}/{file.relative_to(folder).as_posix()}"
