"""The versions of programs, asked once for each of their files and then remembered.

To ask a browser takes a tenth of a second or more, and every build wants to know.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import platformdirs

_VERSION = re.compile(r"\d+(?:\.\d+){1,3}")
_ASK_SECONDS = 30.0
# These are links to one starter, which stays the same when what it starts changes.
_NOT_REMEMBERED = ("/snap/", "/flatpak/")


def program_version(program: Path, folder: Path | None = None) -> str:
    """What `program --version` says, such as `156.0.8078.79`; empty when it says nothing.

    Answers are kept in `folder`, by default the user's cache folder.
    """
    try:
        status = program.stat()
    except OSError:
        return ""
    key = f"{program.resolve()}|{status.st_mtime_ns}|{status.st_size}"
    file = (folder or platformdirs.user_cache_path("clm", appauthor=False)) / "versions.json"
    known = _known(file)
    if key in known:
        return known[key]
    version = _asked(program)
    if version and not any(part in str(program) for part in _NOT_REMEMBERED):
        _remember(file, known | {key: version})
    return version


def _known(file: Path) -> dict[str, str]:
    try:
        known = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in known.items()} if isinstance(known, dict) else {}


def _remember(file: Path, known: dict[str, str]) -> None:
    # Not to be able to remember is no reason to fail.
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(known, stream)
        Path(name).replace(file)


def _asked(program: Path) -> str:
    try:
        answer = subprocess.run(
            [str(program), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ASK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = _VERSION.search(answer.stdout)
    return match[0] if match else ""
