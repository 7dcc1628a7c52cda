"""Paths in specs: relative and inside the data folder."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_DRIVE = re.compile(r"[A-Za-z]:")


def relative_path(text: str) -> PurePosixPath:
    r"""Return the path `text` without `.` and `..`; `\` separates parts like `/`.

    Raises:
        ValueError: it is absolute, has a drive, or leaves its folder; the message says which.
    """
    slashed = text.strip().replace("\\", "/")
    if slashed.startswith("/"):
        raise ValueError("an absolute path")
    if _DRIVE.match(slashed):
        raise ValueError("a path with a drive letter")
    if any(ord(character) < 32 for character in slashed):
        raise ValueError("a path with control characters")
    parts: list[str] = []
    for part in slashed.split("/"):
        if part == "..":
            if not parts:
                raise ValueError("a path that leaves its folder")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return PurePosixPath(*parts)
