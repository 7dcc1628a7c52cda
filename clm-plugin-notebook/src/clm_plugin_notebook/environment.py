"""What is installed for an interpreter, as one text: light, since every build asks for it."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_METADATA = (".dist-info", ".egg-info", ".egg-link")
_SITE_FOLDERS = ("lib*/python*/site-packages", "lib*/python*/dist-packages", "Lib/site-packages")


def environment_digest(python: str) -> str:
    """A digest that changes when a package is installed, upgraded or removed.

    `python` is an interpreter, empty for this one. Nothing is started or imported: it is made
    of the names and times of the packages' metadata, and for another interpreter of the
    program's own. What that reads from outside of its prefix is not seen.
    """
    return _digest(python, tuple(sys.path))


@cache
def _digest(python: str, path: tuple[str, ...]) -> str:
    # Once a process: a build asks for each deck.
    if python:
        program = Path(python).expanduser()
        folders: Iterable[str] = _site_folders(program)
        own = [python, *_stat(program)]
    else:
        folders, own = path, [sys.version]
    packages = sorted(set().union(*map(_packages, folders)))
    return hashlib.sha256(json.dumps([own, packages]).encode()).hexdigest()


def _site_folders(program: Path) -> list[str]:
    prefix = program.absolute().parent.parent
    return [str(found) for pattern in _SITE_FOLDERS for found in prefix.glob(pattern)]


def _stat(program: Path) -> list[str]:
    try:
        status = program.stat()
    except OSError:
        return ["missing"]
    return [str(program.resolve()), str(status.st_size), str(status.st_mtime_ns)]


def _packages(folder: str) -> set[tuple[str, int]]:
    try:
        with os.scandir(folder or ".") as entries:
            return {
                (entry.name, entry.stat().st_mtime_ns)
                for entry in entries
                if entry.name.endswith(_METADATA)
            }
    except OSError:
        return set()  # a zip file, or a folder that is not there
