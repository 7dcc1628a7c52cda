"""Files that no job type claims, but whose content students must not see."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import define, field

from clm.builder.planning.copies.checks import is_medium
from clm.builder.planning.plugins.calls import call_has_private_content
from clm.course.files import CourseFile
from clm.errors import ClmError, Diagnostic, Place
from clm.jobs.job_type import JobType
from clm.jobs.source import SourceFile


@define(repr=False)
class PrivateContent:
    """Asks the job types about files; `problems` are the plugins' faults."""

    job_types: Iterable[JobType]
    digest: Callable[[CourseFile], str]
    problems: list[Diagnostic] = field(factory=list)

    def is_in(self, file: CourseFile) -> bool:
        """Whether a job type has found such content in the file.

        A file that cannot be read has none: it is not delivered.
        """
        looking = [jt for jt in self.job_types if jt.has_private_content is not None]
        if not looking or is_medium(file.topic_path):
            return False
        try:
            digest = self.digest(file)
        except ClmError:
            return False
        source = SourceFile(file.path, file.topic_path, file.course_path, digest)
        return any([self._has(job_type, source) for job_type in looking])

    def _has(self, job_type: JobType, source: SourceFile) -> bool:
        private, faults = call_has_private_content(job_type, source)
        self.problems += (fault.at(Place(source.course_path)) for fault in faults)
        return private
