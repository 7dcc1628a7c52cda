"""Registration of persistent pools."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from clm.database.queue.job_queue import open_queue
from clm.database.queue.pools import PoolRegistry

AT_ONCE = 6


def test_one_of_several_registered(tmp_path: Path) -> None:
    path = tmp_path / "q.db"
    open_queue(path).close()
    ready = threading.Barrier(AT_ONCE)

    def register(number: int) -> bool:
        with open_queue(path) as queue:
            ready.wait(30)
            return PoolRegistry(queue).add(f"pool-{number}", "", "same", {}) is None

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert sum(threads.map(register, range(AT_ONCE))) == 1


def test_other_environment_registered_too(tmp_path: Path) -> None:
    with open_queue(tmp_path / "q.db") as queue:
        pools = PoolRegistry(queue)
        assert pools.add("one", "", "old", {}) is None
        assert pools.add("two", "", "new", {}) is None
        assert {pool.id for pool in pools.live()} == {"one", "two"}


def test_ended_pool_makes_room(tmp_path: Path) -> None:
    with open_queue(tmp_path / "q.db") as queue:
        pools = PoolRegistry(queue)
        pools.add("one", "", "same", {})
        pools.finish("one")
        assert pools.add("two", "", "same", {}) is None
