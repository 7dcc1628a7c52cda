"""Words of which a file has at least one if some of its cells are hidden."""

from __future__ import annotations

CELL_WORDS = ("%%", "tag", "slide_type", "BEGIN ", "nbgrader")


def may_have_cells(name: str, text: str) -> bool:
    """Whether a file may have hidden cells; a fast look, for the many files that have no cells."""
    return name.endswith(".ipynb") or any(word in text for word in CELL_WORDS)
