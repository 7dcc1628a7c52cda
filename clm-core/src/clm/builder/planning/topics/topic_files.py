"""The files of a topic: which are sources, and which students may get."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from pathlib import PurePosixPath

from attrs import define, field

from clm.course.course import CourseFile, Topic
from clm.errors import ClmError, Diagnostic
from clm.jobs.job_type import JobType


@define(eq=False, repr=False, slots=False)
class TopicFiles:
    """The files of a topic, as job types tell.

    `unclear` has the errors about files of which a job type cannot tell what they are; it is
    complete once `all` was read.
    """

    topic: Topic
    job_types: tuple[JobType, ...]
    unclear: dict[PurePosixPath, tuple[Diagnostic, ...]] = field(factory=dict, init=False)

    @cached_property
    def all(self) -> tuple[CourseFile, ...]:
        """The files, without those that are made from others."""
        names = {file.topic_path for file in self.topic.files}
        return tuple(file for file in self.topic.files if not self._is_mirror(file, names))

    def _is_mirror(self, file: CourseFile, names: Collection[PurePosixPath]) -> bool:
        for job_type in self.job_types:
            try:
                if job_type.mirrors(file.topic_path, names):
                    return True
            except ClmError as error:
                self.unclear[file.topic_path] = error.diagnostics
        return False

    def claimants(self, file: CourseFile) -> list[JobType]:
        """The job types of which the file is a source."""
        if file.is_part:
            return []
        return [jt for jt in self.job_types if jt.claims(file.topic_path)]

    def is_public(self, topic_path: PurePosixPath) -> bool:
        """Whether the file may be copied to outputs, if its readers get what it is."""
        in_private_folder = not self._private.isdisjoint(map(str.casefold, topic_path.parts[:-1]))
        is_private = in_private_folder or self.is_kept_private(topic_path)
        return topic_path not in self._parts and not is_private

    def is_kept_private(self, topic_path: PurePosixPath) -> bool:
        """Whether a job type keeps files of this name from all outputs."""
        return any(jt.keeps_private(topic_path) for jt in self.job_types)

    @cached_property
    def _parts(self) -> frozenset[PurePosixPath]:
        return frozenset(file.topic_path for file in self.all if file.is_part)

    @cached_property
    def _private(self) -> frozenset[str]:
        return frozenset(name.casefold() for jt in self.job_types for name in jt.private_folders)
