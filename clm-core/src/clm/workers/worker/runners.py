"""The runner of a worker's jobs: in its own process, or at the other end of a stream."""

from __future__ import annotations

import json
import sys
from functools import partial

from clm.errors import ClmError
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import fingerprint_of, refuse_other_sources
from clm.workers.converters import new_worker
from clm.workers.job_runner import JobRunner
from clm.workers.memos import JobCache
from clm.workers.pipe.remote_runner import RemoteRunner
from clm.workers.pipe.streams import stream_of
from clm.workers.process_tree import end_at_once
from clm.workers.worker.options import EXIT_ENGINE_LOST, WorkerOptions


def runner_of(options: WorkerOptions, cache: JobCache) -> JobRunner | RemoteRunner:
    """The runner for a worker with these options.

    Raises:
        ClmError: the job type's plugin cannot be loaded, or is not the one of `fingerprint`.
    """
    if options.stream:
        return RemoteRunner(
            stream_of(json.loads(options.stream)),
            options.job_type,
            cache,
            on_lost=lambda message: _end_without_engine(options.worker_id, message),
            use_cache=options.use_cache,
            provider=options.provider,
        )
    plugins = PluginRegistry.load(for_builds=True, local=options.local_plugins)
    job_type = plugins.job_type(options.job_type)
    plugin = plugins.plugin_of(job_type.name)
    plugins.sources_of(job_type.name)  # as they are now, when they are about to be loaded
    if options.fingerprint:
        _refuse_upgraded(plugins, job_type.name, options.fingerprint)
    return JobRunner(
        job_type,
        new_worker(job_type, plugin),
        cache,
        options.work_folder,
        use_cache=options.use_cache,
        provider=plugin.label,
        refuse=partial(refuse_other_sources, plugins, job_type.name),
    )


def _refuse_upgraded(plugins: PluginRegistry, job_type: str, of_pool: str) -> None:
    own = fingerprint_of(plugins, job_type)
    if own != of_pool:
        # The pool then leaves the job type to the builds.
        raise ClmError(
            f"{plugins.plugin_of(job_type).label} has changed since this pool of workers began",
            hint="restart the pool: `clm workers stop`, `clm workers start`",
        )


def _end_without_engine(worker_id: str, message: str) -> None:
    # The last line of the log: a pool reports it.
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
    end_at_once(worker_id, EXIT_ENGINE_LOST)
