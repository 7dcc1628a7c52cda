"""The names of CLM's databases."""

from __future__ import annotations

from pathlib import Path


def cache_path_of(jobs_db: Path) -> Path:
    """Where the results cache is that goes with a job queue."""
    return jobs_db.with_name(f"{jobs_db.stem.removesuffix('_jobs')}_cache.db")
