"""Titles of decks in each language, which are the names of their output files.

The title of a deck is that of its `header` call; else that in its metadata; else its first
level-1 heading. Students see the names of all files, so a heading counts only if all of them see
it in the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clm_plugin_notebook.audiences import Audience, shown_cells
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.formats.front_matter import declared_title
from clm_plugin_notebook.decks.text.titles import called_titles, declared_titles, first_heading

# Of all students, those see least.
_LEAST = "code-along"


def text_titles(
    text: str,
    languages: Iterable[str],
    default: str,
    comment: str,
    *,
    is_markdown: bool,
    hiding: frozenset[str] = frozenset(),
) -> Mapping[str, str]:
    """Return the titles of a text deck; a language without one gets `default`.

    `comment` is the comment token of the deck's templates. A heading in a cell with a tag in
    `hiding` is no title.
    """
    codes = tuple(languages)
    if called := called_titles(text, codes, default, comment):
        return called
    declared = declared_title(text, "" if is_markdown else comment)
    if titles := declared_titles(declared, codes, default):
        return titles
    # Not needed for most decks, which have a call.
    from clm_plugin_notebook.decks.plain_cells import markdown_cells, script_cells

    cells = markdown_cells(text) if is_markdown else script_cells(text, comment)
    return _headings(cells, codes, default, hiding)


def notebook_titles(
    notebook: Mapping[str, Any],
    languages: Iterable[str],
    default: str,
    hiding: frozenset[str] = frozenset(),
) -> Mapping[str, str]:
    """Return the titles of a Jupyter notebook; a language without one gets `default`."""
    codes = tuple(languages)
    title = notebook.get("metadata", {}).get("title")
    if titles := declared_titles(title, codes, default):
        return titles
    from clm_plugin_notebook.decks.plain_cells import notebook_cells  # as above

    return _headings(notebook_cells(notebook["cells"]), codes, default, hiding)


def _headings(
    cells: Iterable[Cell], languages: Iterable[str], default: str, hiding: frozenset[str]
) -> Mapping[str, str]:
    titles = dict.fromkeys(languages, "")
    missing = list(titles)
    for cell in cells:
        if hiding & cell.tags:
            continue
        for language in tuple(missing):
            if heading := _heading(cell, language):
                missing.remove(language)
                # What a template will write is not known yet.
                titles[language] = "" if "{{" in heading or "{%" in heading else heading
        if not missing:
            break
    return {language: title or default for language, title in titles.items()}


def _heading(cell: Cell, language: str) -> str:
    # The text of a cell may have regions of other cells here, which would keep its own text.
    given = [cell] if cell.assignment != "solution" else []
    shown = shown_cells(given, Audience(language, _LEAST, public=True))
    return next((heading for c in shown if (heading := first_heading(c.source))), "")
