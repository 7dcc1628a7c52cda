PRAGMA application_id=1129074001;
BEGIN TRANSACTION;
CREATE TABLE builds (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    process_started REAL NOT NULL,
    address TEXT NOT NULL,
    started_at REAL NOT NULL,
    finished_at REAL
);
INSERT INTO "builds" VALUES('build-1',1,1.0,'127.0.0.1:1',1.0,NULL);
CREATE TABLE dependencies (
    needs INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    PRIMARY KEY (needs, job_id)
) WITHOUT ROWID;
INSERT INTO "dependencies" VALUES(1,2);
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
INSERT INTO "jobs" VALUES(1,'build-1','a','','conversion','completed',2,0,1,3,1,'worker-1',3933.301509692,0,'a.py','{"payload":{},"type":"conversion","version":1}','','[]','[]','k1',NULL,1.0,2.0,3.0);
INSERT INTO "jobs" VALUES(2,'build-1','b','','conversion','pending',0,0,0,3,0,NULL,NULL,0,'b.py','{}','','[]','[]',NULL,NULL,1.0,NULL,NULL);
CREATE TABLE schema_version (version INTEGER NOT NULL, migrated_at REAL NOT NULL);
INSERT INTO "schema_version" VALUES(1,0.0);
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
INSERT INTO "workers" VALUES('worker-1','build-1','conversion','direct',2,'starting','127.0.0.1:2',1.0,1.0,0.0,0,0,0.0);
CREATE INDEX workers_by_build ON workers (build_id, job_type, status);
CREATE INDEX jobs_at_hand ON jobs (
    status, build_id, job_type, blockers, priority DESC, id, collected
) WHERE collected = 0;
CREATE INDEX dependencies_by_job ON dependencies (job_id)
;
COMMIT;
