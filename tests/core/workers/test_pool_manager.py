"""Pools over workers that end when the test says so; the queue is a real one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field, frozen

from clm import JobType
from clm.database.job_queue import FinishedJob, JobQueue, NewJob
from clm.database.registry import Registry, WorkerStatistics
from clm.jobs.status import JobStatus
from clm.plugins import PluginRegistry
from clm.workers.executor import WorkerExecutor, WorkerHandle
from clm.workers.pool_manager import PoolManager
from clm.workers.worker_options import WorkerOptions

BUILD = "build"


@frozen
class Payload:
    pass


def job_type(pool_size: int | None = None, name: str = "t", stage: int = 0) -> JobType:
    return JobType(
        name=name,
        patterns=(),
        payload=Payload,
        plan=lambda source, context: (),
        worker="x:y",
        fingerprint=lambda: "",
        pool_size=pool_size,
        stage=stage,
    )


class Handle(WorkerHandle):
    """A worker that is nothing but what is told of it."""

    def __init__(self, options: WorkerOptions) -> None:
        self.worker_id, self.job_type = options.worker_id, options.job_type
        self.deaf = False
        self.cleaned = False
        self._exit_code = 0
        self._ended = threading.Event()

    def end(self, exit_code: int) -> None:
        self._exit_code = exit_code
        self._ended.set()

    def wait(self) -> int:
        self._ended.wait()
        return self._exit_code

    def request_stop(self) -> None:
        if not self.deaf:
            self.end(0)

    def kill(self) -> None:
        self.end(-9)

    def rotate_log(self) -> None:
        pass

    def clean_up(self) -> None:
        assert self._ended.is_set()
        self.cleaned = True

    def last_words(self) -> str:
        return "line one\nthe last line"


@define
class Pools:
    """A pool manager whose workers are in the test's hands."""

    queue: JobQueue
    manager: PoolManager
    handles: list[Handle]
    exits: threading.Semaphore
    refuse: list[OSError] = field(factory=list)

    def add(self, *names: str, attempts: int = 3, job_type: str = "t") -> None:
        jobs = [NewJob(BUILD, n, job_type, "{}", max_attempts=attempts) for n in names]
        self.queue.add_jobs(jobs)

    def tick(self) -> float | None:
        return self.manager.tick(self.queue.count_open(BUILD))

    def come_up(self, handle: Handle) -> None:
        registry = Registry(self.queue)
        registry.register_worker(handle.worker_id, BUILD, "t", "test", "")
        registry.set_worker_status(handle.worker_id, "idle")

    def end(self, handle: Handle, exit_code: int) -> None:
        handle.end(exit_code)
        assert self.exits.acquire(timeout=10)

    def claim(self, handle: Handle) -> Any:
        return self.queue.get_next_job(handle.worker_id, BUILD, "t")

    def finished(self) -> list[FinishedJob]:
        return self.queue.collect_finished(BUILD)


@pytest.fixture
def pools_of(tmp_path: Path) -> Iterator[Callable[..., Pools]]:
    queue = JobQueue(tmp_path / "queue.db")
    made: list[Pools] = []

    def make(
        *, limit: int = 2, pool_size: int | None = None, lease: float = 30.0, **more: Any
    ) -> Pools:
        handles: list[Handle] = []
        exits = threading.Semaphore(0)

        class Executor(WorkerExecutor):
            name = "test"

            def start(self, options: WorkerOptions, plugin: str) -> WorkerHandle:
                assert plugin == "test"
                if made[-1].refuse:
                    raise made[-1].refuse[0]
                handles.append(Handle(options))
                return handles[-1]

        options = WorkerOptions(
            "", BUILD, "", "", queue.path, tmp_path, tmp_path, "", lease_seconds=lease
        )
        manager = PoolManager(
            plugins(pool_size), Executor(), queue, options, limit, exits.release, **more
        )
        made.append(Pools(queue, manager, handles, exits))
        return made[-1]

    yield make
    for pools in made:
        pools.manager.stop(grace_seconds=0)
    queue.close()


