"""Store in a folder, such as one on a file server."""

from __future__ import annotations

import errno
import os
import uuid
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from clm.errors import StoreError, UsageError
from clm.regular_files import open_regular
from clm.stores.store import ResultStore

# The folder can still be read.
_REFUSALS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FolderStore(ResultStore):
    """Keeps each entry in a file of its own, which is written aside and then renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, path: str, limit: int) -> bytes | None:
        try:
            with open_regular(self._file(path)) as file:
                data = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StoreError(f"{self._folder}: {error.strerror or error}") from error
        if len(data) > limit:
            raise StoreError(f"{self._folder}: {path} has more than {limit} bytes")
        return data

    def put(self, path: str, data: bytes) -> None:
        target = self._file(path)
        temporary = target.with_name(f".{os.getpid()}-{uuid.uuid4().hex[:12]}.tmp")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_bytes(data)
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"{self._folder} cannot be written to: {error.strerror or error}",
                answered=error.errno in _REFUSALS,
            ) from error

    def _file(self, path: str) -> Path:
        return self._folder.joinpath(*path.split("/"))


def open_folder(url: str) -> FolderStore:
    """The store at a path or a URL such as `file:///srv/clm`.

    Raises:
        UsageError: it is a file, or of no account, or the URL names another machine.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() == "file":
        if parts.netloc not in ("", "localhost"):
            raise UsageError(f"{url} names another machine", hint="write file:///path or a path")
        folder = Path(url2pathname(parts.path))
    else:
        try:
            folder = Path(url).expanduser()
        except RuntimeError as error:
            raise UsageError(f"{url}: this account has no folder") from error
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"the shared cache {folder} is not a folder")
    return FolderStore(folder.absolute())
