"""Schema of the job queue."""

from __future__ import annotations

from clm.database.sqlite.schema import Schema

# jobs_at_hand covers all frequent queries: the next job, jobs in progress, open and ended jobs.
# Jobs that the builder has collected leave it.
# Tables without rowid list the key's columns first, in the key's order: otherwise the quick check
# of SQLite 3.40 reports a NULL that does not exist.
_VERSION_1 = """
CREATE TABLE builds (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    process_started REAL NOT NULL,
    address TEXT NOT NULL,
    started_at REAL NOT NULL,
    finished_at REAL
);
CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    build_id TEXT NOT NULL,
    job_type TEXT NOT NULL,
    executor TEXT NOT NULL,
    pid INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'starting'
        CHECK (status IN ('starting', 'idle', 'busy', 'stopped', 'dead')),
    address TEXT NOT NULL DEFAULT '',
    started_at REAL NOT NULL,
    heartbeat_at REAL NOT NULL,
    cpu_seconds REAL NOT NULL DEFAULT 0,
    processed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    busy_seconds REAL NOT NULL DEFAULT 0
);
CREATE INDEX workers_by_build ON workers (build_id, job_type, status);
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    build_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    job_type TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    priority INTEGER NOT NULL DEFAULT 0,
    blockers INTEGER NOT NULL DEFAULT 0 CHECK (blockers >= 0),
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    token INTEGER NOT NULL DEFAULT 0,
    worker_id TEXT,
    lease_until REAL,
    collected INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL,
    payload TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL,
    result_key TEXT,
    error TEXT,
    created_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    UNIQUE (build_id, request_id)
);
CREATE INDEX jobs_at_hand ON jobs (
    status, build_id, job_type, blockers, priority DESC, id, collected
) WHERE collected = 0;
CREATE TABLE dependencies (
    needs INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    PRIMARY KEY (needs, job_id)
) WITHOUT ROWID;
CREATE INDEX dependencies_by_job ON dependencies (job_id)
"""

# `pools` has the persistent pools (`clm workers start`). A worker's build_id is the build or pool
# that started it, a build's pool_id the pool whose workers may claim its jobs.
_VERSION_2 = """
CREATE TABLE pools (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    process_started REAL NOT NULL,
    address TEXT NOT NULL,
    environment TEXT NOT NULL,
    fingerprints TEXT NOT NULL,
    log_path TEXT NOT NULL DEFAULT '',
    started_at REAL NOT NULL,
    heartbeat_at REAL NOT NULL,
    stop_requested INTEGER NOT NULL DEFAULT 0,
    finished_at REAL
);
ALTER TABLE builds ADD COLUMN pool_id TEXT;
ALTER TABLE workers ADD COLUMN control_address TEXT NOT NULL DEFAULT '';
ALTER TABLE workers ADD COLUMN log_path TEXT NOT NULL DEFAULT '';
ALTER TABLE workers ADD COLUMN memory_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE workers ADD COLUMN stop_requested INTEGER NOT NULL DEFAULT 0
"""

# The progress of a worker's job, as reported by its converter.
_VERSION_3 = """
ALTER TABLE workers ADD COLUMN progress_job INTEGER;
ALTER TABLE workers ADD COLUMN progress REAL;
ALTER TABLE workers ADD COLUMN progress_text TEXT NOT NULL DEFAULT ''
"""

# `work` is a list of payload, inputs and outputs, compressed in rows that are added since.
_VERSION_4 = """
ALTER TABLE jobs RENAME COLUMN payload TO work;
UPDATE jobs SET work = json_array(work, inputs, outputs);
ALTER TABLE jobs DROP COLUMN inputs;
ALTER TABLE jobs DROP COLUMN outputs
"""

QUEUE_SCHEMA = Schema(
    name="job queue",
    application_id=0x434C4D51,
    migrations=(_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4),
    durable=False,
)
