"""Digests of source files, read again only when a file has changed.

The times and places of files decide only whether they are read again; they are in no digest.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from clm.installed.kept import cache_folder, read_json, write_json
from clm.regular_files import read_regular

_CACHE_FILE = "sources.json"
_AT_TOP = frozenset({"build", "dist", "docs", "tests"})
_ANYWHERE = frozenset({"__pycache__", "node_modules"})


def tree_digest(folder: Path, cache: Path | None = None) -> str:
    """The digest of the names and contents of all files in a folder, without hidden ones.

    Compiled modules do not count. The digest is kept in the folder `cache`, by default the user's,
    until a file's size or time changes.
    """
    return _digest(folder, _files(str(folder)), cache)


def project_digest(folder: Path, cache: Path | None = None) -> str:
    """The digest of a project's folder as in `tree_digest`, without what is never imported."""
    return _digest(folder, _files(str(folder), skipped=_AT_TOP), cache)


def _digest(folder: Path, found: Iterable[tuple[str, int, int]], cache: Path | None) -> str:
    files = sorted(found)
    stamp = hashlib.sha256(json.dumps(files).encode()).hexdigest()
    kept = (cache or cache_folder()) / _CACHE_FILE
    known = _read(kept)
    place = str(folder.absolute())
    if (entry := known.get(place)) and entry[0] == stamp:
        return entry[1]
    digest = _content(folder, [name for name, _, _ in files])
    others = {path: entry for path, entry in known.items() if Path(path).is_dir()}
    write_json(kept, others | {place: [stamp, digest]})
    return digest


def _content(folder: Path, names: list[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        try:
            data = read_regular(folder / name)
        except OSError:
            continue
        text = name.replace(os.sep, "/")
        digest.update(f"{text}\0{len(data)}\0".encode(errors="surrogateescape"))
        digest.update(data)
    return digest.hexdigest()


def _files(
    folder: str, parent: str = "", skipped: Container[str] = ()
) -> Iterator[tuple[str, int, int]]:
    """Name, size and time of each file; `parent` is the part below the folder.

    Folders with the names `skipped` are left out at the top only: a package may have such a part.
    """
    try:
        with os.scandir(os.path.join(folder, parent)) as found:  # noqa: PTH118  # as in packages
            entries = list(found)
    except OSError:
        return
    for entry in entries:
        name = f"{parent}{os.sep}{entry.name}" if parent else entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in skipped and _may_be_imported(entry):
                yield from _files(folder, name)
        else:
            with suppress(OSError):  # a link to nowhere, or a file that is gone meanwhile
                status = entry.stat()
                yield name, status.st_size, status.st_mtime_ns


def _may_be_imported(entry: os.DirEntry[str]) -> bool:
    is_skipped = entry.name in _ANYWHERE or entry.name.endswith(".egg-info")
    return not (is_skipped or _is_environment(entry.path))


def _is_environment(path: str) -> bool:
    return os.path.exists(f"{path}{os.sep}pyvenv.cfg")  # noqa: PTH110  # as in packages


def _read(file: Path) -> dict[str, list[str]]:
    entries = read_json(file).items()
    return {k: v for k, v in entries if isinstance(v, list) and [type(x) for x in v] == [str, str]}
