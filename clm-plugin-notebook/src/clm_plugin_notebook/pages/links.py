"""Where links and pictures of a deck lead."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:|//)")


def is_remote(url: str) -> bool:
    """Whether a browser would ask another machine for it."""
    return url.startswith("//") or url.lower().startswith(("http:", "https:", "ftp:"))


def local_path(url: str) -> PurePosixPath | None:
    """The file that a relative URL names, None for any other URL."""
    if not url or url[0] in "#/?" or _SCHEME.match(url):
        return None
    path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
    return PurePosixPath(path) if path else None


def local_file(topic: Path, url: str) -> Path | None:
    """The file of the topic that a URL names, None when it has none of the name."""
    path = local_path(url)
    if path is None or "\0" in str(path) or path.is_absolute():
        return None
    file = topic.joinpath(*path.parts)
    try:
        inside = file.resolve().is_relative_to(topic.resolve())
        return file if inside and file.is_file() else None
    except (OSError, ValueError):  # a name that the file system cannot have
        return None
