"""The record of outputs and of hashed inputs."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clm.builder.digests import FileDigests
from clm.builder.output.record import OUTPUTS_SCHEMA, OutputsRecord
from clm.builder.output.recorded import (
    RecordedJob,
    RecordedOutput,
    packed_digest,
    unpacked_digest,
)
from clm.jobs.key import digest_bytes

ONE = RecordedOutput("a/one", "key", "digest", 3, 4, "course")
BEGUN = RecordedOutput("a/two", "key", "digest")


@pytest.fixture
def record(tmp_path: Path) -> Iterator[OutputsRecord]:
    with OutputsRecord(tmp_path / "outputs.db") as record:
        yield record


def test_saved_outputs_round_trip(record: OutputsRecord, tmp_path: Path) -> None:
    record.save(tmp_path, [ONE, BEGUN])

    assert record.outputs(tmp_path) == {ONE.path: ONE, BEGUN.path: BEGUN}
    assert record.output(tmp_path, ONE.path) == ONE


def test_output_folders_do_not_mix(record: OutputsRecord, tmp_path: Path) -> None:
    record.save(tmp_path, [ONE])

    assert record.outputs(tmp_path / "other") == {}
    assert record.output(tmp_path / "other", ONE.path) is None


def test_forgotten_output_is_gone(record: OutputsRecord, tmp_path: Path) -> None:
    record.save(tmp_path, [ONE, BEGUN])

    record.forget(tmp_path, [ONE.path])

    assert record.outputs(tmp_path) == {BEGUN.path: BEGUN}


def test_first_schema_version_read(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "CREATE TABLE schema_version (version INTEGER NOT NULL, migrated_at REAL NOT NULL);"
            f"{OUTPUTS_SCHEMA.migrations[0]};"
            "INSERT INTO schema_version VALUES (1, 0);"
            f"INSERT INTO outputs VALUES ('{tmp_path}', 'a', 'k', 'd', 1, 2);"
            f"PRAGMA application_id={OUTPUTS_SCHEMA.application_id};"
        )
    connection.close()

    with OutputsRecord(path) as record:
        path_in_it = "a"
        assert record.outputs(tmp_path) == {path_in_it: RecordedOutput(path_in_it, "k", "d", 1, 2)}


def test_seventh_schema_version_read(tmp_path: Path) -> None:
    path, digest = tmp_path / "old.db", "ab" * 32
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE schema_version (version INTEGER, migrated_at REAL)")
        for version, script in enumerate(OUTPUTS_SCHEMA.migrations[:7], start=1):
            connection.executescript(script)
            connection.execute("INSERT INTO schema_version VALUES (?, 0)", (version,))
        connection.execute(
            "INSERT INTO outputs VALUES (?, 'a', ?, ?, 1, 2, 'c', 1)",
            (str(tmp_path), digest, digest),
        )
        connection.execute(
            """INSERT INTO made_from VALUES ('c', 'job', 'tools', '{"f":"1"}', '{}', '["o"]')"""
        )
        connection.execute(f"PRAGMA application_id={OUTPUTS_SCHEMA.application_id}")
    connection.close()

    with OutputsRecord(path) as record:
        assert record.outputs(tmp_path) == {
            "a": RecordedOutput("a", digest, digest, 1, 2, "c", chosen=True)
        }
        assert record.made_from("c") == {"job": RecordedJob("job", "tools", {"f": "1"}, {}, ("o",))}
        record.save(tmp_path, [RecordedOutput("b", "cd" * 32, "cd" * 32)])
        for key in (digest, "cd" * 32, "without outputs", "last"):
            record.save_diagnostics(key, [])
        assert record.diagnostics().keys() == {digest, "cd" * 32, "last"}


def test_many_outputs_take_little_space(record: OutputsRecord, tmp_path: Path) -> None:
    digests = [digest_bytes(str(number).encode()) for number in range(2000)]
    outputs = [
        RecordedOutput(
            f"{n}.html", digest, digest, n, time.time_ns(), str(tmp_path / "course.yaml")
        )
        for n, digest in enumerate(digests)
    ]
    record.save(tmp_path / "output", outputs)

    assert record.path.stat().st_size / len(outputs) < 130
    assert list(record.outputs(tmp_path / "output").values()) == sorted(outputs)


def test_recorded_jobs_take_little_space(record: OutputsRecord) -> None:
    names = {f"topic/file_{number}.py": digest_bytes(b"") for number in range(20)}
    jobs = [RecordedJob(f"job {n}", "tools " * 50, names, names, tuple(names)) for n in range(200)]
    record.save_made_from("course", jobs)

    assert record.path.stat().st_size / len(jobs) < 600
    assert record.made_from("course") == {job.id: job for job in jobs}


@pytest.mark.parametrize("text", ["ab" * 32, "key", "AB", "a", "ab cd", "", "S:" + "ab" * 32])
def test_stored_digests_read_back(text: str) -> None:
    assert unpacked_digest(packed_digest(text)) == text


# -- digests ------------------------------------------------------------------------------------


def write(path: Path, data: bytes, *, age: float) -> Path:
    path.write_bytes(data)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def test_digest_matches_file_content(record: OutputsRecord, tmp_path: Path) -> None:
    path = write(tmp_path / "file", b"data", age=100)

    assert FileDigests(record).digest(path) == digest_bytes(b"data")


def test_old_file_hashed_once(
    record: OutputsRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "file", b"data", age=100)
    digests = FileDigests(record)
    digests.digest(path)
    digests.save()
    monkeypatch.setattr("clm.builder.digests.digest_file", pytest.fail)

    assert FileDigests(record).digest(path) == digest_bytes(b"data")


def test_file_in_place_of_another_hashed_again(record: OutputsRecord, tmp_path: Path) -> None:
    one, other = (write(tmp_path / text, text.encode(), age=100) for text in ("one", "two"))
    os.utime(other, ns=(one.stat().st_atime_ns, one.stat().st_mtime_ns))
    digests = FileDigests(record)
    digests.digest(one)
    digests.save()
    other.replace(one)

    assert FileDigests(record).digest(one) == digest_bytes(b"two")


@pytest.mark.parametrize("age", [0, -3600])
def test_recent_file_hashed_again(record: OutputsRecord, tmp_path: Path, age: float) -> None:
    path = write(tmp_path / "file", b"data", age=age)
    digests = FileDigests(record)
    digests.digest(path)
    digests.save()
    stat = path.stat()
    path.write_bytes(b"DATA")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert FileDigests(record).digest(path) == digest_bytes(b"DATA")


@pytest.mark.parametrize(("data", "age"), [(b"other", 100), (b"DATA", 50)])
def test_size_or_mtime_change_detected(
    record: OutputsRecord, tmp_path: Path, data: bytes, age: float
) -> None:
    path = write(tmp_path / "file", b"data", age=100)
    digests = FileDigests(record)
    digests.digest(path)
    digests.save()
    write(path, data, age=age)

    assert FileDigests(record).digest(path) == digest_bytes(data)


def test_missing_file_has_no_digest(record: OutputsRecord, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileDigests(record).digest(tmp_path / "gone")
