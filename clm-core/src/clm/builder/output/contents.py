"""Contents of the files that jobs share."""

from __future__ import annotations

import gzip
import zlib

from clm.errors import OutputError
from clm.jobs.key import digest_bytes
from clm.jobs.request import SharedFile

_MARK = "shared:"


def shared_key(file: SharedFile) -> str:
    """What the record has as the key of a shared file; it changes with the content."""
    content = file.content
    return key_of_shared(digest_bytes(content) if isinstance(content, bytes) else content.digest)


def key_of_shared(digest: str) -> str:
    """The same for a file with this digest."""
    return _MARK + digest


def is_shared(key: str) -> bool:
    """Whether a recorded key is that of a shared file."""
    return key.startswith(_MARK)


def content_of(file: SharedFile) -> bytes:
    """The content.

    Raises:
        OutputError: its file cannot be read, or is not what was planned.
    """
    if isinstance(file.content, bytes):
        return file.content
    path = file.content.path
    try:
        data = path.read_bytes()
        if digest_bytes(data) != file.content.digest:
            raise OutputError(f"{path} has changed since the build was planned")
        return gzip.decompress(data) if file.packed else data
    except (OSError, EOFError, zlib.error) as error:
        raise OutputError(f"{path} cannot be read: {error}") from error