def plugins(pool_size: int | None) -> PluginRegistry:
    from clm.plugins import LoadedPlugin, PluginStatus

    none: Any = None
    names = ("t", "before")
    owner = LoadedPlugin("test", "clm-test", "1", PluginStatus.OK, names, found=none)
    registry = PluginRegistry.load({}, [])
    types = {"t": job_type(pool_size), "before": job_type(name="before", stage=-1)}
    return evolve(registry, plugins=(owner,), job_types=types)


PoolsOf = Callable[..., Pools]


@pytest.mark.parametrize(
    ("jobs", "limit", "pool_size", "workers"), [(5, 3, None, 3), (2, 3, None, 2), (5, 3, 1, 1)]
)
def test_no_more_workers_than_jobs_limit_and_type_allow(
    pools_of: PoolsOf, jobs: int, limit: int, pool_size: int | None, workers: int
) -> None:
    pools = pools_of(limit=limit, pool_size=pool_size)
    pools.add(*map(str, range(jobs)))

    pools.tick()
    pools.tick()

    assert len(pools.handles) == workers


def started(pools: Pools) -> list[str]:
    return [handle.job_type for handle in pools.handles]


def test_all_pools_together_have_no_more_workers_than_the_limit(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=3)
    pools.add("1", "2", "3", "4")
    pools.add("5", "6", job_type="before")

    pools.tick()
    pools.tick()

    assert started(pools) == ["before", "before", "t"]


