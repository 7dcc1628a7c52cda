"""CLM's SQLite files: the job queue (disposable) and the results cache (not)."""
