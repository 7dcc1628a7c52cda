"""A fast look at files that are no decks: which of them may have hidden cells."""

from __future__ import annotations

import re

from clm_plugin_notebook.languages import JUPYTER_SUFFIX, NOTEBOOK_SUFFIXES

# A file with hidden cells has at least one of these.
CELL_WORDS = ("%%", "tag", "slide_type", "BEGIN ", "nbgrader", ":::", "<aside")
_UTF_16_MARKS = ("\u00ff\u00fe", "\u00fe\u00ff")  # as Latin-1


def is_named_like_deck(name: str) -> bool:
    """Whether a file has, or had, a suffix of decks: `part.py`, `part.py.old`, `part.ipynb.1`."""
    suffixes = re.split("[.,]", name.lower())[1:]
    return any(f".{suffix}" in NOTEBOOK_SUFFIXES for suffix in suffixes)


def is_notebook(name: str) -> bool:
    """Whether a file is, or was, a Jupyter notebook by its name."""
    return JUPYTER_SUFFIX in name.lower()


def may_have_cells(name: str, text: str) -> bool:
    """Whether a file may have hidden cells; a fast look, for the many files that have no cells."""
    return is_notebook(name) or any(word in text for word in CELL_WORDS)


def in_any_encoding(data: bytes) -> str:
    """The text of a file that is not UTF-8, with right ASCII characters, of which headers consist.

    It is enough for other 8-bit encodings and for UTF-16, whose ASCII characters have a zero byte.
    """
    text = data.decode("latin-1")
    for mark in _UTF_16_MARKS:
        text = text.removeprefix(mark)
    return text.replace("\0", "")
