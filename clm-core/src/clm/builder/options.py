"""Build options."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from clm.jobs.status import LEASE_SECONDS

if TYPE_CHECKING:
    from clm.plugins import PluginRegistry


@frozen(repr=False)
class BuildFilter:
    """The part of a course to build; an empty field does not restrict it.

    `targets` are names or paths of output targets; those of the default tree are `public` and
    `speaker`.
    `only` names sections (by id or name), topics (by id) or files (by path).
    """

    targets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self == BuildFilter()

    @property
    def is_of_audiences(self) -> bool:
        """Whether it may select some outputs of a source and not others."""
        return bool(self.targets or self.languages or self.kinds or self.formats)


@frozen(repr=False)
class BuildOptions:
    """The options of one build.

    Attributes:
        spec_path: the course spec.
        output_dir: the output folder; None for the course's default.
        data_dir: the folder with `slides`; None to find it from the spec.
        backend: the backend's name.
        backend_options: the values of the backend's own options that were given.
        executors: the executors, as `[JOB-TYPE=]NAME[://ADDRESS]`; `direct` by default.
        jobs: the maximum number of workers of a job type; None for one per core.
        ignore_db: everything is rebuilt; cached results and the record of outputs are ignored.
        force_db_init: the queue and the results cache are recreated.
        keep_directory: nothing in the output folder is removed.
        force: outputs that CLM did not write, or that were modified since, are overwritten.
        db_path: the job queue's file; None for the one in `.clm` beside the spec.
        poll_interval: the longest sleep, in seconds, of a process without a wakeup.
        stall_limit: seconds without progress after which the build is stopped.
        lease_seconds: a job is taken from a worker that does not renew its lease within these
            seconds.
        log_level: the level of the workers' logs.
        filter: the part of the course to build; with a filter nothing is removed.
        dry_run: nothing is built; the listener receives what would be done.
        strict: a build with warnings is not `ok`.
        untrusted: what the course could do on this machine is refused; its code runs only by an
            executor that isolates it.
        explain: the listener receives the reasons for each job.
    """

    spec_path: Path
    output_dir: Path | None = None
    data_dir: Path | None = None
    backend: str = "sqlite"
    backend_options: Mapping[str, str] = field(factory=dict)
    executors: tuple[str, ...] = ()
    jobs: int | None = None
    ignore_db: bool = False
    force_db_init: bool = False
    keep_directory: bool = False
    force: bool = False
    db_path: Path | None = None
    poll_interval: float = 2.0
    stall_limit: float = 600.0
    lease_seconds: float = LEASE_SECONDS
    log_level: str = "INFO"
    filter: BuildFilter = field(factory=BuildFilter)
    dry_run: bool = False
    explain: bool = False
    strict: bool = False
    untrusted: bool = False


def usable_cores() -> int:
    """The number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def executors_of(texts: tuple[str, ...], plugins: PluginRegistry) -> Mapping[str, str]:
    """The executors by job type, from those of the options or the spec."""
    if not texts:
        return {}
    from clm.workers.pool.executors import executors_by_job_type  # few builds need it

    return executors_by_job_type(texts, plugins)
