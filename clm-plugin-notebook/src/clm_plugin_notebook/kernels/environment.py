"""Digests of installed packages and kernels. Cheap, since every build needs them.

They are the same on every machine and in every folder for the same contents: no path and no
time is in them.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from clm.installed import fonts_digest
from clm.programs import browser_version, find_browser, find_program
from clm_plugin_notebook.kernels.packages import packages_in
from clm_plugin_notebook.payload import BROWSER, FONTS, KERNEL, PYTHON

_SITE_FOLDERS = ("lib*/python*/site-packages", "lib*/python*/dist-packages", "Lib/site-packages")
_SAMPLE_BYTES = 1 << 16
_PYTHON = re.compile(r"(python|pypy)[\d.]*(\.exe)?", re.IGNORECASE)


def environment_digest(python: str) -> str:
    """Return a digest that changes when a package is installed, changed or removed.

    `python` is an interpreter, empty for the current one. Nothing is started or imported. The
    digest covers the interpreter's implementation and version, the names and versions of the
    packages, and the contents of those that were installed from a folder, a file or an address.
    CLM and its plugins are left out: what concerns a job is in its fingerprint. Packages outside
    that interpreter's prefix are not covered.
    """
    return _digest(python, tuple(sys.path))


def installed(name: str) -> str:
    """Return what is installed on this machine, for a name of a job's environment.

    The names are those in `payload`. A browser that is missing has an empty version.
    """
    kind, _, argument = name.partition(" ")
    if kind == PYTHON:
        return environment_digest(argument)
    if kind == KERNEL:
        return kernel_digest(argument)
    if kind == BROWSER:
        program = find_browser()
        return browser_version(program).partition(".")[0] if program else ""
    if kind == FONTS:
        return fonts_digest()
    raise ValueError(f"unknown name of an environment: {name!r}")


def kernel_digest(name: str) -> str:
    """Return a digest that changes when the Jupyter kernel of this name changes.

    It covers the kernel's specification and the files in its command, of which only the names
    count, the sizes, and the contents (of large files, their beginnings and ends); and for a Python
    interpreter its version and packages. It is empty if there is no valid specification.
    """
    from jupyter_core.paths import jupyter_path

    folders = (Path(folder, name) for folder in jupyter_path("kernels"))
    folder = next((f for f in folders if (f / "kernel.json").is_file()), None)
    if folder is None:
        return ""
    try:
        spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
        command = [_part(str(part), folder) for part in spec["argv"]]
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # running the deck reports the error
    return _digest_of([{**spec, "argv": command}])


def _part(part: str, folder: Path) -> list[str]:
    """A part of a kernel's command; a file by its name and content, not by its place."""
    path = Path(part.replace("{resource_dir}", str(folder)))
    path = find_program([str(path)]) or path
    if not path.is_file():
        return [part]
    if _PYTHON.fullmatch(path.name):  # the kernel is one of its packages
        own = path.absolute() == Path(sys.executable).absolute()
        return ["python", environment_digest("" if own else str(path))]
    return [path.name, *_sample(path)]


def _sample(path: Path) -> list[str]:
    size = path.stat().st_size
    with path.open("rb") as file:
        content = file.read(_SAMPLE_BYTES)
        file.seek(max(len(content), size - _SAMPLE_BYTES))
        content += file.read(_SAMPLE_BYTES)
    return [str(size), hashlib.sha256(content).hexdigest()]


def _digest(python: str, path: tuple[str, ...]) -> str:
    own = (
        _interpreter(_path(python))
        if python
        else [platform.python_implementation(), platform.python_version()]
    )
    packages = sorted(set().union(*map(packages_in, site_folders(python, path))))
    return _digest_of([own, packages])


def site_folders(python: str, path: Iterable[str] = ()) -> list[str]:
    """The folders with packages of an interpreter; `path` is that of the current one."""
    if not python:
        return list(path or sys.path)
    prefix = _path(python).absolute().parent.parent
    return [str(found) for pattern in _SITE_FOLDERS for found in prefix.glob(pattern)]


def _path(python: str) -> Path:
    return Path(os.path.expanduser(python))  # noqa: PTH111  # also `~name` of no account


def interpreter_version(python: str) -> str:
    """The version of an interpreter; empty if only starting it would tell."""
    if not python:
        return platform.python_version()
    known = _interpreter(_path(python))
    return known[1] if known[0] != "missing" and known[1].count(".") == 2 else ""


def _interpreter(program: Path) -> list[str]:
    """Implementation and version of another interpreter; without both, a sample of its file."""
    try:
        text = (program.absolute().parent.parent / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    pairs = (line.partition("=") for line in text.splitlines())
    facts = {key.strip().lower(): value.strip() for key, _, value in pairs}
    version = facts.get("version") or facts.get("version_info", "")
    if version:
        return [facts.get("implementation", "CPython"), ".".join(version.split(".")[:3])]
    try:
        return _sample(program)
    except OSError:
        return ["missing"]


def _digest_of(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