def test_each_pool_with_jobs_has_a_worker_whatever_the_limit(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("1", "2")
    pools.add("3", "4", job_type="before")

    pools.tick()
    pools.tick()

    assert sorted(started(pools)) == ["before", "t"]


def test_the_place_of_a_worker_that_has_ended_goes_to_another_pool(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2)
    pools.add("1", "2", "3")
    pools.add("4", job_type="before")
    pools.tick()
    (before,) = (handle for handle in pools.handles if handle.job_type == "before")
    job = pools.queue.get_next_job(before.worker_id, BUILD, "before")
    assert job is not None
    pools.queue.update_job_status(job, JobStatus.COMPLETED, result_key="k")

    pools.tick()
    assert pools.exits.acquire(timeout=10)
    pools.tick()

    assert started(pools) == ["before", "t", "t"]


def test_without_jobs_nothing_is_started(pools_of: PoolsOf) -> None:
    pools = pools_of()

    assert pools.tick() is None
    assert pools.handles == []


def test_workers_without_a_job_to_come_are_let_go_and_come_back_with_the_next(
    pools_of: PoolsOf,
) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    pools.tick()
    pools.come_up(pools.handles[0])
    job = pools.claim(pools.handles[0])
    pools.tick()
    assert not pools.exits.acquire(blocking=False)

    pools.queue.update_job_status(job, JobStatus.COMPLETED, result_key="k")
    pools.tick()
    assert pools.exits.acquire(timeout=10)
    pools.tick()
    assert pools.manager.workers == []

    pools.add("two")
    pools.tick()
    assert len(pools.handles) == 2


def test_a_worker_that_dies_is_replaced_and_its_job_comes_back(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    pools.tick()
    pools.come_up(pools.handles[0])
    assert pools.claim(pools.handles[0])

    pools.end(pools.handles[0], -9)
    pools.tick()

    assert len(pools.handles) == 2
    assert pools.claim(pools.handles[1]).attempts == 2


def test_a_worker_that_says_it_stopped_gives_up_its_job_all_the_same(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    pools.tick()
    pools.come_up(pools.handles[0])
    assert pools.claim(pools.handles[0])
    Registry(pools.queue).set_worker_status(pools.handles[0].worker_id, "stopped")

    pools.end(pools.handles[0], 1)
    pools.tick()

    assert pools.claim(pools.handles[1]).request_id == "one"


def test_a_job_without_attempts_left_fails_with_the_workers_last_words(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one", attempts=1)
    pools.tick()
    pools.come_up(pools.handles[0])
    pools.claim(pools.handles[0])

    pools.end(pools.handles[0], -11)
    pools.tick()

    (job,) = pools.finished()
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert "exit code -11" in job.error
    assert "the last line" in job.error


def fail_start(pools: Pools, times: int) -> None:
    for _ in range(times):
        while not pools.manager.workers:
            pools.tick()  # until the back-off is over
        pools.end(pools.handles[-1], 1)
        pools.tick()


def test_a_failed_start_is_tried_again_after_a_while(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    pools.tick()

    pools.end(pools.handles[0], 1)
    wish = pools.tick()

    assert len(pools.handles) == 1
    assert wish is not None
    assert 0 < wish <= 1


def test_a_crash_loop_at_the_start_fails_what_waits_by_name(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one", "two")

    fail_start(pools, 3)

    ended = pools.finished()
    assert [job.status for job in ended] == [JobStatus.FAILED] * 2
    assert all("plugin 'test' for 't' do not start (3 tries)" in (j.error or "") for j in ended)
    assert all("their last words: the last line" in (job.error or "") for job in ended)
    pools.tick()
    assert len(pools.handles) == 3


def test_a_job_that_comes_to_a_broken_pool_later_fails_too(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    fail_start(pools, 3)
    pools.finished()

    pools.add("late")
    pools.tick()

    assert [job.request_id for job in pools.finished()] == ["late"]


def test_the_workers_that_came_up_go_on_where_others_do_not(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=4)
    pools.add(*map(str, range(9)))
    pools.tick()
    up, *others = pools.handles
    pools.come_up(up)

    for handle in others:
        pools.end(handle, 1)
    pools.tick()

    assert pools.finished() == []
    assert pools.manager.workers == [up]
    assert pools.claim(up) is not None


def test_a_success_between_failed_starts_forgives_them(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    fail_start(pools, 2)
    while not pools.manager.workers:
        pools.tick()
    pools.come_up(pools.handles[-1])
    pools.claim(pools.handles[-1])
    pools.end(pools.handles[-1], 1)
    pools.tick()

    fail_start(pools, 2)

    assert pools.finished() == []


def test_a_system_that_starts_no_process_is_said(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one")
    pools.refuse.append(OSError(12, "Cannot allocate memory"))

    ended: list[FinishedJob] = []
    while not ended:
        pools.tick()
        ended = pools.finished()

    assert "Cannot allocate memory" in (ended[0].error or "")


def test_a_silent_worker_is_killed_and_one_that_speaks_is_not(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2, lease=0.1)
    pools.add("one", "two")
    pools.tick()
    silent, speaking = pools.handles
    for handle in pools.handles:
        pools.come_up(handle)

    while not pools.exits.acquire(blocking=False):
        Registry(pools.queue).set_worker_status(speaking.worker_id, "idle")
        pools.tick()

    assert silent.wait() == -9
    pools.tick()
    assert speaking in pools.manager.workers
    assert silent not in pools.manager.workers


def test_at_the_end_workers_are_asked_and_the_deaf_are_killed(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2)
    pools.add("one", "two")
    pools.tick()
    hearing, deaf = pools.handles
    deaf.deaf = True

    pools.manager.stop(grace_seconds=0.05)

    assert (hearing.wait(), deaf.wait()) == (0, -9)
    assert pools.manager.workers == []


# -- kept pools, memory, crashes ----------------------------------------------------------------


def test_no_more_workers_than_memory_has_room_for_but_one(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=8, available=lambda: 310_000_000)
    pools.add(*map(str, range(8)))
    pools.tick()
    assert len(pools.handles) == 2


def test_one_worker_is_started_however_little_memory_there_is(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=8, available=lambda: 0)
    pools.add(*map(str, range(8)))
    pools.tick()
    pools.tick()
    assert len(pools.handles) == 1


def test_workers_are_as_large_as_those_of_their_type_that_are_there(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=8, available=lambda: 1_100_000_000)
    pools.add("one")
    pools.tick()
    pools.come_up(pools.handles[0])
    nothing_done = WorkerStatistics(0, 0, 0.0)
    Registry(pools.queue).heartbeat(pools.handles[0].worker_id, 0.0, nothing_done, 500_000_000)
    pools.tick()

    pools.add(*map(str, range(8)))
    pools.tick()

    assert len(pools.handles) == 3


def test_a_minimum_of_workers_is_there_without_jobs_and_the_others_go(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=3, minimum=1)
    pools.manager.tick({"t": 0})
    assert len(pools.handles) == 1
    pools.manager.tick({"t": 3})
    assert len(pools.handles) == 3
    for handle in pools.handles:
        pools.come_up(handle)

    pools.manager.tick({"t": 0})
    for _ in range(2):
        assert pools.exits.acquire(timeout=10)
    pools.manager.tick({"t": 0})

    assert len(pools.manager.workers) == 1


def test_workers_without_work_stay_for_a_while(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1, idle_seconds=3600)
    pools.add("one")
    pools.tick()
    pools.come_up(pools.handles[0])
    pools.queue.cancel_build(BUILD)

    pools.tick()

    assert not pools.exits.acquire(blocking=False)


def test_a_worker_that_is_at_a_job_is_not_dismissed(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2, minimum=1)
    pools.add("one", "two")
    pools.tick()
    busy, idle = pools.handles
    for handle in pools.handles:
        pools.come_up(handle)
    assert pools.claim(busy)
    Registry(pools.queue).set_worker_status(busy.worker_id, "busy")

    pools.manager.tick({"t": 0})
    assert pools.exits.acquire(timeout=10)
    pools.manager.tick({"t": 0})

    assert pools.manager.workers == [busy]
    assert idle.wait() == 0


def test_workers_that_die_before_they_take_a_job_are_a_crash_loop(pools_of: PoolsOf) -> None:
    broken: list[str] = []
    pools = pools_of(limit=1, on_broken=lambda job_type, why: broken.append(why.message))
    pools.add("one")
    for _ in range(3):
        while not pools.manager.workers:
            pools.tick()
        pools.come_up(pools.handles[-1])
        pools.end(pools.handles[-1], -11)
        pools.tick()

    assert "plugin 'test' for 't'" in broken[0]
    assert "the last line" in broken[0]
    assert pools.finished() == []


def test_workers_that_crash_at_jobs_are_replaced_later_and_later(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    pools.add("one", attempts=9)
    wishes = []
    for _ in range(3):
        while not pools.manager.workers:
            pools.tick()
        pools.come_up(pools.handles[-1])
        assert pools.claim(pools.handles[-1])
        pools.end(pools.handles[-1], -11)
        wishes.append(pools.tick() or 0.0)

    first, second, third = wishes
    assert first == 0.0 < second < third


def test_a_worker_that_ended_as_asked_before_it_came_up_is_no_failure(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=1)
    for number in range(4):
        pools.add(str(number))
        while not pools.manager.workers:
            pools.tick()
        pools.queue.cancel_build(BUILD)
        pools.tick()
        assert pools.exits.acquire(timeout=10)
        pools.tick()
        pools.finished()

    assert len(pools.handles) == 4


def test_workers_that_are_kept_without_work_take_no_places(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2, minimum=1)
    pools.manager.tick({"t": 0, "before": 0})
    pools.manager.tick({"t": 2, "before": 0})
    assert sorted(handle.job_type for handle in pools.handles) == ["before", "t", "t"]


def test_a_spare_worker_stays_while_another_is_at_work(pools_of: PoolsOf) -> None:
    pools = pools_of(limit=2)
    pools.add("one", "two")
    pools.tick()
    for handle in pools.handles:
        pools.come_up(handle)
    pools.queue.cancel_job(2)

    pools.tick()

    assert not pools.exits.acquire(blocking=False)


@pytest.mark.parametrize("how", ["dead", "stopped"])
def test_what_a_worker_leaves_is_removed_when_it_has_ended(
    pools_of: Callable[..., Pools], how: str
) -> None:
    pools = pools_of()
    pools.add("a")
    pools.tick()
    (handle,) = pools.handles

    if how == "dead":
        pools.end(handle, -9)
        pools.tick()
    else:
        pools.manager.stop(grace_seconds=0.0)

    assert handle.cleaned
