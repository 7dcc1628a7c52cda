"""Names, versions and contents of the packages that are installed in a folder.

The formats are those of https://packaging.python.org/en/latest/specifications/ (recording of
installed distributions, direct URLs).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from clm.installed import project_digest

Package = tuple[str, str]

_METADATA = (".dist-info", ".egg-info", ".egg-link")
_OWN = re.compile(r"clm(_plugin_\w+)?-")
_PLUGINS = "[clm.plugins]"
# What installers write differently, and scripts, which contain the path of the interpreter.
_VARIABLE = re.compile(
    r"(\.\./)+(bin|Scripts)/|.*\.pyc$|[^/]+\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json"
    r"|uv_cache\.json|uv_build\.json)$"
)


def packages_in(folder: str) -> set[Package]:
    """The packages in a folder of the import path: name with version, and content.

    The content is empty for a package from an index, where a version has one content. Otherwise it
    says which files are installed, or those of an editable package's folder. CLM and its plugins
    are left out, whatever their names are: installing one concerns no deck.
    """
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry in entries if entry.name.endswith(_METADATA)]
    except OSError:
        return set()  # a zip file, or a missing folder
    return {
        _package(folder or ".", name)
        for name in names
        if not _OWN.match(_normal(name)) and not _has_plugins(folder or ".", name)
    }


def _has_plugins(folder: str, name: str) -> bool:
    """Whether a package has entry points of CLM's plugins."""
    path = f"{folder}{os.sep}{name}{os.sep}entry_points.txt"  # as in _package
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return _PLUGINS in file.read()
    except OSError:
        return False


def _normal(name: str) -> str:
    """The name of metadata in one spelling, which differs between installers."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122  # as in _package
    project, _, version = stem.rpartition("-")
    return f"{re.sub(r'[-_.]+', '_', project or stem).lower()}-{version}{suffix}"


def _package(folder: str, name: str) -> Package:
    path = f"{folder}{os.sep}{name}"
    if name.endswith(".dist-info"):
        try:
            with open(f"{path}{os.sep}direct_url.json", encoding="utf-8") as file:  # noqa: PTH123
                # A path object for each of hundreds of packages would take most of the time.
                return _normal(name), _content(Path(path), json.load(file))
        except FileNotFoundError:
            return _normal(name), ""
        except (OSError, ValueError, TypeError, AttributeError):
            return _normal(name), _record(Path(path))
    return _normal(name), _old_metadata(Path(path))


def _content(metadata: Path, origin: dict[str, object]) -> str:
    """The content of a package that was not installed from an index."""
    vcs, folder = origin.get("vcs_info"), origin.get("dir_info")
    if isinstance(folder, dict) and folder.get("editable"):
        from urllib.request import url2pathname  # every build would pay 9 ms for its imports

        return project_digest(Path(url2pathname(urlsplit(str(origin.get("url"))).path)))
    if isinstance(vcs, dict):
        return str(vcs.get("commit_id"))
    return _record(metadata)


def _record(metadata: Path) -> str:
    """The digest of the digests of all installed files, without those that installers change."""
    import csv  # only few environments have packages that were not installed from an index

    try:
        with (metadata / "RECORD").open(encoding="utf-8", newline="") as file:
            rows = sorted(row[:2] for row in csv.reader(file) if row)
    except (OSError, ValueError, csv.Error):
        return "no record"
    return _digest(json.dumps([row for row in rows if not _VARIABLE.match(row[0])]).encode())


def _old_metadata(path: Path) -> str:
    """The content of metadata in an older format: a file, a folder, or a link to a folder."""
    try:
        if path.is_dir():
            return _digest((path / "PKG-INFO").read_bytes())
        data = path.read_bytes()
    except OSError:
        return ""
    if path.suffix == ".egg-link":
        return project_digest(Path(data.decode(errors="replace").partition("\n")[0].strip()))
    return _digest(data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
