"""CLM's queue and others with a common interface, for `bench_queue_peers.py`.

Each is used as in its documentation, except that its connection gets the journal and the
`synchronous` setting of the measurement. Its module is imported when it is opened.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from attrs import frozen


@frozen
class Durability:
    """A journal mode and a `synchronous` setting of SQLite."""

    journal: str
    synchronous: str

    def apply(self, connection: sqlite3.Connection) -> None:
        execute = partial(sqlite3.Connection.execute, connection)
        execute("PRAGMA busy_timeout=60000")  # several workers open it at a time
        execute(f"PRAGMA journal_mode={self.journal}").fetchall()
        execute(f"PRAGMA synchronous={self.synchronous}")

    def check(self, connection: sqlite3.Connection) -> None:
        """Fail if the connection has other settings."""
        (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
        (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
        assert journal == self.journal, journal
        assert ["off", "normal", "full"][synchronous] == self.synchronous, synchronous


DURABILITIES = {
    # A rollback journal as in CLM: overwritten in place, at worst lost in a power cut.
    "rollback": Durability("persist", "off"),
    "rollback-full": Durability("persist", "full"),
    "wal": Durability("wal", "normal"),
    "wal-full": Durability("wal", "full"),
}


class Contender(ABC):
    """A queue opened by one process."""

    @abstractmethod
    def __init__(self, folder: Path, durability: Durability, worker_id: str = "") -> None:
        """Open the queue in `folder`; create it if it does not exist."""

    @abstractmethod
    def put(self, payload: str) -> None:
        """Add one job, in a transaction of its own."""

    @abstractmethod
    def drain(self) -> int:
        """Claim and complete jobs until there are none; returns their number."""

    @abstractmethod
    def wait(self, count: int, begun: Callable[[str], None]) -> None:
        """Run `count` jobs as they arrive; calls `begun` with each payload once it is claimed."""

    def before_waiting(self) -> None:
        """Called once by a worker, before `wait`."""
        return

    def after_put(self) -> None:
        """Called after `put`, to wake up waiting workers."""
        return


class Clm(Contender):
    def __init__(self, folder: Path, durability: Durability, worker_id: str = "") -> None:

        from clm.database.queue.job_queue import JobQueue
        from clm.database.queue.registry import Registry
        from clm.workers.wakeup import WakeupReceiver, WakeupSender

        mode = "wal" if durability.journal == "wal" else "delete"
        with mock.patch("clm.database.sqlite.connection.journal_mode", lambda folder: mode):
            self._queue = JobQueue(folder / "clm_jobs.db")
        durability.apply(self._queue.connection)
        durability.check(self._queue.connection)
        self._registry = Registry(self._queue)
        self._receiver, self._sender = WakeupReceiver(), WakeupSender()
        self._worker_id = worker_id
        self._added = 0

    def put(self, payload: str) -> None:
        from clm.database.queue.rows import QueuedJob

        self._added += 1
        self._queue.add_job(QueuedJob("build", f"{self._worker_id}{self._added}", "type", payload))

    def drain(self) -> int:
        return self._work(lambda payload: None)

    def _work(self, begun: Callable[[str], None]) -> int:
        from clm.jobs.status import JobStatus

        done = 0
        job = self._queue.get_next_job(self._worker_id, "build", "type")
        while job is not None:
            begun(job.payload)
            done += 1
            _, job = self._queue.finish_and_get_next(
                job, JobStatus.COMPLETED, self._worker_id, result_key="key"
            )
        return done

    def before_waiting(self) -> None:
        address = self._receiver.address
        self._registry.register_worker(self._worker_id, "build", "type", "direct", address)
        self._queue.get_next_job(self._worker_id, "build", "type")

    def wait(self, count: int, begun: Callable[[str], None]) -> None:
        while count > 0:
            if self._receiver.wait(2.0) or self._queue.claimable("build", "type"):
                count -= self._work(begun)

    def after_put(self) -> None:
        self._sender.send(self._registry.idle_addresses("build"))


class _KeepsJournal(sqlite3.Connection):
    """Ignores changes of the journal by queues that enable the write-ahead log when opened."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        chosen = sql.lower().replace(" ", "").startswith("pragmajournal_mode=")
        return super().execute("PRAGMA journal_mode" if chosen else sql, *parameters)


