"""Dismissal of surplus workers, and their cleanup."""

from __future__ import annotations

import pytest
from fake_workers import BUILD, PoolsOf

from clm.jobs.status import JobStatus


def test_worker_dismissed_without_jobs(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    pools.tick()
    (worker,) = pools.workers
    pools.register(worker)
    job = pools.claim(worker)
    assert job is not None
    pools.tick()
    assert worker.runs

    pools.queue.update_job_status(job, JobStatus.COMPLETED, result_key="k")
    pools.tick()
    pools.await_exit()
    pools.tick()

    assert worker.wait() == 0
    assert pools.manager.workers == []


def test_idle_workers_stay_until_timeout(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1, idle_seconds=60)
    (worker,) = pools.start(1)
    pools.queue.cancel_build(BUILD)

    pools.tick()
    pools.clock.passed += 30
    pools.tick()
    assert worker.runs

    pools.clock.passed += 31
    pools.tick()
    assert not worker.runs


def test_surplus_worker_dismissed_after_delay(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2)
    workers = pools.start(2)
    pools.queue.cancel_job(2)

    pools.tick()
    pools.clock.passed += 9
    pools.tick()
    assert all(worker.runs for worker in workers)

    pools.clock.passed += 2
    pools.tick()
    assert [worker.runs for worker in workers].count(True) == 1


def test_busy_worker_not_dismissed(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2, minimum=1)
    busy, done = pools.start(2)
    for worker in (busy, done):
        assert pools.claim(worker)
        pools.set_status(worker, "busy")

    pools.manager.tick({"t": 0})
    assert (busy.runs, done.runs) == (True, True)

    pools.set_status(done, "idle")
    pools.manager.tick({"t": 0})
    assert (busy.runs, done.runs) == (True, False)


def test_dismissed_while_starting_not_failure(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    for number in range(4):
        pools.add(str(number))
        pools.tick()
        pools.queue.cancel_build(BUILD)
        pools.tick()
        pools.await_exit()
        pools.tick()

    assert len(pools.workers) == 4


def test_stop_kills_unresponsive_workers(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2)
    responsive, hung = pools.start(2)
    hung.ignores_stop = True

    pools.manager.stop(grace_seconds=0.05)

    assert (responsive.wait(), hung.wait()) == (0, -9)
    assert pools.manager.workers == []


@pytest.mark.parametrize("how", ["dead", "stopped"])
def test_ended_worker_cleaned_up(pools_of: PoolsOf, how: str) -> None:
    pools = pools_of()
    (worker,) = pools.start(1)

    if how == "dead":
        pools.end(worker, -9)
        pools.tick()
    else:
        pools.manager.stop(grace_seconds=0.0)

    assert worker.cleaned
