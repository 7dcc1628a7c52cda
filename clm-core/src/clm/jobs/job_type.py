"""The declaration by which a plugin adds a type of job."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from attrs import field, frozen

from clm.errors import Diagnostic
from clm.jobs.planning import DerivedSource, Format, PlanContext, SectionContext
from clm.jobs.request import JobRequest
from clm.jobs.source import SourceFile

Plan = Callable[[SourceFile, PlanContext], Iterable[JobRequest]]
PlanSection = Callable[[Sequence[SourceFile], SectionContext], Iterable[JobRequest]]
PlanDerived = Callable[[DerivedSource, PlanContext], Iterable[JobRequest]]
CheckSource = Callable[[SourceFile, PlanContext], Iterable[Diagnostic]]
IsMirror = Callable[[PurePosixPath, Collection[PurePosixPath]], bool]
Configure = Callable[["JobType", Any], "JobType"]
Migration = Callable[[dict[str, Any]], dict[str, Any]]


@frozen
class JobType:
    """A type of job: what it claims, how it is planned, and what carries it out.

    All but the first five are given by keyword. `plan`, `plan_section` or `plan_derived` is needed.

    Attributes:
        name: unique among all plugins; lower case, digits and `-`.
        patterns: file-name patterns (as in `fnmatch`, case-sensitive) of the sources claimed.
        payload: the payload's attrs class (frozen).
        worker: import string `module:class` of the `Worker`, imported in worker processes only.
        fingerprint: the versions of all tools that shape the outputs, without importing them.
        plan: called in the building process for each claimed source; light, since it runs in
            builds in which nothing has changed.
        plan_section: called for each section with all claimed sources of its topics, in their
            order, for jobs that are made of several.
        derives: the name of the format, of another job type, from which this one's formats are
            made.
        plan_derived: called for each output in that format and each audience that wants one of
            this job type's formats; the other job type need not be asked for its own by anyone.
        payload_version: the version that `payload` describes, from 1.
        migrations: for each older version, a function that brings the payload's dict to the
            next version.
        formats: the output formats that the job type offers.
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
    worker: str
    fingerprint: Callable[[], str]
    plan: Plan | None = field(default=None, kw_only=True)
    plan_section: PlanSection | None = field(default=None, kw_only=True)
    derives: str | None = field(default=None, kw_only=True)
    plan_derived: PlanDerived | None = field(default=None, kw_only=True)
    payload_version: int = field(default=1, kw_only=True)
    migrations: Mapping[int, Migration] = field(factory=dict, kw_only=True)
    formats: tuple[Format, ...] = field(default=(), kw_only=True)
    numbered: bool = field(default=False, kw_only=True)
    stage: int = field(default=1, kw_only=True)
    private_folders: tuple[str, ...] = field(default=(), kw_only=True)
    pool_size: int | None = field(default=None, kw_only=True)
    containable: bool = field(default=True, kw_only=True)
    is_mirror: IsMirror | None = field(default=None, kw_only=True)
    configure: Configure | None = field(default=None, kw_only=True)
    check: CheckSource | None = field(default=None, kw_only=True)

    def claims(self, topic_path: PurePosixPath) -> bool:
        """Whether a file at this place of a topic is one of the job type's sources."""
        return _matcher(self.patterns).match(topic_path.name) is not None

    def mirrors(self, topic_path: PurePosixPath, topic: Collection[PurePosixPath]) -> bool:
        """Whether a file that the job type would claim only mirrors another of the topic."""
        is_mirror = self.is_mirror
        return is_mirror is not None and self.claims(topic_path) and is_mirror(topic_path, topic)

    def configured(self, settings: Any) -> JobType:
        """The job type as a course with these settings of its plugin has it."""
        return self.configure(self, settings) if self.configure is not None else self


@lru_cache(maxsize=256)
def _matcher(patterns: tuple[str, ...]) -> re.Pattern[str]:
    # One expression for all: every file of a course is compared with the patterns of every type.
    return re.compile("|".join(map(translate, patterns)) or r"(?!)")
