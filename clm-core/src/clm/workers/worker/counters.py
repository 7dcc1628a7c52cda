"""Counters of the jobs that a worker has run."""

from __future__ import annotations

from attrs import define

from clm.database.queue.registry import WorkerStatistics
from clm.jobs.result import StoredResult
from clm.workers.job_runner import Failure


@define
class Counters:
    """Numbers of jobs by their end, and the seconds that they took together."""

    processed: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def done(self) -> int:
        return self.processed + self.failed

    def count(self, result: StoredResult | Failure, seconds: float) -> None:
        """Adds a job that has ended."""
        if isinstance(result, Failure):
            self.failed += 1
        else:
            self.processed += 1
        self.seconds += seconds

    def statistics(self) -> WorkerStatistics:
        """The numbers, and the mean of the seconds, 0 without a job."""
        mean = self.seconds / self.done if self.done else 0.0
        return WorkerStatistics(self.processed, self.failed, mean)
