"""Read-only view of a job queue: workers, jobs, builds, pools and errors."""

from __future__ import annotations

from pathlib import Path

from clm.database.queue.pools import PoolRow, unfinished_pools
from clm.database.queue.rows import JOB_COLUMNS, JobRow, WorkerRow, is_active, worker_columns
from clm.database.queue.schema import QUEUE_SCHEMA
from clm.database.sqlite.connection import Database
from clm.database.sqlite.processes import is_same_process
from clm.database.sqlite.read_only import open_for_reading


class QueueView(Database):
    """Reads a job queue that other processes are using; for use by one thread.

    Raises (all methods): DatabaseError.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, QUEUE_SCHEMA, open_for_reading(path, QUEUE_SCHEMA))

    def workers(self, *, ended: bool = False) -> list[WorkerRow]:
        """The workers in the order in which they started; with `ended` also those that have ended.

        A worker whose process no longer exists has the status `dead`, whatever its row contains.
        """
        rows = self.all(f"SELECT {worker_columns()} FROM workers ORDER BY started_at, id")
        workers = [WorkerRow.from_row(row) for row in rows]
        return [worker for worker in workers if ended or is_active(worker)]

    def worker(self, worker_id: str) -> WorkerRow | None:
        rows = self.all(f"SELECT {worker_columns()} FROM workers WHERE id = ?", worker_id)
        return WorkerRow.from_row(rows[0]) if rows else None

    def jobs(
        self,
        *,
        status: str | None = None,
        job_type: str | None = None,
        build_id: str | None = None,
        limit: int = -1,
    ) -> list[JobRow]:
        """The matching jobs, newest first; `build_id` may be a prefix of an id."""
        rows = self.all(
            f"SELECT {JOB_COLUMNS} FROM jobs WHERE (?1 IS NULL OR status = ?1) "
            "AND (?2 IS NULL OR job_type = ?2) AND (?3 IS NULL OR substr(build_id, 1, "
            "length(?3)) = ?3) ORDER BY id DESC LIMIT ?4",
            status,
            job_type,
            build_id,
            limit,
        )
        return [JobRow(*row) for row in rows]

    def job(self, job_id: int) -> JobRow | None:
        rows = self.all(f"SELECT {JOB_COLUMNS} FROM jobs WHERE id = ?", job_id)
        return JobRow(*rows[0]) if rows else None

    def jobs_by_status(self) -> dict[str, int]:
        return dict(self.all("SELECT status, count(*) FROM jobs GROUP BY status"))

    def failed_jobs(self, *, of_running_builds: bool = False) -> list[JobRow]:
        """The failed jobs, the last ones first, or only those of builds that have not ended."""
        rows = self.all(
            f"SELECT {JOB_COLUMNS} FROM jobs WHERE status = 'failed' AND (NOT ? OR build_id IN "
            "(SELECT id FROM builds WHERE finished_at IS NULL)) ORDER BY finished_at DESC, id DESC",
            of_running_builds,
        )
        return [JobRow(*row) for row in rows]

    def builds(self) -> tuple[int, int]:
        """The number of running builds, and of all recorded builds."""
        rows = self.all("SELECT pid, process_started, finished_at FROM builds")
        running = sum(end is None and is_same_process(pid, start) for pid, start, end in rows)
        return running, len(rows)

    def is_running(self, build_id: str) -> bool:
        """Whether the build has not ended and its process is alive."""
        rows = self.all(
            "SELECT pid, process_started FROM builds WHERE id = ? AND finished_at IS NULL",
            build_id,
        )
        return any(is_same_process(pid, started) for pid, started in rows)

    def pools(self) -> list[PoolRow]:
        """The persistent pools whose process is alive."""
        return [pool for pool in unfinished_pools(self) if pool.is_alive]
