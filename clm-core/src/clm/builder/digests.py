"""Digests of input files; a file is hashed again only if it may have changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

from clm.builder.output.record import OutputsRecord
from clm.jobs.key import digest_file

# On file systems with coarse timestamps, a file written less than this before it was hashed may
# be written again without a new timestamp: such digests are not recorded.
_RACY_NS = 2_000_000_000


class FileDigests:
    """SHA-256 digests by path, valid while the state of the file is the same.

    Without a record they are only kept in this object.
    """

    def __init__(self, record: OutputsRecord | None = None) -> None:
        self._record = record
        self._known = record.digests() if record else {}
        self._new: dict[str, tuple[str, str]] = {}

    def digest(self, path: Path) -> str:
        """The digest of the file.

        Raises:
            OSError: the file cannot be read.
        """
        stat = path.stat()
        name, state = str(path), _state(stat)
        known = self._known.get(name)
        if known is not None and known[0] == state:
            return known[1]
        digest = digest_file(path)
        entry = (state, digest)
        self._known[name] = entry
        if time.time_ns() - stat.st_mtime_ns > _RACY_NS:
            self._new[name] = entry
        return digest

    def save(self) -> None:
        """Saves the new digests for later builds."""
        if self._new and self._record:
            self._record.save_digests(self._new)
            self._new = {}


def _state(stat: os.stat_result) -> str:
    # Files that were written at the same moment may have the same size, and exchange their names.
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"
