"""The declaration by which a plugin adds a type of job."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from attrs import field, frozen

from clm.errors import Diagnostic
from clm.jobs.planning import Format, PlanContext
from clm.jobs.request import JobRequest
from clm.jobs.source import SourceFile

Plan = Callable[[SourceFile, PlanContext], Iterable[JobRequest]]
CheckSource = Callable[[SourceFile, PlanContext], Iterable[Diagnostic]]
IsMirror = Callable[[PurePosixPath, Collection[PurePosixPath]], bool]
Configure = Callable[["JobType", Any], "JobType"]
Migration = Callable[[dict[str, Any]], dict[str, Any]]


@frozen
class JobType:
    """A type of job: what it claims, how it is planned, and what carries it out.

    Attributes:
        name: unique among all plugins; lower case, digits and `-`.
        patterns: file-name patterns (as in `fnmatch`, case-sensitive) of the sources claimed.
        payload: the payload's attrs class (frozen).
        payload_version: the version that `payload` describes, from 1.
        migrations: for each older version, a function that brings the payload's dict to the
            next version.
        formats: the output formats that the job type offers.
        plan: called in the building process for each claimed source; light, since it runs in
            builds in which nothing has changed.
        worker: import string `module:class` of the `Worker`, imported in worker processes only.
        fingerprint: the versions of all tools that shape the outputs, without importing them.
        numbered: whether its sources count in the numbering of a section.
        stage: job types of a lower stage are planned first; what they generate for the topic is
            seen by those of a higher stage.
        private_folders: names of folders whose files are not copied to the outputs.
        pool_size: the most workers that make sense; None leaves it to the build.
        containable: whether its workers may run in a container.
        is_mirror: given a file that it claims and all files of the topic, whether the file only
            mirrors another one; then it is left out of the topic.
        configure: given the job type and the plugin's settings, the job type as a course with
            these settings has it; patterns, formats and `is_mirror` may differ, nothing else.
        check: called by `clm validate` for each claimed source: what is wrong with it as far as
            that shows without converting it. It runs no code of the source and writes nothing.
    """

    name: str
    patterns: tuple[str, ...]
    payload: type
    plan: Plan
    worker: str
    fingerprint: Callable[[], str]
    payload_version: int = 1
    migrations: Mapping[int, Migration] = field(factory=dict)
    formats: tuple[Format, ...] = ()
    numbered: bool = False
    stage: int = 1
    private_folders: tuple[str, ...] = ()
    pool_size: int | None = None
    containable: bool = True
    is_mirror: IsMirror | None = None
    configure: Configure | None = None
    check: CheckSource | None = None

    def claims(self, topic_path: PurePosixPath) -> bool:
        """Whether a file at this place of a topic is one of the job type's sources."""
        return any(fnmatchcase(topic_path.name, pattern) for pattern in self.patterns)

    def mirrors(self, topic_path: PurePosixPath, topic: Collection[PurePosixPath]) -> bool:
        """Whether a file that the job type would claim only mirrors another of the topic."""
        is_mirror = self.is_mirror
        return is_mirror is not None and self.claims(topic_path) and is_mirror(topic_path, topic)

    def configured(self, settings: Any) -> JobType:
        """The job type as a course with these settings of its plugin has it."""
        return self.configure(self, settings) if self.configure is not None else self
