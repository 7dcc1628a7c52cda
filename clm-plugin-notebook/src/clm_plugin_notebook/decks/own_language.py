"""Decks of one language, such as `slides_a.de.py`."""

from __future__ import annotations

from collections.abc import Iterator

from clm import Diagnostic, Severity
from clm_plugin_notebook.decks.deck import Deck


def cells_of_others(deck: Deck, language: str) -> Iterator[Diagnostic]:
    """Yield a warning for each other language that cells of a deck in this language have.

    No output contains such cells: those of the other language are made from another file.
    """
    seen: set[str] = set()
    for cell in deck.cells:
        if cell.language in (None, language) or cell.language in seen:
            continue
        seen.add(cell.language)
        count = sum(other.language == cell.language for other in deck.cells)
        cells = f"{count} cells, first this one, are" if count > 1 else "the cell is"
        yield Diagnostic(
            f"{cells} in {cell.language!r}, but the file is for {language!r} only; "
            "no output contains such cells",
            Severity.WARNING,
            deck.place_of(cell, None),
            hint=f"move such cells to the file for {cell.language!r}, or correct `lang`",
            excerpt=cell.first_line,
        )
