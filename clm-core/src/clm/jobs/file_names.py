"""Names of a topic's files in texts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

# Not within a longer name or path; `./` and `../` may stand before a path.
_BEFORE = r"(?<![\w./\\-])(?:\.{1,2}/)*"
_AFTER = r"(?![\w-]|\.\w)"


def named_files(text: str, files: Collection[str]) -> frozenset[str]:
    """The files that a text names: by their paths, or by their names alone if these are unique.

    `files` are all files of a topic, by their paths in it. Names may be written as in URLs and in
    HTML, and in any Unicode normal form. Patterns, folders and other paths that lead to a file
    do not name it.
    """
    names = _names(files)
    if not names:
        return frozenset()
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(f"{_BEFORE}({'|'.join(map(re.escape, longest_first))}){_AFTER}")
    return frozenset(names[found] for form in _forms(text) for found in pattern.findall(form))


def _names(files: Collection[str]) -> dict[str, str]:
    """The files by all texts that name them."""
    alone = Counter(PurePosixPath(file).name for file in files)
    names = {_normal(PurePosixPath(f).name): f for f in files if alone[PurePosixPath(f).name] == 1}
    return names | {_normal(file): file for file in files}


def _forms(text: str) -> Iterator[str]:
    yield _normal(text)
    if "%" in text:
        yield _normal(unquote(text))
    if "&" in text:
        from html import unescape  # its tables are large, and few texts need them

        yield _normal(unescape(text))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)
