"""The digests of input files, hashed again only where the file may have changed."""

from __future__ import annotations

import time
from pathlib import Path

from clm.builder.output.record import OutputsRecord
from clm.jobs.key import digest_file

# A file written within this time of being hashed may be written again without its time
# changing, on file systems with coarse times: such digests are not remembered.
_RACY_NS = 2_000_000_000


class FileDigests:
    """SHA-256 digests by path, remembered with the file's size and time of change.

    Without a record they are forgotten with the object.
    """

    def __init__(self, record: OutputsRecord | None = None) -> None:
        self._record = record
        self._known = record.digests() if record else {}
        self._new: dict[str, tuple[int, int, str]] = {}

    def digest(self, path: Path) -> str:
        """The digest of the file.

        Raises:
            OSError: it cannot be read.
        """
        stat = path.stat()
        name = str(path)
        known = self._known.get(name)
        if known is not None and known[:2] == (stat.st_size, stat.st_mtime_ns):
            return known[2]
        digest = digest_file(path)
        entry = (stat.st_size, stat.st_mtime_ns, digest)
        self._known[name] = entry
        if time.time_ns() - stat.st_mtime_ns > _RACY_NS:
            self._new[name] = entry
        return digest

    def save(self) -> None:
        """Remembers what was hashed for later builds."""
        if self._new and self._record:
            self._record.save_digests(self._new)
            self._new = {}
