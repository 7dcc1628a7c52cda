"""Read-only access to databases in use, migration of old ones, and requeueing."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from clm.database.queue.job_queue import JobQueue, QueuedJob
from clm.database.queue.requeue import requeue_job
from clm.database.queue.schema import QUEUE_SCHEMA
from clm.database.queue.view import QueueView
from clm.database.sqlite.connection import open_database
from clm.database.sqlite.read_only import open_for_reading
from clm.errors import DatabaseError, Diagnostic, NotAClmDatabaseError, SchemaVersionError
from clm.jobs.status import JobStatus

OLD = evolve(QUEUE_SCHEMA, migrations=QUEUE_SCHEMA.migrations[:1])


def test_view_creates_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotAClmDatabaseError, match="no job queue at"):
        QueueView(tmp_path / "clm_jobs.db")

    assert list(tmp_path.iterdir()) == []


def test_view_is_read_only(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    with JobQueue(path) as queue:
        queue.add_job(QueuedJob("build", "a", "t", "{}"))
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    with QueueView(path) as view:
        assert [job.request_id for job in view.jobs()] == ["a"]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            view.connection.execute("DELETE FROM jobs")

    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_view_reads_only_committed_jobs(queue: JobQueue) -> None:
    queue.add_job(QueuedJob("build", "a", "t", "{}"))
    with QueueView(queue.path) as view:
        queue.connection.execute("BEGIN IMMEDIATE")
        queue.connection.execute("UPDATE jobs SET status = 'cancelled'")
        assert [job.status for job in view.jobs()] == ["pending"]
        queue.connection.execute("COMMIT")
        assert [job.status for job in view.jobs()] == ["cancelled"]


def test_view_filters_jobs(queue: JobQueue) -> None:
    queue.add_jobs([QueuedJob("build-1", "a", "t", "{}"), QueuedJob("build-2", "b", "u", "{}")])
    queue.cancel_job(1)
    with QueueView(queue.path) as view:
        assert [job.request_id for job in view.jobs()] == ["b", "a"]
        assert [job.request_id for job in view.jobs(status="cancelled")] == ["a"]
        assert [job.request_id for job in view.jobs(job_type="u")] == ["b"]
        assert [job.request_id for job in view.jobs(build_id="build-1")] == ["a"]
        assert view.jobs(build_id="build%") == []
        assert len(view.jobs(limit=1)) == 1
        assert view.jobs_by_status() == {"cancelled": 1, "pending": 1}


def test_old_schema_rejected_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    open_database(path, OLD).close()
    before = path.read_bytes()

    with pytest.raises(DatabaseError) as caught:
        QueueView(path)

    assert "clm db migrate" in (caught.value.hint or "")
    assert path.read_bytes() == before


def test_newer_schema_rejected(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    open_database(path, QUEUE_SCHEMA).close()

    with pytest.raises(SchemaVersionError):
        open_for_reading(path, OLD)


def test_view_rolls_back_hot_journal(tmp_path: Path) -> None:
    path, killed = tmp_path / "clm_jobs.db", tmp_path / "killed.db"
    with closing(open_database(path, QUEUE_SCHEMA)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()
        connection.execute("PRAGMA cache_spill=1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("PRAGMA cache_size=1")
        connection.executemany(
            "INSERT INTO builds (id, pid, process_started, address, started_at) "
            "VALUES (?, 1, 1, '', 1)",
            [(f"{n}{'x' * 3000}",) for n in range(200)],
        )
        # The files on the disk are now those that a kill would leave.
        for name in ("", "-journal"):
            Path(f"{killed}{name}").write_bytes(Path(f"{path}{name}").read_bytes())
        connection.execute("ROLLBACK")

    with QueueView(killed) as view:
        assert view.builds() == (0, 0)


# -- migrations ---------------------------------------------------------------------------------


def test_migration_backs_up_old_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "clm_jobs.db"
    with closing(open_database(path, OLD)) as connection:
        connection.execute("INSERT INTO builds VALUES ('b', 1, 1, '', 1, 1)")

    with caplog.at_level(logging.WARNING):
        open_database(path, QUEUE_SCHEMA).close()

    copy = tmp_path / "clm_jobs.db.version-1"
    assert str(copy) in caplog.text
    with closing(open_database(copy, OLD)) as connection:
        assert connection.execute("SELECT id FROM builds").fetchall() == [("b",)]
    assert sorted(p.name for p in tmp_path.iterdir() if "journal" not in p.name) == [
        "clm_jobs.db",
        "clm_jobs.db.version-1",
    ]


def test_no_migration_without_backup(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    open_database(path, OLD).close()
    (tmp_path / "clm_jobs.db.version-1" / "in the way").mkdir(parents=True)

    with pytest.raises(DatabaseError, match="cannot be backed up"):
        open_database(path, QUEUE_SCHEMA)

    open_database(path, OLD).close()
    assert list(tmp_path.glob("*.tmp")) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is read-only for root")
def test_read_only_file_has_hint(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    JobQueue(path).close()
    path.chmod(stat.S_IREAD)

    with pytest.raises(DatabaseError) as caught, JobQueue(path) as queue:
        queue.add_job(QueuedJob("build", "a", "t", "{}"))

    assert "--db-path" in (caught.value.hint or "")


def test_full_disk_reported_without_loss(queue: JobQueue) -> None:
    queue.add_job(QueuedJob("build", "a", "t", "{}"))
    pages = queue.connection.execute("PRAGMA page_count").fetchone()[0]
    queue.connection.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(DatabaseError) as caught:
        queue.add_jobs([QueuedJob("build", str(n), "t", "x" * 4000) for n in range(50)])

    assert "free some space" in (caught.value.hint or "")
    assert queue.count_open("build") == {"t": 1}


# -- requeueing ---------------------------------------------------------------------------------


def test_requeued_job_regains_all_attempts(queue: JobQueue) -> None:
    queue.add_job(QueuedJob("build", "a", "t", "{}", max_attempts=1))
    job = queue.get_next_job("w", "build", "t")
    assert job is not None
    queue.update_job_status(job, JobStatus.FAILED, diagnostics=[Diagnostic("no")])
    queue.collect_finished("build")

    assert requeue_job(queue, job.id)

    again = queue.get_next_job("w", "build", "t")
    assert again is not None
    assert (again.id, again.attempts) == (job.id, 1)
    assert again.token > job.token


def test_requeue_includes_dependencies(queue: JobQueue) -> None:
    first, second = queue.add_jobs(
        [QueuedJob("build", "a", "t", "{}"), QueuedJob("build", "b", "t", "{}", needs=("a",))]
    )
    queue.cancel_job(first)

    assert requeue_job(queue, second)

    job = queue.get_next_job("w", "build", "t")
    assert job is not None and job.id == first
    assert queue.get_next_job("w2", "build", "t") is None
    queue.update_job_status(job, JobStatus.COMPLETED, result_key="k")
    job = queue.get_next_job("w", "build", "t")
    assert job is not None and job.id == second


@pytest.mark.parametrize("status", ["pending", "processing", "completed"])
def test_only_failed_or_cancelled_requeued(queue: JobQueue, status: str) -> None:
    queue.add_job(QueuedJob("build", "a", "t", "{}"))
    queue.connection.execute("UPDATE jobs SET status = ?", (status,))

    assert not requeue_job(queue, 1)
