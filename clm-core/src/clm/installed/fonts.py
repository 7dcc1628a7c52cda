"""A digest of the fonts of this machine, computed again only when a folder of fonts has changed."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from clm.installed.kept import cache_folder, home_folder, read_json, write_json
from clm.regular_files import open_regular

_CACHE_FILE = "fonts.json"
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc", ".pfb", ".pfa", ".dfont", ".pcf", ".gz", ".woff2")
_CONFIGURATION = (".conf",)
# The tables of a font file, with their checksums, are at its beginning.
_SAMPLE_BYTES = 4096


def fonts_digest(*folders: Path, cache: Path | None = None) -> str:
    """The digest of the fonts that are installed on this machine, and of those in these folders.

    It covers the names and sizes of the files and their beginnings, and on Linux the configuration
    of fontconfig, but not where they are. It is kept in the folder `cache`, by default the user's,
    until the time of one of the folders changes.
    """
    roots = [str(root) for root in (*_font_folders(), *folders)]
    kept = (cache or cache_folder()) / _CACHE_FILE
    place = json.dumps(roots)
    known = read_json(kept)
    entry = known.get(place)
    if isinstance(entry, list) and len(entry) == 2 and _is_unchanged(roots, entry[0]):
        return str(entry[1])
    times: dict[str, int] = {}
    files = {item for root in roots for item in _files(root, times)}
    digest = hashlib.sha256(json.dumps(sorted(files)).encode()).hexdigest()
    write_json(kept, {**known, place: [times, digest]})
    return digest


def _font_folders() -> list[Path]:
    home = home_folder()
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home / "AppData/Local"))
        windows = os.environ.get("WINDIR", r"C:\Windows")
        return [Path(windows, "Fonts"), Path(local, "Microsoft", "Windows", "Fonts")]
    own = os.environ.get("XDG_DATA_HOME") or str(home / ".local/share")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    configured = os.environ.get("XDG_CONFIG_HOME") or str(home / ".config")
    data = [Path(folder, "fonts") for folder in (own, *shared.split(":")) if folder]
    return [*data, home / ".fonts", Path("/etc/fonts"), Path(configured, "fontconfig")]


def _is_unchanged(roots: list[str], times: object) -> bool:
    """Whether the folders are those of these times; a root without one was missing."""
    if not isinstance(times, dict):
        return False
    return all(_time(folder) == times.get(folder) for folder in {*roots, *times})


def _time(folder: str) -> int | None:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116  # there may be hundreds
    except OSError:
        return None


def _files(folder: str, times: dict[str, int]) -> Iterator[tuple[str, int, str]]:
    """Name, size and digest of the beginning of each font; notes the times of the folders."""
    time = _time(folder)
    if time is None or folder in times:
        return
    times[folder] = time
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        with suppress(
            OSError
        ):  # a link to nowhere, in a circle, or to what this account may not see
            if entry.is_dir():
                yield from _files(os.path.realpath(entry.path), times)
            elif entry.name.lower().endswith((*_SUFFIXES, *_CONFIGURATION)):
                with open_regular(Path(entry.path)) as file:
                    sample = hashlib.sha256(file.read(_SAMPLE_BYTES)).hexdigest()
                yield entry.name, entry.stat().st_size, sample
