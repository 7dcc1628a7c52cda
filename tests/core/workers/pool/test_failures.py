"""Replacement of workers that crash, stop responding or fail to start."""

from __future__ import annotations

import threading

import pytest
from fake_workers import Pools, PoolsOf

from clm.jobs.status import JobStatus
from clm.workers.worker.options import EXIT_DISK_FULL

# -- workers that crash while running a job ------------------------------------------------------


def test_dead_worker_replaced_job_requeued(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    first = pools.start_at_job()

    pools.end(first, -9)
    pools.tick()

    _, second = pools.workers
    job = pools.claim(second)
    assert job is not None
    assert job.attempts == 2


def test_stopped_worker_job_requeued(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    first = pools.start_at_job()
    pools.set_status(first, "stopped")

    pools.end(first, 1)
    pools.tick()

    _, second = pools.workers
    job = pools.claim(second)
    assert job is not None
    assert job.request_id == "one"


def test_exhausted_job_reports_worker_output(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    worker = pools.start_at_job(attempts=1)

    pools.end(worker, -11)
    pools.tick()

    (job,) = pools.finished()
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert "exit code -11" in job.error
    assert "the last line" in job.error


def test_crashing_workers_replaced_with_backoff(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one", attempts=9)
    delays = []
    for _ in range(3):
        worker = pools.next_worker()
        pools.register(worker)
        assert pools.claim(worker)
        pools.end(worker, -11)
        delays.append(pools.tick() or 0.0)

    first, second, third = delays
    assert first == 0.0 < second < third


# -- workers that do not start -------------------------------------------------------------------


def fail_start(pools: Pools, times: int) -> None:
    for _ in range(times):
        pools.end(pools.next_worker(), 1)
        pools.tick()


def test_failed_start_retried_later(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    pools.tick()

    pools.end(pools.workers[0], 1)
    next_tick_in = pools.tick()

    assert len(pools.workers) == 1
    assert next_tick_in is not None
    assert 0 < next_tick_in <= 1
    pools.clock.passed += next_tick_in
    pools.tick()
    assert len(pools.workers) == 2


def test_start_crash_loop_fails_jobs(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one", "two")

    fail_start(pools, 3)

    ended = pools.finished()
    assert [job.status for job in ended] == [JobStatus.FAILED] * 2
    assert all("plugin 'test' for 't' do not start (3 attempts)" in (j.error or "") for j in ended)
    assert all("last output: the last line" in (job.error or "") for job in ended)


def test_broken_pool_starts_no_worker(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    fail_start(pools, 3)
    pools.finished()

    pools.add("late")
    pools.clock.passed += 60
    pools.tick()

    assert len(pools.workers) == 3
    assert [job.request_id for job in pools.finished()] == ["late"]


def test_death_before_claim_breaks_pool(pools_of: PoolsOf) -> None:
    broken: list[str] = []
    pools = pools_of(limit=1, on_broken=lambda job_type, why: broken.append(why.message))
    pools.add("one")
    for _ in range(3):
        worker = pools.next_worker()
        pools.register(worker)
        pools.end(worker, -11)
        pools.tick()

    assert "plugin 'test' for 't'" in broken[0]
    assert "the last line" in broken[0]
    assert pools.finished() == []


def test_full_disk_ends_starts_at_once(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")

    pools.end(pools.next_worker(), EXIT_DISK_FULL)
    pools.tick()

    (job,) = pools.finished()
    assert "the disk with the databases and its folder is full" in (job.error or "")


def test_full_disk_keeps_running_workers(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2)
    pools.add("one", "two")
    pools.tick()

    pools.end(pools.workers[0], EXIT_DISK_FULL)
    pools.clock.passed += 60
    pools.tick()

    assert len(pools.workers) == 2
    assert pools.finished() == []


def test_job_tells_of_full_disk(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    worker = pools.start_at_job(attempts=1)

    pools.end(worker, EXIT_DISK_FULL)
    pools.tick()

    (job,) = pools.finished()
    assert "the disk with the databases and its folder is full" in (job.error or "")


def test_started_workers_survive_failed_starts(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=4)
    pools.add(*map(str, range(9)))
    pools.tick()
    up, *others = pools.workers
    pools.register(up)

    for worker in others:
        pools.end(worker, 1)
    pools.tick()

    assert pools.finished() == []
    assert pools.manager.workers == [up]
    assert pools.claim(up) is not None


def test_success_resets_failed_starts(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    fail_start(pools, 2)
    worker = pools.next_worker()
    pools.register(worker)
    pools.claim(worker)
    pools.end(worker, 1)
    pools.tick()

    fail_start(pools, 2)

    assert pools.finished() == []


def test_os_start_error_reported(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    pools.executor.refusal = OSError(12, "Cannot allocate memory")

    for _ in range(3):
        pools.tick()
        pools.clock.passed += 1

    (job,) = pools.finished()
    assert "Cannot allocate memory" in (job.error or "")


def test_worker_without_thread_ended(pools_of: PoolsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    # The machine refuses the thread that would wait for the worker's exit.
    pools = pools_of(limit=1)
    pools.add("one")

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)
    for _ in range(3):
        pools.tick()
        pools.clock.passed += 1

    (job,) = pools.finished()
    assert "can't start new thread" in (job.error or "")
    assert len(pools.workers) == 3 and all(worker.cleaned for worker in pools.workers)


# -- unresponsive workers ------------------------------------------------------------------------


def test_only_silent_worker_killed(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2, lease=30.0)
    silent, healthy = pools.start(2)
    pools.tick()

    for _ in range(5):  # for more than four leases in all
        assert silent.runs
        pools.clock.passed += 25
        pools.set_status(healthy, "idle")
        pools.tick()

    assert (silent.runs, healthy.runs) == (False, True)
    assert silent.wait() == -9


def test_stopped_worker_killed_sooner(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2, lease=30.0)
    stopped, silent = pools.start(2)
    stopped.stopped = True
    for _ in range(3):  # for more than two leases in all
        pools.tick()
        pools.clock.passed += 29
    pools.tick()

    assert (stopped.runs, silent.runs) == (False, True)


def test_worker_without_first_heartbeat_killed(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1, lease=30.0)
    pools.add("one")
    pools.tick()
    for _ in range(3):
        worker = pools.next_worker()
        for _ in range(5):
            assert worker.runs
            pools.clock.passed += 29
            pools.tick()
        assert not worker.runs
        pools.end(worker, -9)
        pools.clock.passed += 2
        pools.tick()

    (job,) = pools.finished()
    assert "no sign of life for 120 s after its start" in (job.error or "")


def test_no_kill_after_suspend(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1, lease=30.0)
    (worker,) = pools.start(1)
    pools.tick()

    pools.clock.passed += 3600
    pools.tick()

    assert worker.runs


# -- executors that are away ---------------------------------------------------------------------


def test_workers_lost_with_executor_do_not_count(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=9)
    workers = [*pools.start(5)]
    pools.executor.away = True
    for worker in workers:
        pools.end(worker, 5)
    assert pools.tick()
    assert len(pools.workers) == 5
    pools.executor.away = False
    pools.tick()
    assert len(pools.workers) == 10
    assert pools.finished() == []


# -- workers that are stopped while a database is locked -----------------------------------------


def test_worker_stopped_in_lock_killed(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2)
    stopped, running = pools.start(2)
    stopped.stopped = True

    pools.manager.kill_stopped()
    pools.manager.kill_stopped()

    assert (stopped.runs, running.runs) == (False, True)


def test_worker_continued_in_lock_kept(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    worker = pools.start_at_job()
    for stopped in (True, False, True):
        worker.stopped = stopped
        pools.manager.kill_stopped()

    assert worker.runs
