"""What a build may be told."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen

from clm.jobs.status import LEASE_SECONDS


@frozen
class BuildFilter:
    """What of a course is to be built; what is empty leaves nothing out.

    `targets` are names or paths of output targets, in the default tree `public` and `speaker`.
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
        """Whether it leaves some outputs of a source, and others not."""
        return bool(self.targets or self.languages or self.kinds or self.formats)


@frozen
class BuildOptions:
    """The options of one build.

    Attributes:
        spec_path: the course spec.
        output_dir: where the outputs go; None for the course's default.
        data_dir: the folder with `slides`; None to find it from the spec.
        backend: the backend's name.
        jobs: the most workers of one type; None for one a core.
        ignore_db: neither known results nor the record of outputs are used: all is built again.
        force_db_init: the queue and the results cache are made anew.
        keep_directory: nothing in the output folder is removed.
        force: outputs that are not as CLM left them are overwritten.
        db_path: the job queue's file; None for the one in `.clm` beside the spec.
        poll_interval: seconds that a process sleeps where nothing wakes it.
        stall_limit: seconds without any movement after which the build is given up.
        lease_seconds: a job is taken from a worker that does not answer for so long.
        log_level: of the workers' logs.
        filter: which part of the course is built; nothing is removed then.
        dry_run: nothing is built; the listener is told what would be.
        explain: the listener is told of each job why it is done.
    """

    spec_path: Path
    output_dir: Path | None = None
    data_dir: Path | None = None
    backend: str = "sqlite"
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
