"""Files with cells that students must not see, although they are no decks.

A part that a deck includes, or a deck with a mistyped name, would be copied as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from clm_plugin_notebook.decks.hiding_tags import HIDING_TAGS

# Cells with these tags are for students, though not in all outputs.
_SHOWN = frozenset({"start", "workshop"})
_NAMES = "|".join(sorted(HIDING_TAGS - _SHOWN))
# The line that starts a cell: in scripts (percent and light), in Markdown and in MyST.
_HEADER = re.compile(
    r"^[ \t]*(?:(?:#|//|--|;;)+[ \t]*(?:%%|\+)|<!--[ \t]*#(?:region|md|markdown|raw)\b"
    r"|\+\+\+|`{3,}|~{3,})"
    rf".*(?:[\"'\[, ](?:{_NAMES})[\"'\], ]|slide_type[\"']?\s*[:=]\s*[\"']notes\b).*$",
    re.M,
)
_SOLUTION = re.compile(r"^[^\n]{0,20}\bBEGIN (?:SOLUTION|HIDDEN TESTS)\b", re.M)


def has_hidden_cells(name: str, text: str) -> bool:
    """Whether a text file has cells that no or not every student may see.

    `name` is the name of the file. Tags are looked for in the headers of cells of all formats;
    the solutions of nbgrader count, too.
    """
    if _SOLUTION.search(text):
        return True
    if name.endswith(".ipynb"):
        return any(_is_hidden(cell) for cell in _cells(text))
    return _HEADER.search(text) is not None


def _cells(text: str) -> Iterator[dict[str, Any]]:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        return  # no notebook, so it has no cells
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict) and isinstance(cell.get("metadata"), dict):
            yield cell


def _is_hidden(cell: dict[str, Any]) -> bool:
    metadata = cell["metadata"]
    tags, slideshow = metadata.get("tags"), metadata.get("slideshow")
    names = {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()
    slide_type = slideshow.get("slide_type") if isinstance(slideshow, dict) else None
    return bool(names & (HIDING_TAGS - _SHOWN)) or slide_type == "notes"
