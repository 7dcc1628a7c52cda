"""Figures of workers, jobs and cache for the dashboard of a preview."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Any

from attrs import define, field

from clm.backends.paths import ClmPaths
from clm.database.cache.maintenance import cache_overview
from clm.database.queue.view import QueueView
from clm.errors import DatabaseError

_SECONDS = 1.0  # between two readings


@define(eq=False)
class Operations:
    """Reads the databases of a course, at most once a second; without them the figures are empty.

    May be called from any thread.
    """

    paths: ClmPaths
    _lock: Lock = field(factory=Lock)
    _read: float = 0.0
    _data: Mapping[str, Any] = field(factory=dict)

    def data(self) -> Mapping[str, Any]:
        """`workers` by type and status, and `cache`."""
        with self._lock:
            if time.monotonic() - self._read > _SECONDS:
                self._data = {"workers": self._workers(), "cache": self._cache()}
                self._read = time.monotonic()
            return self._data

    def _workers(self) -> list[dict[str, Any]]:
        if not self.paths.jobs_db.is_file():
            return []
        try:
            with QueueView(self.paths.jobs_db) as view:
                counts = Counter((w.job_type, str(w.status)) for w in view.workers())
        except DatabaseError:
            return []  # the build reports it
        return [{"type": t, "status": s, "count": n} for (t, s), n in sorted(counts.items())]

    def _cache(self) -> dict[str, Any] | None:
        if not self.paths.cache_db.is_file():
            return None
        try:
            found = cache_overview(self.paths.cache_db)
        except DatabaseError:
            return None  # as above
        return {"entries": found.entries, "bytes": found.bytes, "hits": found.hits,
                "misses": found.misses}  # fmt: skip
