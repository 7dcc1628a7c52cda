"""Work that a heartbeat does when its socket is flooded, counted, and after a fault."""

from __future__ import annotations

import errno
from pathlib import Path

from course_folder import until

from clm.database.queue.job_queue import JobQueue
from clm.database.queue.registry import Registry, WorkerStatistics
from clm.workers.process_tree import TreeUsage
from clm.workers.wakeup import WakeupSender
from clm.workers.worker.heartbeat import Heartbeat


def test_wakeups_cause_no_measurement(tmp_path: Path) -> None:
    measured: list[int] = []
    sent: list[int] = []

    def usage() -> TreeUsage:
        measured.append(1)
        return TreeUsage(cpu_seconds=1.0, memory_bytes=1)

    def statistics() -> WorkerStatistics:
        sent.append(1)
        return WorkerStatistics(0, 0, 0.0)

    path = tmp_path / "jobs.db"
    with JobQueue(path) as queue:
        Registry(queue).register_worker("worker", "build", "shout", "direct", "")
        heartbeat = Heartbeat(
            path, "worker", statistics, lambda job: None, seconds=3600.0, usage=usage
        )
        sender = WakeupSender()
        heartbeat.start()

        def flood() -> bool:
            sender.send([heartbeat.address] * 100)
            return len(sent) >= 10

        until(flood, "the tenth heartbeat")
        heartbeat.stop()
        sender.close()
    assert len(measured) == 1


def test_heartbeat_goes_on_after_fault(tmp_path: Path) -> None:
    measured: list[int] = []

    def usage() -> TreeUsage:
        measured.append(1)
        if len(measured) == 1:
            raise OSError(errno.EMFILE, "too many open files")
        return TreeUsage(cpu_seconds=1.0, memory_bytes=7)

    path = tmp_path / "jobs.db"
    with JobQueue(path) as queue:
        Registry(queue).register_worker("worker", "build", "shout", "direct", "")
        heartbeat = Heartbeat(
            path,
            "worker",
            lambda: WorkerStatistics(0, 0, 0.0),
            lambda job: None,
            seconds=0.01,
            usage=usage,
        )
        heartbeat.start()
        until(lambda: heartbeat.memory_bytes == 7, "a heartbeat after the fault")
        heartbeat.stop()
