"""Files of the plugin itself, and the places of those that all pages of a site share."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

_FOLDER = "assets"


@cache
def static_text(name: str) -> str:
    """A template, style sheet or script."""
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")


@cache
def shared_path(name: str) -> str:
    """The path of a file below the root of a site; another content has another path."""
    digest = hashlib.sha256(static_text(name).encode()).hexdigest()[:12]
    path = PurePosixPath(name)
    return f"{_FOLDER}/{path.stem}.{digest}{path.suffix}"
