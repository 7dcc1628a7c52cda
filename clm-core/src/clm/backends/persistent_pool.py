"""A build's use of a persistent pool."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from attrs import define, field

from clm.database.queue.pools import PoolRegistry, PoolRow
from clm.errors import Diagnostic
from clm.jobs.status import LEASE_SECONDS
from clm.workers.pool.environment import environment

log = logging.getLogger(__name__)

_CHECK_SECONDS = 0.5
_POOL_ENDED = Diagnostic(
    "the pool of workers ended while running this job; no attempts are left",
    hint="memory may have run out, or the converter crashes on this file; see `clm workers logs`",
)


@define(eq=False, repr=False)
class PersistentPool:
    """The persistent pool that runs some of a build's jobs while it is alive and matches.

    The build's own workers run all other jobs. A pool without a heartbeat for `silent_seconds`
    counts as ended. Without `enabled`, no pool is used.
    """

    build_id: str
    pools: PoolRegistry
    silent_seconds: float = LEASE_SECONDS
    enabled: bool = True
    _fingerprints: dict[str, str] = field(factory=dict)
    _pool: PoolRow | None = None
    _checked_at: float = 0.0
    _heartbeat_seen_at: float = 0.0

    @property
    def pool_id(self) -> str:
        """The id of the pool in use; empty for none."""
        return self._pool.id if self._pool else ""

    @property
    def addresses(self) -> list[str]:
        """Wakeup addresses of the pool; a wakeup makes it start workers for new jobs."""
        return [self._pool.address] if self._pool else []

    def attach(self, fingerprints: Mapping[str, str]) -> None:
        """Attaches the build to a pool that serves job types with these fingerprints, if any."""
        self._fingerprints |= fingerprints
        if self._pool is not None or not self.enabled:
            return
        candidates = [pool for pool in self.pools.live() if not pool.stop_requested]
        own = environment() if candidates else ""
        for pool in candidates:
            if pool.environment == own and self._matching(pool):
                self._pool = pool
                self._checked_at = self._heartbeat_seen_at = time.monotonic()
                self.pools.attach(self.build_id, pool.id)
                log.info("pool %s runs %s", pool.id, ", ".join(self._matching(pool)))
                return
        if candidates:
            log.info("no persistent pool has the same versions as this build")

    def served(self) -> frozenset[str]:
        """The job types that the pool serves now; requeues the jobs of a pool that has ended."""
        now = time.monotonic()
        if self._pool is not None and now - self._checked_at >= _CHECK_SECONDS:
            self._checked_at = now
            self._check(self._pool, now)
        return frozenset(self._matching(self._pool)) if self._pool else frozenset()

    def _check(self, known: PoolRow, now: float) -> None:
        pool = self.pools.get(known.id)
        if pool is not None and pool.heartbeat_at != known.heartbeat_at:
            self._heartbeat_seen_at = now
        silent = now - self._heartbeat_seen_at > self.silent_seconds
        if pool is None or silent or not pool.is_alive:
            log.warning("pool %s has ended; the build continues without it", known.id)
            self._pool = None
            self.pools.detach(self.build_id, known.id, [_POOL_ENDED])
            return
        self._pool = pool

    def _matching(self, pool: PoolRow) -> list[str]:
        own = self._fingerprints.items()
        return sorted(name for name, value in own if pool.fingerprints.get(name) == value)
