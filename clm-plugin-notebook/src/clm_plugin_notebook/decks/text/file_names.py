"""Names of files in links, in the normal form that the file system has.

macOS takes decomposed letters in a file name for the composed ones, other systems do not.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote

from attrs import evolve

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.text.links import local_file, local_path

_URL = re.compile(
    r"""\]\(\s*<?(?P<markdown>(?:[^<>()\n"]|\([^<>()\n"]*\))+)"""
    r"""|\b(?:src|href)\s*=\s*(?P<quote>["'])(?P<html>[^"'\n]+)(?P=quote)"""
    r"""|^\s{0,3}\[[^\]\n]+\]:\s*<?(?P<reference>[^<>\s]+)""",
    re.M,
)
_SAME_IN_URLS = re.compile(r"[A-Za-z0-9_.~/-]*")
_TITLE = re.compile(r"\s+['\"(].*", re.S)


def with_real_names(cell: Cell, topic: Path) -> Cell:
    """Return a Markdown cell whose links have the names of files as the topic's folder has them."""
    source = cell.source
    if cell.type != "markdown" or (source.isascii() and "%" not in source):
        return cell
    return evolve(cell, source=_URL.sub(lambda match: _replaced(match, topic), source))


def _replaced(match: re.Match[str], topic: Path) -> str:
    group = next(g for g in ("markdown", "html", "reference") if match[g])
    url = _TITLE.sub("", match[group]).strip()
    path = local_path(url)
    if path is None or str(path).isascii():
        return match[0]
    file = local_file(topic, url)
    if file is None:
        return match[0]
    real = Path(os.path.relpath(file, topic)).as_posix()
    written = str(path)
    if real == written or not _same(real, written):
        return match[0]
    shown = quote(real) if "%" in url else real
    rest = re.search(r"[?#].*", url)
    return match[0].replace(url, shown + (rest[0] if rest else ""), 1)


def _same(one: str, other: str) -> bool:
    return normalize("NFC", one) == normalize("NFC", other)


def forms_of(word: str) -> set[str]:
    """The forms in which a text may have a file name: normal forms, and percent-encoded."""
    if _SAME_IN_URLS.fullmatch(word):  # as most names
        return {word}
    forms = {word, quote(word)}
    if not word.isascii():
        forms |= {normalize("NFC", word), normalize("NFD", word)}
        forms |= {quote(form) for form in forms}
    return forms
