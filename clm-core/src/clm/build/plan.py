"""What a build is to do: jobs and copies, before anything of it is done."""

from __future__ import annotations

from pathlib import PurePosixPath

from attrs import frozen

from clm.build.report import JobReport
from clm.errors import Diagnostic
from clm.jobs.request import FileInput, JobRequest


@frozen
class Copy:
    """A file that goes to the outputs as it is."""

    file: FileInput
    destinations: tuple[PurePosixPath, ...]


@frozen
class BuildPlan:
    """All that the course asks for.

    `jobs` come in an order in which each follows those that it needs. `failed` are sources
    that could not be planned, `problems` what belongs to no source. Only a `complete` plan
    names every output of the course, so only then an output it lacks is one too many.
    """

    jobs: tuple[JobRequest, ...]
    copies: tuple[Copy, ...]
    failed: tuple[JobReport, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    complete: bool = True
