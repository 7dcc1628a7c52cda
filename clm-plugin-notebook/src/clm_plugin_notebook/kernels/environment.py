"""What is installed for an interpreter, as one text: light, since every build asks for it."""

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
    """A digest that changes when a package is installed, upgraded or removed.

    `python` is an interpreter, empty for this one. Nothing is started or imported: it is made
    of the names and times of the packages' metadata, and for another interpreter of the
    program's own. What that reads from outside of its prefix is not seen.
    """
    return _digest(python, tuple(sys.path))


@cache
def kernel_digest(name: str) -> str:
    """A digest that changes when the kernel that Jupyter knows by this name does.

    It is made of the kernel's specification and of the files that its command names.
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
        return ""  # running the deck will say what is wrong with it
    files = [_stat(_named(part, folder)) for part in command]
    return hashlib.sha256(json.dumps([text, files]).encode()).hexdigest()


def _named(part: str, folder: Path) -> Path:
    path = part.replace("{resource_dir}", str(folder))
    return Path(shutil.which(path) or path)


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
