"""Warnings about names of files and folders that another operating system cannot store."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from clm.course.files import CourseFile
from clm.course.paths.names import RESERVED
from clm.errors import Diagnostic, Place, Severity

_FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]')
_SPACE_OR_DOT = (" ", ".")


def unportable_names(files: Iterable[CourseFile]) -> Iterator[Diagnostic]:
    """A warning for each file or folder with such a name, once, by its path in the course.

    Names in one folder that differ only in case or in Unicode normalization are one file on
    Windows or macOS, which keeps only one of them.
    """
    paths: dict[Path, str] = {}  # each file once, though several topics may include it
    for file in files:
        paths.setdefault(file.path, file.course_path)
    names: dict[tuple[str, str], str] = {}
    for path in _with_folders(paths.values()):
        folder, _, name = path.rpartition("/")
        if fault := unportable_reason(name):
            yield _warning(path, f"the name {name!r} {fault}, which Windows does not allow")
        other = names.setdefault((folder, _folded(name)), name)
        if other != name:
            what = "case" if name.lower() == other.lower() else "the encoding of their letters"
            yield _warning(
                path, f"{name!r} and {other!r} differ only in {what}, and are one on other systems"
            )


def _with_folders(paths: Iterable[str]) -> Iterator[str]:
    """The paths and all folders above them, each once."""
    seen: set[str] = set()
    for path in dict.fromkeys(paths):
        folder = path.rpartition("/")[0]
        above = []
        while folder and folder not in seen:  # usually it is known, and so are its parents
            above.append(folder)
            folder = folder.rpartition("/")[0]
        seen.update(above)
        yield from reversed(above)
        yield path


def unportable_reason(name: str) -> str:
    """Why Windows does not allow a name of a file or folder; empty if it does."""
    if match := _FORBIDDEN.search(name):
        return f"contains {match.group()!r}"
    if name.endswith(_SPACE_OR_DOT):
        return f"ends with a {'space' if name.endswith(' ') else 'dot'}"
    return "is reserved" if RESERVED.match(name) else ""


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name.casefold())


def _warning(path: str, message: str) -> Diagnostic:
    hint = "rename it, so that the course and its outputs can be copied to every system"
    return Diagnostic(message, Severity.WARNING, Place(path), hint)
