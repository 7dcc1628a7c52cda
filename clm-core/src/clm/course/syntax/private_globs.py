"""Globs of a topic's private files, which only speakers get."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from clm.course.spec import PrivateGlob
from clm.course.syntax.fields import Fields, as_path


def read_private(fields: Fields) -> tuple[PrivateGlob, ...]:
    """Return the globs under `private`; one that leaves the topic is a problem."""
    found = []
    for item in fields.strings("private"):
        path = as_path(item.text, item.place, fields.notes)
        if path == PurePosixPath():
            message = "an empty glob in 'private'"
            fields.notes.problem(message, item.place, hint="for all files of the topic, write '*'")
        elif path is not None:
            found.append(PrivateGlob(str(path), item.place))
    return tuple(found)


def is_matched(path: PurePosixPath, pattern: str) -> bool:
    """Whether a glob matches a file of a topic, by its path or by a folder that contains it.

    A glob without `/` matches a name in any folder. `*` also matches `/`, case does not matter,
    and `**/` matches no folder, too: a private file must not become public for its spelling.
    """
    folded = _folded(pattern)
    patterns = {folded, folded.replace("**/", "")}
    return any(fnmatchcase(text, glob) for text in _names(path, pattern) for glob in patterns)


def _names(path: PurePosixPath, pattern: str) -> Iterator[str]:
    for part in (path, *path.parents[:-1]):
        yield _folded(str(part))
        if "/" not in pattern:
            yield _folded(part.name)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
