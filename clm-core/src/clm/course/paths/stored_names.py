"""Names of files and topics in either Unicode normal form.

The form depends on the system and program that made a file: `ü` is one character or two, and both
look alike. On most systems they are different names.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path


def normal(text: str) -> str:
    """The text in the form in which names are compared."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def stored_path(path: Path) -> Path:
    """The path as its folders store it; the path itself if it exists, or if none is alike."""
    if str(path).isascii() or _exists(path):
        return path
    found = Path(path.anchor)
    for part in path.relative_to(path.anchor).parts:
        name = part if _exists(found / part) else _alike(found, part)
        if name is None:
            return path
        found /= name
    return found


def _exists(path: Path) -> bool:
    return os.path.lexists(path)


def _alike(folder: Path, name: str) -> str | None:
    """The only entry of the folder whose name differs in its normal form alone."""
    try:
        entries = [entry.name for entry in folder.iterdir()]
    except OSError:
        return None
    found = [entry for entry in entries if normal(entry) == normal(name)]
    return found[0] if len(found) == 1 else None