def keeping_journals() -> AbstractContextManager[Any]:
    """Within this context, new connections do not change the journal."""
    return mock.patch("sqlite3.connect", partial(sqlite3.connect, factory=_KeepsJournal))


class LiteQueue(Contender):
    """It has no way to wait, so its workers poll every 10 ms."""

    def __init__(self, folder: Path, durability: Durability, worker_id: str = "") -> None:
        import litequeue

        with keeping_journals():
            self._queue: Any = litequeue.LiteQueue(folder / "queue.db", timeout=60)
        durability.apply(self._queue.conn)
        durability.check(self._queue.conn)

    def put(self, payload: str) -> None:
        self._queue.put(payload)

    def drain(self) -> int:
        return self._work(lambda payload: None)

    def _work(self, begun: Callable[[str], None]) -> int:
        done = 0
        while (message := self._queue.pop()) is not None:
            begun(message.data)
            self._queue.done(message.message_id, claim_id=message.claim_id)
            done += 1
        return done

    def wait(self, count: int, begun: Callable[[str], None]) -> None:
        while count > 0:
            count -= self._work(begun)
            time.sleep(0.01)


class Huey(Contender):
    """It waits in the worker loop of its consumer."""

    def __init__(self, folder: Path, durability: Durability, worker_id: str = "") -> None:
        import logging

        import huey

        logging.getLogger("huey").setLevel(logging.WARNING)
        self._huey: Any = huey.SqliteHuey(
            filename=str(folder / "huey.db"), journal_mode=durability.journal, timeout=60
        )
        durability.apply(self._huey.storage.conn)
        durability.check(self._huey.storage.conn)
        self._begun: Callable[[str], None] = lambda payload: None
        self._done = 0
        self._task = self._huey.task(name="convert")(self._convert)

    def _convert(self, payload: str) -> str:
        self._begun(payload)
        self._done += 1
        return "key"

    def put(self, payload: str) -> None:
        self._task(payload)

    def drain(self) -> int:
        while (task := self._huey.dequeue()) is not None:
            self._huey.execute(task)
        return self._done

    def wait(self, count: int, begun: Callable[[str], None]) -> None:
        from huey.consumer import Worker

        self._begun = begun
        worker = Worker(
            self._huey, threading.Event(), default_delay=0.1, max_delay=10.0, backoff=1.15
        )
        worker.initialize()
        while self._done < count:
            worker.loop()


class PersistQueue(Contender):
    """Its event for waiting works only within a process; other processes poll every 10 s."""

    def __init__(self, folder: Path, durability: Durability, worker_id: str = "") -> None:
        import persistqueue
        from persistqueue.serializers import json

        with keeping_journals():
            self._queue: Any = persistqueue.SQLiteAckQueue(
                str(folder), auto_resume=False, timeout=60, serializer=json
            )
        durability.apply(self._queue._conn)
        durability.check(self._queue._conn)
        self._empty = persistqueue.Empty

    def put(self, payload: str) -> None:
        self._queue.put(payload)

    def drain(self) -> int:
        done = 0
        with suppress(self._empty):
            while True:
                item = self._queue.get(block=False, raw=True)
                self._queue.ack(id=item["pqid"])
                done += 1
        return done

    def wait(self, count: int, begun: Callable[[str], None]) -> None:
        for _ in range(count):
            item = self._queue.get(block=True, raw=True)
            begun(item["data"])
            self._queue.ack(id=item["pqid"])


CONTENDERS: dict[str, type[Contender]] = {
    "clm": Clm,
    "litequeue": LiteQueue,
    "huey": Huey,
    "persist-queue": PersistQueue,
}


def installed(names: Iterable[str]) -> list[str]:
    """The names whose packages are installed."""
    from importlib.util import find_spec

    modules = {"persist-queue": "persistqueue"}
    return [name for name in names if find_spec(modules.get(name, name))]
