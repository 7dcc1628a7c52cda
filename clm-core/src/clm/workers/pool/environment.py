"""Environment digest of workers: Python, installed distributions and CLM's settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import clm
from clm.jobs.key import digest_bytes
from clm.jobs.structuring import canonical_json

# These do not affect the results of jobs.
_IGNORED = (
    "CLM_DB_PATH",
    "CLM_LOAD_PLUGINS",
    "CLM_BLOCK_PLUGINS",
    "CLM_WORKER_ID",
    "CLM_SHARED_CACHE",
)


def environment() -> str:
    """A digest that is equal in two processes if their workers may run each other's jobs."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("CLM_") and not name.startswith(_IGNORED)
    }
    return digest_bytes(
        canonical_json(
            [
                clm.__version__,
                sys.version,
                sys.executable,
                os.environ.get("PYTHONPATH", ""),
                variables,
                sorted(_installed()),
            ]
        ).encode()
    )


def _installed() -> Iterator[list[str | int]]:
    """The installed distributions, each with the time at which it was installed."""
    for folder in sys.path:
        if not Path(folder).is_dir():
            continue  # a zip file, or missing
        with os.scandir(folder or os.curdir) as entries:
            for entry in entries:
                if entry.name.endswith((".dist-info", ".egg-info")):
                    yield [entry.name, entry.stat().st_mtime_ns]
