"""Digests of input files; a file is hashed again only if it may have changed."""

from __future__ import annotations

import time
from pathlib import Path

from clm.builder.output.record import OutputsRecord
from clm.jobs.key import digest_file

# On file systems with coarse timestamps, a file written less than this before it was hashed may
# be written again without a new timestamp: such digests are not recorded.
_RACY_NS = 2_000_000_000


class FileDigests:
    """SHA-256 digests by path, valid while the file's size and modification time are the same.

    Without a record they are only kept in this object.
    """

    def __init__(self, record: OutputsRecord | None = None) -> None:
        self._record = record
        self._known = record.digests() if record else {}
        self._new: dict[str, tuple[int, int, str]] = {}

    def digest(self, path: Path) -> str:
        """The digest of the file.

        Raises:
            OSError: the file cannot be read.
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
        """Saves the new digests for later builds."""
        if self._new and self._record:
            self._record.save_digests(self._new)
            self._new = {}
