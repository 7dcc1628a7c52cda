PRAGMA application_id=1129073987;
BEGIN TRANSACTION;
CREATE TABLE blobs (
    digest TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    data BLOB NOT NULL
);
INSERT INTO "blobs" VALUES('711d815b8bda204082e74bf562a1cfc65526dda4e113b25c535d634433245a80',9,X'3C703EC3A43C2F703E');
CREATE TABLE cache_statistics (hits INTEGER NOT NULL, misses INTEGER NOT NULL);
INSERT INTO "cache_statistics" VALUES(1,2);
CREATE TABLE cached_outputs (
    key TEXT NOT NULL REFERENCES results_cache (key) ON DELETE CASCADE,
    name TEXT NOT NULL,
    digest TEXT NOT NULL REFERENCES blobs (digest),
    PRIMARY KEY (key, name)
) WITHOUT ROWID;
INSERT INTO "cached_outputs" VALUES('k1','a.html','711d815b8bda204082e74bf562a1cfc65526dda4e113b25c535d634433245a80');
INSERT INTO "cached_outputs" VALUES('k1','b.html','711d815b8bda204082e74bf562a1cfc65526dda4e113b25c535d634433245a80');
CREATE TABLE results_cache (
    key TEXT PRIMARY KEY,
    job_type TEXT NOT NULL,
    diagnostics TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at REAL NOT NULL,
    last_used_at REAL NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO "results_cache" VALUES('k1','conversion','[{"details":null,"excerpt":null,"hint":null,"message":"long cell","place":null,"severity":"warning"}]','{"cells":3}',1.0,2.0,1);
CREATE TABLE schema_version (version INTEGER NOT NULL, migrated_at REAL NOT NULL);
INSERT INTO "schema_version" VALUES(1,0.0);
CREATE INDEX cached_outputs_by_digest ON cached_outputs (digest);
COMMIT;
