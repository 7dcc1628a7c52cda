PRAGMA application_id=1129073999;
BEGIN TRANSACTION;
CREATE TABLE file_digests (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    digest TEXT NOT NULL
) WITHOUT ROWID
;
INSERT INTO "file_digests" VALUES('/course/slides/a.py',1,2,'d3');
CREATE TABLE outputs (
    root TEXT NOT NULL,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER,
    mtime_ns INTEGER,
    PRIMARY KEY (root, path)
) WITHOUT ROWID;
INSERT INTO "outputs" VALUES('/course/output','de/a.html','k1','d1',10,20);
INSERT INTO "outputs" VALUES('/course/output','de/b.html','k1','d2',NULL,NULL);
CREATE TABLE schema_version (version INTEGER NOT NULL, migrated_at REAL NOT NULL);
INSERT INTO "schema_version" VALUES(1,0.0);
COMMIT;
