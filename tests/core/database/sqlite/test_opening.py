"""Opening of databases: identity, schema version, migrations, locks."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from attrs import evolve

from clm.builder.output.record import OUTPUTS_SCHEMA, OutputsRecord
from clm.builder.output.recorded import RecordedOutput
from clm.database.cache.results import CACHE_SCHEMA, ResultsCache
from clm.database.queue.job_queue import JobQueue, QueuedJob
from clm.database.queue.schema import QUEUE_SCHEMA
from clm.database.sqlite.connection import open_database
from clm.database.sqlite.schema import Schema
from clm.errors import (
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseError,
    NotAClmDatabaseError,
    SchemaVersionError,
)

VERSION_1 = Path(__file__).parents[1] / "version_1"
SCHEMAS = {"queue": QUEUE_SCHEMA, "cache": CACHE_SCHEMA, "outputs": OUTPUTS_SCHEMA}
MARK = "CREATE TABLE marks (mark INTEGER);\nINSERT INTO marks VALUES (7)"

all_schemas = pytest.mark.parametrize("kind", SCHEMAS)


def old_file(kind: str, folder: Path) -> Path:
    """A database file of schema version 1."""
    path = folder / f"{kind}.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((VERSION_1 / f"{kind}.sql").read_text(encoding="utf-8"))
    return path


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything in a file, by table."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names}


def structure(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
        return sorted(" ".join(sql.replace("\n", " ").split()) for (sql,) in found)


def with_migration(schema: Schema, script: str) -> Schema:
    return evolve(schema, migrations=(*schema.migrations, script))


# -- files of version 1 ------------------------------------------------------------------------


@all_schemas
def test_version_1_rows_kept(kind: str, tmp_path: Path) -> None:
    path = old_file(kind, tmp_path)
    before = rows(path)
    assert all(before.values()), "each table has a row, which might be lost"
    open_database(path, SCHEMAS[kind]).close()
    after = rows(path)
    # These have another form by now; the tests below read them.
    changed = ("file_digests", "outputs", "jobs")
    before = {table: rows for table, rows in before.items() if table not in changed}
    for table, old_rows in before.items():
        width = len(old_rows[0])
        assert [row[:width] for row in after[table]][: len(old_rows)] == old_rows


@all_schemas
def test_migrated_schema_equals_new(kind: str, tmp_path: Path) -> None:
    path = old_file(kind, tmp_path)
    open_database(path, SCHEMAS[kind]).close()
    fresh = tmp_path / "fresh.db"
    open_database(fresh, SCHEMAS[kind]).close()
    assert structure(path) == structure(fresh)


def test_version_1_queue_usable(tmp_path: Path) -> None:
    with JobQueue(old_file("queue", tmp_path)) as queue:
        assert [job.request_id for job in queue.collect_finished("build-1")] == ["a"]
        job = queue.get_next_job("worker-2", "build-1", "conversion")
        assert job is not None and job.request_id == "b"
        assert (job.payload, job.inputs, job.outputs) == ("{}", "[]", "[]")
        assert queue.add_job(QueuedJob("build-1", "c", "conversion", "{}")) == 3


def test_version_1_cache_readable(tmp_path: Path) -> None:
    with ResultsCache(old_file("cache", tmp_path)) as cache:
        stored = cache.check_cache("k1")
        assert stored is not None
        assert cache.read_blob(stored.outputs["a.html"]) == "<p>ä</p>".encode()
        assert [d.message for d in stored.diagnostics] == ["long cell"]
        assert stored.metadata == {"cells": 3}


def test_version_1_record_readable(tmp_path: Path) -> None:
    with OutputsRecord(old_file("outputs", tmp_path)) as record:
        assert record.digests() == {"/course/slides/a.py": ("1 2", "d3")}
        assert list(record.outputs(Path("/course/output")).values()) == [
            RecordedOutput("de/a.html", "k1", "d1", 10, 20),
            RecordedOutput("de/b.html", "k1", "d2"),
        ]


# -- migrations --------------------------------------------------------------------------------


@all_schemas
def test_migration_applied_once(kind: str, tmp_path: Path) -> None:
    path = old_file(kind, tmp_path)
    newer = with_migration(SCHEMAS[kind], MARK)
    for _ in range(2):
        with closing(open_database(path, newer)) as connection:
            assert connection.execute("SELECT mark FROM marks").fetchall() == [(7,)]
            versions = connection.execute("SELECT version FROM schema_version").fetchall()
        assert versions == [(version,) for version in range(1, newer.version + 1)]


@all_schemas
def test_failed_migration_rolled_back(kind: str, tmp_path: Path) -> None:
    path = old_file(kind, tmp_path)
    before = rows(path), structure(path)
    failing = with_migration(SCHEMAS[kind], f"{MARK};\nDELETE FROM schema_version;\nNONSENSE")
    with pytest.raises(DatabaseError):
        open_database(path, failing)
    assert (rows(path), structure(path)) == before


@all_schemas
def test_constraint_violating_migration_rolled_back(kind: str, tmp_path: Path) -> None:
    path = old_file(kind, tmp_path)
    before = rows(path)
    breaking = with_migration(SCHEMAS[kind], "INSERT INTO schema_version VALUES (NULL, 0)")
    with pytest.raises(DatabaseError):
        open_database(path, breaking)
    assert rows(path) == before


def test_newer_file_rejected_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    open_database(path, with_migration(QUEUE_SCHEMA, MARK)).close()
    before = rows(path)
    with pytest.raises(SchemaVersionError, match="upgrade clm"):
        JobQueue(path)
    assert rows(path) == before


# -- identity of the file ----------------------------------------------------------------------


def test_foreign_database_rejected_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE theirs (x)")
        connection.commit()
    before = path.read_bytes()
    for create in (True, False):
        with pytest.raises(NotAClmDatabaseError):
            JobQueue(path, create=create)
    assert path.read_bytes() == before


def test_other_clm_database_rejected(tmp_path: Path) -> None:
    path = tmp_path / "clm.db"
    ResultsCache(path).close()
    with pytest.raises(NotAClmDatabaseError):
        JobQueue(path)


def test_text_file_rejected(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    path.write_text("a text of some length\n" * 100, encoding="utf-8")
    with pytest.raises(NotAClmDatabaseError):
        JobQueue(path)


def test_folder_path_rejected(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError):
        JobQueue(tmp_path)


def test_missing_file_created_on_request(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "clm_jobs.db"
    with pytest.raises(NotAClmDatabaseError, match="no job queue at"):
        JobQueue(path, create=False)
    assert not path.parent.exists()
    JobQueue(path).close()
    JobQueue(path, create=False).close()


def test_emptied_file_rejected(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    JobQueue(path).close()
    path.write_bytes(b"")
    with pytest.raises(NotAClmDatabaseError):
        JobQueue(path, create=False)


def test_damage_raises_corrupt_error(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    with JobQueue(path) as queue:
        queue.add_jobs([QueuedJob("build", f"r{i}", "conversion", "x" * 500) for i in range(50)])
        assert queue.is_sound()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(DatabaseCorruptError), JobQueue(path) as queue:
        assert not queue.is_sound()
        queue.add_job(QueuedJob("build", "r", "conversion", "{}"))


# -- several processes -------------------------------------------------------------------------

OPEN = """
import sys
from pathlib import Path
from clm.database.queue.job_queue import JobQueue, QueuedJob
sys.stdin.readline()
with JobQueue(Path(sys.argv[1])) as queue:
    queue.add_job(QueuedJob("build", sys.argv[2], "conversion", "{}"))
