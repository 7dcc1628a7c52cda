"""A build's use of a pool that is kept from build to build."""

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

_LOOK_SECONDS = 0.5
_LOST = Diagnostic(
    "the pool of workers ended while doing it; no attempts are left",
    hint="memory may have run out, or the converter crashes on this file; "
    "`clm workers logs` says more",
)


@define(eq=False, repr=False)
class PersistentPool:
    """The pool that does some of a build's jobs, as long as it lives and fits.

    What it does not do, or not any more, is for the build's own workers. A pool that says nothing
    for `silent_seconds` counts as ended.
    """

    build_id: str
    pools: PoolRegistry
    silent_seconds: float = LEASE_SECONDS
    _fingerprints: dict[str, str] = field(factory=dict)
    _pool: PoolRow | None = None
    _looked_at: float = 0.0
    _heard_at: float = 0.0

    @property
    def pool_id(self) -> str:
        """The id of the pool in use; empty for none."""
        return self._pool.id if self._pool else ""

    @property
    def addresses(self) -> list[str]:
        """Where to nudge the pool, so that it looks after its workers."""
        return [self._pool.address] if self._pool else []

    def attach(self, fingerprints: Mapping[str, str]) -> None:
        """Looks for a pool that serves job types with these fingerprints."""
        self._fingerprints |= fingerprints
        if self._pool is not None:
            return
        candidates = [pool for pool in self.pools.live() if not pool.stop_requested]
        here = environment() if candidates else ""
        for pool in candidates:
            if pool.environment == here and self._fitting(pool):
                self._pool = pool
                self._looked_at = self._heard_at = time.monotonic()
                self.pools.attach(self.build_id, pool.id)
                log.info("the pool %s does %s", pool.id, ", ".join(self._fitting(pool)))
                return
        if candidates:
            log.info("no pool that is kept has the versions of this build")

    def served(self) -> frozenset[str]:
        """The job types that the pool does now; jobs that a lost pool held are taken back."""
        now = time.monotonic()
        if self._pool is not None and now - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = now
            self._look(self._pool, now)
        return frozenset(self._fitting(self._pool)) if self._pool else frozenset()

    def _look(self, known: PoolRow, now: float) -> None:
        pool = self.pools.get(known.id)
        if pool is not None and pool.heartbeat_at != known.heartbeat_at:
            self._heard_at = now
        silent = now - self._heard_at > self.silent_seconds
        if pool is None or silent or not pool.is_alive:
            log.warning("the pool %s has ended; the build goes on without it", known.id)
            self._pool = None
            self.pools.detach(self.build_id, known.id, [_LOST])
            return
        self._pool = pool

    def _fitting(self, pool: PoolRow) -> list[str]:
        own = self._fingerprints.items()
        return sorted(name for name, value in own if pool.fingerprints.get(name) == value)
