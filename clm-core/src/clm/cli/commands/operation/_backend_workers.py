"""Workers of a plugin's backend, in this process."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

from clm.backends.backend import WorkersContext
from clm.cli.groups import load_plugins
from clm.errors import UsageError
from clm.workers.import_string import load


def serve_backend(
    name: str,
    given: Mapping[str, str],
    *,
    jobs: int | None,
    minimum: int,
    idle_seconds: float,
    job_types: tuple[str, ...],
) -> None:
    """Serve builds that use the backend, until stopped.

    Raises:
        UsageError: the backend has no workers that can be started.
    """
    plugins = load_plugins()
    backend = plugins.backend(name)
    if backend.workers is None:
        raise UsageError(f"the backend {name!r} starts its workers itself")
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    serve = load(backend.workers, plugin=name)
    serve(
        WorkersContext(
            plugins, jobs or os.cpu_count() or 1, job_types, minimum, idle_seconds, dict(given)
        )
    )
