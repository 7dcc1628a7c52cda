"""Record of the outputs that CLM wrote, their inputs, and the digests of hashed files.

It answers without reading an output whether it is unmodified and from which result it is. Only
recorded outputs are overwritten or removed. If the record is lost, outputs that are up to date are
recognised by their content.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from clm.builder.output.recorded import (
    RecordedFailure,
    RecordedJob,
    RecordedOutput,
    packed_digest,
    packed_job,
    unpacked_digest,
    unpacked_job,
)
from clm.database.sqlite.connection import Database, open_database
from clm.database.sqlite.read_only import open_copy, open_if_exists
from clm.database.sqlite.recovery import open_disposable
from clm.database.sqlite.schema import Schema
from clm.errors import Diagnostic
from clm.jobs.file_set import SetFile
from clm.jobs.serialization import dump_diagnostics, load_diagnostics
from clm.jobs.structuring import canonical_json

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

# A row of an output names the output folder and the course by numbers, and has digests as bytes:
# 140 bytes instead of 260. Rows that were written before keep theirs as text.
_VERSION_8 = """
CREATE TABLE paths (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
);
INSERT INTO paths (path)
    SELECT root FROM outputs UNION SELECT course FROM outputs UNION SELECT course FROM made_from;
ALTER TABLE outputs RENAME TO old_outputs;
CREATE TABLE outputs (
    root INTEGER NOT NULL REFERENCES paths (id),
    path TEXT NOT NULL,
    key BLOB NOT NULL,
    digest BLOB NOT NULL,
    size INTEGER,
    mtime_ns INTEGER,
    course INTEGER NOT NULL REFERENCES paths (id),
    chosen INTEGER NOT NULL,
    PRIMARY KEY (root, path)
) WITHOUT ROWID;
INSERT INTO outputs
    SELECT r.id, o.path, o.key, o.digest, o.size, o.mtime_ns, c.id, o.chosen
    FROM old_outputs o JOIN paths r ON r.path = o.root JOIN paths c ON c.path = o.course;
DROP TABLE old_outputs;
ALTER TABLE made_from RENAME TO old_made_from;
CREATE TABLE made_from (
    course INTEGER NOT NULL REFERENCES paths (id),
    job TEXT NOT NULL,
    made BLOB NOT NULL,
    PRIMARY KEY (course, job)
);
INSERT INTO made_from
    SELECT c.id, o.job, json_array(o.fingerprint, json(o.payload), json(o.inputs), json(o.outputs))
    FROM old_made_from o JOIN paths c ON c.path = o.course;
