"""Places of results caches, which are known without opening one."""

from __future__ import annotations

from pathlib import Path


def cache_path_of(jobs_db: Path) -> Path:
    """The path of the results cache that belongs to a job queue."""
    return jobs_db.with_name(f"{jobs_db.stem.removesuffix('_jobs')}_cache.db")
