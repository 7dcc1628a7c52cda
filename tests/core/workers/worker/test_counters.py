"""Counters of the jobs that a worker has run."""

from __future__ import annotations

from clm.database.queue.registry import WorkerStatistics
from clm.jobs.result import StoredResult
from clm.workers.job_runner import Failure
from clm.workers.worker.counters import Counters


def test_jobs_counted_by_end() -> None:
    counters = Counters()
    for seconds in (1.0, 2.0):
        counters.count(StoredResult("key", {}), seconds)
    counters.count(Failure(()), 6.0)
    assert counters.done == 3
    assert counters.statistics() == WorkerStatistics(2, 1, 3.0)


def test_no_job_takes_no_time() -> None:
    assert Counters().statistics() == WorkerStatistics(0, 0, 0.0)