DROP TABLE old_made_from
"""

# The state of a file, which has more than size and time since then, is a text: `builder.digests`.
_VERSION_9 = """
ALTER TABLE file_digests RENAME TO old_file_digests;
CREATE TABLE file_digests (
    path TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    digest TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO file_digests SELECT path, size || ' ' || mtime_ns, digest FROM old_file_digests;
DROP TABLE old_file_digests
"""

OUTPUTS_SCHEMA = Schema(
    name="record of outputs",
    application_id=0x434C4D4F,
    migrations=(
        _VERSION_1,
        _VERSION_2,
        _VERSION_3,
        _VERSION_4,
        _VERSION_5,
        _VERSION_6,
        _VERSION_7,
        _VERSION_8,
        _VERSION_9,
    ),
    durable=False,
)

_ID = "SELECT id FROM paths WHERE path = ?"
_OUTPUTS = "SELECT path, key, digest, size, mtime_ns, course, chosen FROM outputs"
_KEYS = "SELECT CASE typeof(key) WHEN 'blob' THEN lower(hex(key)) ELSE key END FROM outputs"


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
        texts: dict[str | bytes, str] = {}  # one of each: a file may have many copies

        def text(stored: str | bytes) -> str:
            return texts.get(stored) or texts.setdefault(stored, unpacked_digest(stored))

        with self.reading():
            rows = self.connection.execute(f"{_OUTPUTS} WHERE root = ({_ID})", (str(root),))
            found = [
                (path, text(key), text(digest), size, mtime_ns, course, bool(chosen))
                for path, key, digest, size, mtime_ns, course, chosen in rows
            ]
            courses = self._paths()  # after the rows: numbers are only added
        # Plain tuples and strings: a large course has tens of thousands, and each build reads all.
        return {row[0]: RecordedOutput(*row[:5], courses[row[5]], row[6]) for row in found}

    def output(self, root: Path, path: str) -> RecordedOutput | None:
        """The current record of one output, which another build may have changed."""
        row = self.one(f"{_OUTPUTS} WHERE root = ({_ID}) AND path = ?", str(root), path)
        if row is None:
            return None
        _, key, digest, size, mtime_ns, course, chosen = row
        digests = unpacked_digest(key), unpacked_digest(digest)
        return RecordedOutput(path, *digests, size, mtime_ns, self._paths()[course], bool(chosen))

    def save(self, root: Path, outputs: Iterable[RecordedOutput]) -> None:
        """Records outputs, all in one transaction."""
        outputs = list(outputs)
        with self.writing() as connection:
            ids = _ids(connection, {str(root), *(output.course for output in outputs)})
            connection.executemany(
                "INSERT OR REPLACE INTO outputs VALUES (?,?,?,?,?,?,?,?)",
                [
                    (ids[str(root)], path, packed_digest(key), packed_digest(digest), size,
                     mtime_ns, ids[course], chosen)
                    for path, key, digest, size, mtime_ns, course, chosen in outputs
                ],
            )  # fmt: skip

    def _paths(self) -> dict[int, str]:
        return dict(self.all("SELECT id, path FROM paths"))

    def courses(self, root: Path) -> set[str]:
        """The courses that have outputs below `root`."""
        rows = self.all(
            "SELECT path FROM paths WHERE id IN "
            f"(SELECT DISTINCT course FROM outputs WHERE root = ({_ID}))",
            str(root),
        )
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
        where = f"root = ({_ID}) AND course = ({_ID}) AND NOT chosen AND substr(path, 1, ?) = ?"
        of_row = (str(old), course, len(below), below)
        if not self.one(f"SELECT 1 FROM outputs WHERE {where} LIMIT 1", *of_row):
            return
        with self.writing() as connection:
            root = _ids(connection, {str(new)})[str(new)]
            connection.execute(
                "INSERT OR IGNORE INTO outputs SELECT ?, ? || substr(path, ?), key, digest, size, "
                f"mtime_ns, course, chosen FROM outputs WHERE {where}",
                (root, prefix, cut + 1, *of_row),
            )
            connection.execute(f"DELETE FROM outputs WHERE {where}", of_row)

    def forget(self, root: Path, paths: Iterable[str]) -> None:
        rows = [(str(root), path) for path in paths]
        with self.writing() as connection:
            connection.executemany(f"DELETE FROM outputs WHERE root = ({_ID}) AND path = ?", rows)

    def diagnostics(self) -> dict[str, tuple[Diagnostic, ...]]:
        """The diagnostics of the results that outputs are from, by key."""
        rows = self.all("SELECT key, diagnostics FROM result_diagnostics")
        return {key: load_diagnostics(text) for key, text in rows}

    def save_diagnostics(self, key: str, diagnostics: Iterable[Diagnostic]) -> None:
        """Records the diagnostics of a result; forgets those of results without outputs."""
        with self.writing() as connection:
            connection.execute(f"DELETE FROM result_diagnostics WHERE key NOT IN ({_KEYS})")
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
            connection.execute(f"DELETE FROM file_sets WHERE key NOT IN ({_KEYS})")
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

    def digests(self) -> dict[str, tuple[str, str]]:
        """The inputs hashed so far: path to state and digest."""
        rows = self.all("SELECT path, state, digest FROM file_digests")
        return {path: (state, digest) for path, state, digest in rows}

    def save_digests(self, digests: Mapping[str, tuple[str, str]]) -> None:
        with self.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO file_digests VALUES (?, ?, ?)",
                [(path, *values) for path, values in digests.items()],
            )

    def made_from(self, course: str, jobs: Collection[str] | None = None) -> dict[str, RecordedJob]:
        """The inputs of the last run of a course's jobs, or of these `jobs`, by request id."""
        chosen = None if jobs is None else json.dumps([*jobs])
        rows = self.all(
            f"SELECT job, made FROM made_from WHERE course = ({_ID}) "
            "AND (?2 IS NULL OR job IN (SELECT value FROM json_each(?2)))",
            course,
            chosen,
        )
        return {job: unpacked_job(job, made) for job, made in rows}

    def save_made_from(self, course: str, jobs: Iterable[RecordedJob]) -> None:
        rows = [(job.id, packed_job(job)) for job in jobs]
        with self.writing() as connection:
            number = _ids(connection, {course})[course]
            connection.executemany(
                f"INSERT OR REPLACE INTO made_from VALUES ({number}, ?, ?)", rows
            )


def _ids(connection: sqlite3.Connection, paths: Collection[str]) -> dict[str, int]:
    """The numbers of paths, in a transaction that may add them."""
    rows = [(path,) for path in paths]
    connection.executemany("INSERT OR IGNORE INTO paths (path) VALUES (?)", rows)
    return {path: connection.execute(_ID, (path,)).fetchone()[0] for path in paths}
