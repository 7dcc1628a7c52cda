"""Number of workers in a build's pools, by jobs, limit and memory."""

from __future__ import annotations

import pytest
from fake_workers import BUILD, PoolsOf

from clm.database.queue.registry import Registry, WorkerStatistics
from clm.jobs.status import JobStatus


@pytest.mark.parametrize(
    ("jobs", "limit", "pool_size", "workers"), [(5, 3, None, 3), (2, 3, None, 2), (5, 3, 1, 1)]
)
def test_worker_count_within_limits(
    pools_of: PoolsOf, jobs: int, limit: int, pool_size: int | None, workers: int
) -> None:
    pools = pools_of(limit=limit, pool_size=pool_size)
    pools.add(*map(str, range(jobs)))

    pools.tick()
    pools.tick()

    assert len(pools.workers) == workers


def test_limit_shared_by_pools(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=3)
    pools.add("1", "2", "3", "4")
    pools.add("5", "6", job_type="before")

    pools.tick()
    pools.tick()

    assert pools.job_types == ["before", "before", "t"]


def test_every_pool_gets_one_worker(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("1", "2")
    pools.add("3", "4", job_type="before")

    pools.tick()
    pools.tick()

    assert sorted(pools.job_types) == ["before", "t"]


def test_freed_slot_reused_across_pools(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2)
    pools.add("1", "2", "3")
    pools.add("4", job_type="before")
    pools.tick()
    (before,) = (worker for worker in pools.workers if worker.job_type == "before")
    job = pools.claim(before)
    assert job is not None
    pools.queue.update_job_status(job, JobStatus.COMPLETED, result_key="k")

    pools.tick()
    pools.await_exit()
    pools.tick()

    assert pools.job_types == ["before", "t", "t"]


def test_no_worker_without_jobs(pools_of: PoolsOf) -> None:
    pools = pools_of()

    assert pools.tick() is None
    assert pools.workers == []


def test_workers_limited_by_memory(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=8, available=lambda: 310_000_000)
    pools.add(*map(str, range(8)))

    pools.tick()

    assert len(pools.workers) == 2


def test_one_worker_despite_low_memory(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=8, available=lambda: 0)
    pools.add(*map(str, range(8)))

    pools.tick()
    pools.tick()

    assert len(pools.workers) == 1


def test_memory_estimated_from_existing_workers(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=8, available=lambda: 1_100_000_000)
    pools.add("one")
    pools.tick()
    (worker,) = pools.workers
    pools.register(worker)
    nothing_done = WorkerStatistics(0, 0, 0.0)
    Registry(pools.queue).heartbeat(worker.worker_id, 0.0, nothing_done, 500_000_000)
    pools.tick()

    pools.add(*map(str, range(8)))
    pools.tick()

    assert len(pools.workers) == 3


def test_minimum_workers_kept_without_jobs(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=3, minimum=1)
    pools.manager.tick({"t": 0})
    assert len(pools.workers) == 1
    pools.manager.tick({"t": 3})
    assert len(pools.workers) == 3
    for worker in pools.workers:
        pools.register(worker)

    pools.manager.tick({"t": 0})

    assert [worker.runs for worker in pools.workers].count(True) == 1


def test_idle_minimum_takes_no_slots(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2, minimum=1)

    pools.manager.tick({"t": 0, "before": 0})
    pools.manager.tick({"t": 2, "before": 0})

    assert sorted(pools.job_types) == ["before", "t", "t"]


def test_worker_restarted_for_next_job(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    pools.tick()
    pools.queue.cancel_build(BUILD)
    pools.tick()
    pools.await_exit()
    pools.tick()
    assert pools.manager.workers == []

    pools.add("two")
    pools.tick()

    assert pools.job_types == ["t", "t"]
