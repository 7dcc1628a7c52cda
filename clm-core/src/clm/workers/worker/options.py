"""Options of a worker process, passed on its command line."""

from __future__ import annotations

import json
from pathlib import Path

from attrs import frozen
from cattrs import Converter

from clm.jobs.status import LEASE_SECONDS
from clm.jobs.structuring import canonical_json, strict_converter
from clm.plugins.local import LocalPlugin

HEARTBEAT_SECONDS = 5.0
GRACE_SECONDS = 5.0
EXIT_DID_NOT_START = 4
EXIT_ENGINE_LOST = 5  # the other end of the stream is gone
EXIT_DISK_FULL = 6  # there is no room for the databases or the worker's folder
EXIT_JOB_ABANDONED = 3  # the job was lost or returned, and the converter did not stop


@frozen
class WorkerOptions:
    """The options of one worker process.

    `poll_seconds` is the longest sleep without a wakeup, `lease_seconds` the time for which a job
    is held without a heartbeat, `grace_seconds` the time for which a job may continue after a stop
    request or after the job was lost. With `shared`, `build_id` is the id of a persistent pool and
    the worker claims the jobs of all its builds. `log_path` is the file for its output. The worker
    is recycled after `max_jobs` jobs or with more than `max_memory` bytes (0: never). A job that
    is idle for `hung_after` seconds hangs, one that takes `job_limit` seconds and has no limit of
    its own is ended (0: never). With `stream`, the JSON text of a stream, the worker runs its jobs
    at the other end of that stream. `local_plugins` are those of the course. `provider` is the
    label of the job type's plugin, for messages. With `fingerprint`, that of the pool's job type,
    only jobs that were planned with it are claimed. `preload` is that of the job type.
    """

    worker_id: str
    build_id: str
    job_type: str
    executor: str
    db_path: Path
    cache_path: Path
    work_folder: Path
    builder_address: str
    use_cache: bool = True
    poll_seconds: float = 2.0
    lease_seconds: float = LEASE_SECONDS
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    grace_seconds: float = GRACE_SECONDS
    log_level: str = "INFO"
    shared: bool = False
    log_path: str = ""
    max_jobs: int = 0
    max_memory: int = 0
    hung_after: float = 0.0
    job_limit: float = 0.0
    stream: str = ""
    local_plugins: tuple[LocalPlugin, ...] = ()
    provider: str = ""
    fingerprint: str = ""
    preload: str = ""

    def to_json(self) -> str:
        return canonical_json(_converter().unstructure(self))

    @classmethod
    def from_json(cls, text: str) -> WorkerOptions:
        return _converter().structure(json.loads(text), cls)


def _converter() -> Converter:
    converter = strict_converter()
    converter.register_structure_hook(Path, lambda value, _: Path(value))
    converter.register_unstructure_hook(Path, str)
    return converter
