"""Delivery of sources: which are also copied to the outputs, and data that students miss."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from clm.builder.planning.copies.checks import is_data
from clm.course.course import CourseFile
from clm.errors import Diagnostic, Place, Severity
from clm.jobs.job_type import JobType
from clm.jobs.request import FileInput, JobRequest


def delivers_source(claimants: Collection[JobType]) -> bool:
    """Whether a file that these job types claim is copied to the outputs."""
    return all(job_type.delivers_source for job_type in claimants)


def taken_data(
    files: Iterable[CourseFile],
    claims: Mapping[PurePosixPath, Sequence[JobType]],
    jobs: Sequence[JobRequest],
    labels: Mapping[str, str],
) -> Iterator[Diagnostic]:
    """A warning for each data file that a deck uses and a job type takes from its readers.

    `files` are those that job types claim and do not deliver, `jobs` those of the topic, `labels`
    those of the plugins by job type.
    """
    for file in files:
        claimants = claims[file.topic_path]
        if not is_data(file.topic_path) or any(job_type.numbered for job_type in claimants):
            continue  # links to it lead to what is made of it
        names = {job_type.name for job_type in claimants}
        others = (job for job in jobs if job.job_type not in names)
        place = next((place for job in others if (place := _use(job, file))), None)
        if place is not None:
            yield Diagnostic(
                f"{file.topic_path} is missing in the outputs, since it is a source of the job "
                f"type {claimants[0].name!r} ({labels[claimants[0].name]})",
                Severity.WARNING,
                place,
                hint="the plugin's authors can have it delivered (`delivers_source`)",
                excerpt=str(file.topic_path),
            )


def _use(job: JobRequest, file: CourseFile) -> Place | None:
    """The place where the job's source links to the file, or uses it otherwise."""
    if place := _link(job, file):
        return place
    paths = (item.path for item in job.inputs if isinstance(item, FileInput))
    return Place(job.source) if file.path in paths else None


def _link(job: JobRequest, file: CourseFile) -> Place | None:
    """The place where the job's source links to the file."""
    folder = posixpath.dirname(job.source)
    for link in job.links:
        if posixpath.normpath(posixpath.join(folder, link.path)) == file.course_path:
            return link.place
    return None
