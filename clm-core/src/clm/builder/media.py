"""Which files are certainly no converter's sources."""

from __future__ import annotations

from functools import cache
from mimetypes import MimeTypes
from pathlib import PurePosixPath

_MEDIA = frozenset({"audio", "font", "image", "video"})


def is_medium(path: PurePosixPath) -> bool:
    """Whether a file is a picture, a sound, a film or a font by its suffix.

    Such a file holds no text that only a speaker should see. The system's own tables are not
    asked, so that all machines agree.
    """
    kind = mime_type(path)
    return kind is not None and kind.partition("/")[0] in _MEDIA


def mime_type(path: PurePosixPath) -> str | None:
    """What Python's own tables say of a file's name."""
    return _tables().guess_type(path.name)[0]


@cache
def _tables() -> MimeTypes:
    return MimeTypes()
