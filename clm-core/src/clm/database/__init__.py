"""CLM's SQLite databases: the job queue (disposable) and the results cache (persistent)."""
