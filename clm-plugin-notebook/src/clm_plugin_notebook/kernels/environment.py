"""Digests of installed packages and kernels. Cheap, since every build needs them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_METADATA = (".dist-info", ".egg-info", ".egg-link")
_SITE_FOLDERS = ("lib*/python*/site-packages", "lib*/python*/dist-packages", "Lib/site-packages")


def environment_digest(python: str) -> str:
    """Return a digest that changes when a package is installed, upgraded or removed.

    `python` is an interpreter, empty for the current one. Nothing is started or imported: the
    digest covers the names and modification times of the packages' metadata, and for another
    interpreter also its executable. Packages outside that interpreter's prefix are not covered.
    """
    return _digest(python, tuple(sys.path))


@cache
def kernel_digest(name: str) -> str:
    """Return a digest that changes when the Jupyter kernel of this name changes.

    It covers the kernel's specification and the files in its command; empty if there is no valid
    specification.
    """
    from jupyter_core.paths import jupyter_path

    folders = (Path(folder, name) for folder in jupyter_path("kernels"))
    folder = next((f for f in folders if (f / "kernel.json").is_file()), None)
    if folder is None:
        return ""
    try:
        text = (folder / "kernel.json").read_text(encoding="utf-8")
        command = [str(part) for part in json.loads(text)["argv"]]
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # running the deck reports the error
    files = [_stat(_command_path(part, folder)) for part in command]
    return hashlib.sha256(json.dumps([text, files]).encode()).hexdigest()


def _command_path(part: str, folder: Path) -> Path:
    path = part.replace("{resource_dir}", str(folder))
    return Path(shutil.which(path) or path)


@cache
def _digest(python: str, path: tuple[str, ...]) -> str:
    # Computed once per process, since a build needs it for each deck.
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
        return set()  # a zip file, or a missing folder