"""
HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep(float(sys.argv[2])) if len(sys.argv) > 2 else sys.stdin.readline()
connection.execute("ROLLBACK")
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.integration
def test_concurrent_first_opens_succeed(tmp_path: Path) -> None:
    for round_ in range(3):
        path = tmp_path / str(round_) / "clm_jobs.db"
        processes = [start(OPEN, path, f"r{i}") for i in range(4)]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            process.communicate()
            assert process.returncode == 0
        with JobQueue(path, create=False) as queue:
            assert queue.count_open("build") == {"conversion": 4}
            versions = queue.connection.execute("SELECT version FROM schema_version").fetchall()
            assert versions == [(n,) for n in range(1, QUEUE_SCHEMA.version + 1)]


@contextmanager
def held_by_another_process(path: Path, *seconds: float) -> Iterator[None]:
    process = start(HOLD, path, *seconds)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    try:
        yield
    finally:
        process.communicate("\n")


def test_short_lock_waited_for(tmp_path: Path) -> None:
    with JobQueue(tmp_path / "clm_jobs.db") as queue, held_by_another_process(queue.path, 0.3):
        assert queue.add_job(QueuedJob("build", "r", "conversion", "{}")) == 1


def test_long_lock_is_error(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    with JobQueue(path, busy_seconds=0.05) as queue:
        with held_by_another_process(path):
            with pytest.raises(DatabaseBusyError):
                queue.add_job(QueuedJob("build", "r", "conversion", "{}"))
            with pytest.raises(DatabaseBusyError):
                queue.collect_finished("build")
            with pytest.raises(DatabaseBusyError):
                JobQueue(path, busy_seconds=0.05)
        assert queue.add_job(QueuedJob("build", "r", "conversion", "{}")) == 1


def test_busy_commit_releases_lock(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    with (
        JobQueue(path, busy_seconds=0.05) as queue,
        closing(sqlite3.connect(path, isolation_level=None)) as reader,
    ):
        if queue.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            pytest.skip("a commit to a write-ahead log waits for no reader")
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchall()
        with pytest.raises(DatabaseBusyError):
            queue.add_job(QueuedJob("build", "r", "conversion", "{}"))
        reader.execute("COMMIT")
        assert queue.add_job(QueuedJob("build", "r", "conversion", "{}")) == 1
