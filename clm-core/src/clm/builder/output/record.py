"""Record of the outputs that CLM wrote, their inputs, and the digests of hashed files.

It answers without reading an output whether it is unmodified and from which result it is. Only
recorded outputs are overwritten or removed. If the record is lost, outputs that are up to date are
recognised by their content.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from attrs import frozen

from clm.database.sqlite.connection import Database, open_database
from clm.database.sqlite.read_only import open_copy, open_if_exists
from clm.database.sqlite.recovery import open_disposable
from clm.database.sqlite.schema import Schema
from clm.errors import Diagnostic
from clm.jobs.file_set import SetFile
from clm.jobs.key import digest_bytes
from clm.jobs.resolved import ResolvedInput
from clm.jobs.serialization import dump_diagnostics, load_diagnostics
from clm.jobs.structuring import canonical_json
from clm.jobs.submitted import SubmittedJob

_VERSION_1 = """
CREATE TABLE outputs (
    root TEXT NOT NULL,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER,
    mtime_ns INTEGER,
    PRIMARY KEY (root, path)
) WITHOUT ROWID;
CREATE TABLE file_digests (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    digest TEXT NOT NULL
) WITHOUT ROWID
"""
_VERSION_2 = "ALTER TABLE outputs ADD COLUMN course TEXT NOT NULL DEFAULT ''"
_VERSION_3 = """
CREATE TABLE made_from (
    course TEXT NOT NULL,
    job TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    payload TEXT NOT NULL,
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL,
    PRIMARY KEY (course, job)
) WITHOUT ROWID
"""
_VERSION_4 = "ALTER TABLE outputs ADD COLUMN chosen INTEGER NOT NULL DEFAULT 0"
_VERSION_5 = """
CREATE TABLE result_diagnostics (
    key TEXT PRIMARY KEY,
    diagnostics TEXT NOT NULL
) WITHOUT ROWID
"""
_VERSION_6 = """
CREATE TABLE failures (
    course TEXT NOT NULL,
    job TEXT NOT NULL,
    job_type TEXT NOT NULL,
    source TEXT NOT NULL,
    outputs TEXT NOT NULL,
    diagnostics TEXT NOT NULL,
    failed_at REAL NOT NULL,
    PRIMARY KEY (course, job)
) WITHOUT ROWID
"""
_VERSION_7 = """
CREATE TABLE file_sets (
    key TEXT NOT NULL,
    output TEXT NOT NULL,
    files TEXT NOT NULL,
    PRIMARY KEY (key, output)
) WITHOUT ROWID
"""

OUTPUTS_SCHEMA = Schema(
    name="record of outputs",
    application_id=0x434C4D4F,
    migrations=(_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5, _VERSION_6, _VERSION_7),
    durable=False,
)

_COLUMNS = "key, digest, size, mtime_ns, course, chosen"


class RecordedOutput(NamedTuple):
    """An output of an earlier build.

    `path` is relative to the output folder, with `/` between its parts. `key` is that of the
    job's result, or the digest of the file it is copied from.

    Without `size` and `mtime_ns` the output was being written when the build ended: the file may
    be the old or the new one, and is CLM's in either case. `course` is the path of the spec whose
    build wrote it last: several courses may share an output folder. `chosen` says that
    `--output-dir` chose the folder for that build.
    """

    path: str
    key: str
    digest: str
    size: int | None = None
    mtime_ns: int | None = None
    course: str = ""
    chosen: bool = False

    def matches(self, stat: os.stat_result) -> bool:
        """Whether the file is unmodified since CLM wrote it."""
        return self.size == stat.st_size and self.mtime_ns == stat.st_mtime_ns


@frozen(repr=False)
class RecordedFailure:
    """A job, or source that could not be planned, whose last run failed, and when.

    `outputs` are the destinations of the outputs that the job was to make.
    """

    job: str
    job_type: str
    source: str
    outputs: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    failed_at: float


def open_record(path: Path) -> OutputsRecord:
    """The record at `path`; a damaged one is renamed, with a warning, and recreated.

    Raises:
        NotAClmDatabaseError: the file is an intact database of another program.
    """
    return open_disposable(path, OutputsRecord, OUTPUTS_SCHEMA.name)


class OutputsRecord(Database):
    """The record in the database at `path`; for use by one thread."""

    def __init__(self, path: Path, connection: sqlite3.Connection | None = None) -> None:
        super().__init__(path, OUTPUTS_SCHEMA, connection or open_database(path, OUTPUTS_SCHEMA))

    @classmethod
    def for_reading(cls, path: Path) -> OutputsRecord:
        """The record at `path`, not to be changed; an empty one if it does not exist.

        Raises:
            DatabaseError: it is of another version, or cannot be read.
        """
        return cls(path, open_if_exists(path, OUTPUTS_SCHEMA))

    @classmethod
    def copy_of(cls, path: Path) -> OutputsRecord:
        """An in-memory copy of the record at `path`, empty if it does not exist."""
        return cls(path, open_copy(path, OUTPUTS_SCHEMA))

    def outputs(self, root: Path) -> dict[str, RecordedOutput]:
        """The outputs that CLM wrote below the output folder `root`, by path."""
        rows = self.all(f"SELECT path, {_COLUMNS} FROM outputs WHERE root = ?", str(root))
        # Plain tuples and strings: a large course has tens of thousands, and each build reads all.
        return {row[0]: RecordedOutput._make(row) for row in rows}

    def output(self, root: Path, path: str) -> RecordedOutput | None:
        """The current record of one output, which another build may have changed."""
        row = self.one(
            f"SELECT {_COLUMNS} FROM outputs WHERE root = ? AND path = ?", str(root), path
        )
        return RecordedOutput(path, *row) if row else None

    def save(self, root: Path, outputs: Iterable[RecordedOutput]) -> None:
        """Records outputs, all in one transaction."""
        rows = [(str(root), *output) for output in outputs]
        with self.writing() as connection:
            connection.executemany(
                f"INSERT OR REPLACE INTO outputs (root, path, {_COLUMNS}) VALUES (?,?,?,?,?,?,?,?)",
                rows,
            )

    def courses(self, root: Path) -> set[str]:
        """The courses that have outputs below `root`."""
        rows = self.all("SELECT DISTINCT course FROM outputs WHERE root = ?", str(root))
        return {course for (course,) in rows}

    def move(self, course: str, old: Path, new: Path) -> None:
        """Changes the root of a course's outputs from `old` to `new`, of those that are below it.

        The files stay where they are. Outputs in folders that `--output-dir` chose are not moved.
        """
        if old.is_relative_to(new):
            cut, prefix = 0, f"{old.relative_to(new).as_posix()}/"
            below = ""
        elif new.is_relative_to(old):
            below = f"{new.relative_to(old).as_posix()}/"
            cut, prefix = len(below), ""
        else:
            return
        where = "root = ? AND course = ? AND NOT chosen AND substr(path, 1, ?) = ?"
        of_row = (str(old), course, len(below), below)
        if not self.one(f"SELECT 1 FROM outputs WHERE {where} LIMIT 1", *of_row):
            return
        with self.writing() as connection:
            connection.execute(
                f"INSERT OR IGNORE INTO outputs (root, path, {_COLUMNS}) "
                f"SELECT ?, ? || substr(path, ?), {_COLUMNS} FROM outputs WHERE {where}",
                (str(new), prefix, cut + 1, *of_row),
            )
            connection.execute(f"DELETE FROM outputs WHERE {where}", of_row)

    def forget(self, root: Path, paths: Iterable[str]) -> None:
        rows = [(str(root), path) for path in paths]
        with self.writing() as connection:
            connection.executemany("DELETE FROM outputs WHERE root = ? AND path = ?", rows)

    def diagnostics(self) -> dict[str, tuple[Diagnostic, ...]]:
        """The diagnostics of the results that outputs are from, by key."""
        rows = self.all("SELECT key, diagnostics FROM result_diagnostics")
        return {key: load_diagnostics(text) for key, text in rows}

    def save_diagnostics(self, key: str, diagnostics: Iterable[Diagnostic]) -> None:
        """Records the diagnostics of a result; forgets those of results without outputs."""
        with self.writing() as connection:
            connection.execute(
                "DELETE FROM result_diagnostics WHERE key NOT IN (SELECT key FROM outputs)"
            )
            connection.execute(
                "INSERT OR REPLACE INTO result_diagnostics VALUES (?, ?)",
                (key, dump_diagnostics(diagnostics)),
            )

    def file_sets(self) -> dict[tuple[str, str], tuple[SetFile, ...]]:
        """The files in the sets of results that outputs are from, by key and output."""
        rows = self.all("SELECT key, output, files FROM file_sets")
        return {
            (key, output): tuple(SetFile(*file) for file in json.loads(files))
            for key, output, files in rows
        }

    def save_file_set(self, key: str, output: str, files: Iterable[SetFile]) -> None:
        """Records the files of a set; forgets those of results without outputs."""
        text = canonical_json([[file.folder, file.name, file.digest] for file in files])
        with self.writing() as connection:
            connection.execute("DELETE FROM file_sets WHERE key NOT IN (SELECT key FROM outputs)")
            connection.execute(
                "INSERT OR REPLACE INTO file_sets VALUES (?, ?, ?)", (key, output, text)
            )

    def failures(self, course: str | None = None) -> list[RecordedFailure]:
        """The failures of a course, or of all, that no build has mended; the last ones first."""
        rows = self.all(
            "SELECT job, job_type, source, outputs, diagnostics, failed_at FROM failures "
            "WHERE ?1 IS NULL OR course = ?1 ORDER BY failed_at DESC, job",
            course,
        )
        return [
            RecordedFailure(
                job, kind, source, frozenset(json.loads(outputs)), load_diagnostics(text), at
            )
            for job, kind, source, outputs, text, at in rows
        ]

    def replace_failures(
        self, course: str, mended: Iterable[str], failures: Iterable[RecordedFailure]
    ) -> None:
        """Forgets the failures of the `mended` jobs of a course, and records others."""
        rows = [
            (course, f.job, f.job_type, f.source, canonical_json(sorted(f.outputs)),
             dump_diagnostics(f.diagnostics), f.failed_at)
            for f in failures
        ]  # fmt: skip
        with self.writing() as connection:
            connection.executemany(
                "DELETE FROM failures WHERE course = ? AND job = ?", [(course, j) for j in mended]
            )
            connection.executemany(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?, ?)", rows
            )

    def digests(self) -> dict[str, tuple[int, int, str]]:
        """The inputs hashed so far: path to (size, mtime in ns, digest)."""
        rows = self.all("SELECT path, size, mtime_ns, digest FROM file_digests")
        return {path: (size, mtime_ns, digest) for path, size, mtime_ns, digest in rows}

    def save_digests(self, digests: Mapping[str, tuple[int, int, str]]) -> None:
        with self.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO file_digests VALUES (?, ?, ?, ?)",
                [(path, *values) for path, values in digests.items()],
            )

    def made_from(self, course: str) -> dict[str, RecordedJob]:
        """The inputs of the last run of a course's jobs, by request id."""
        rows = self.all(
            "SELECT job, fingerprint, payload, inputs, outputs FROM made_from WHERE course = ?",
            course,
        )
        return {job: _recorded_job(job, *rest) for job, *rest in rows}

    def save_made_from(self, course: str, jobs: Iterable[RecordedJob]) -> None:
        rows = [
            (course, j.id, j.fingerprint, *map(canonical_json, (j.payload, j.inputs, j.outputs)))
            for j in jobs
        ]
        with self.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO made_from VALUES (?, ?, ?, ?, ?, ?)", rows
            )


def _recorded_job(
    job: str, fingerprint: str, payload: str, inputs: str, outputs: str
) -> RecordedJob:
    names = tuple(json.loads(outputs))
    return RecordedJob(job, fingerprint, json.loads(payload), json.loads(inputs), names)


@frozen(repr=False)
class RecordedJob:
    """The inputs of a job's last run: digests by the names of payload fields and inputs."""

    id: str
    fingerprint: str
    payload: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, job: SubmittedJob, inputs: Iterable[ResolvedInput]) -> RecordedJob:
        """The record of a job that was run with these inputs."""
        return cls(
            job.request.id,
            job.fingerprint,
            _field_digests(job.envelope),
            {item.name: item.digest for item in inputs},
            tuple(sorted(output.name for output in job.request.outputs)),
        )


def _field_digests(envelope: str) -> dict[str, str]:
    payload = json.loads(envelope)["payload"]
    return {
        name: digest_bytes(canonical_json(value).encode())[:16] for name, value in payload.items()
    }
