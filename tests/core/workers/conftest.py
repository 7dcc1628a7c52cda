"""Fixtures for tests of the pool manager."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_workers import BUILD, Clock, Executor, Pools, PoolsOf, plugins

from clm.database.queue import registry
from clm.database.queue.job_queue import JobQueue
from clm.workers.pool import manager as pool_manager
from clm.workers.pool.manager import PoolManager
from clm.workers.worker.options import WorkerOptions


@pytest.fixture
def pools_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PoolsOf]:
    """Creates the pools of a build; `more` are further arguments of `PoolManager`."""
    queue = JobQueue(tmp_path / "queue.db")
    clock = Clock()
    monkeypatch.setattr(pool_manager, "time", clock)
    monkeypatch.setattr(registry, "time", clock)
    made: list[Pools] = []

    def make(
        *, limit: int = 2, pool_size: int | None = None, lease: float = 30.0, **more: Any
    ) -> Pools:
        exits = threading.Semaphore(0)
        executor = Executor()
        options = WorkerOptions(
            "", BUILD, "", "", queue.path, tmp_path, tmp_path, "", lease_seconds=lease
        )
        manager = PoolManager(
            plugins(pool_size), executor, queue, options, limit, exits.release, **more
        )
        made.append(Pools(queue, manager, executor, exits, clock))
        return made[-1]

    yield make
    for pools in made:
        pools.manager.stop(grace_seconds=0)
    queue.close()
