"""The declaration of a job type by a plugin."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from attrs import field, frozen

from clm.errors import Diagnostic
from clm.field_repr import field_repr
from clm.jobs.hook_result import HookResult
from clm.jobs.planning import (
    CourseContext,
    DerivedSource,
    Format,
    PageLinks,
    PlanContext,
    SectionContext,
)
from clm.jobs.request import JobRequest, LinkTargets
from clm.jobs.source import SourceFile

Plan = Callable[[SourceFile, PlanContext], Iterable[JobRequest]]
PlanSection = Callable[[Sequence[SourceFile], SectionContext], Iterable[JobRequest]]
PlanCourse = Callable[[Sequence[SourceFile], CourseContext], Iterable[JobRequest]]
PlanDerived = Callable[[DerivedSource, PlanContext], Iterable[JobRequest]]
PublicText = Callable[[SourceFile, PlanContext], Iterable[str]]
CheckSource = Callable[[SourceFile, PlanContext], Iterable[Diagnostic]]
ResolveLinks = Callable[[JobRequest, LinkTargets], JobRequest]
HasPrivateContent = Callable[[SourceFile], bool]
IsMirror = Callable[[PurePosixPath, Collection[PurePosixPath]], bool]
Configure = Callable[["JobType", Any], "JobType"]
Extend = Callable[["JobType", Sequence[HookResult]], "JobType"]
FindPageLinks = Callable[[Any], PageLinks | None]
Migration = Callable[[dict[str, Any]], dict[str, Any]]


@frozen(repr=False)
class ImageNeeds:
    """What the image of a container for workers needs beside CLM and the plugin.

    Attributes:
        debian_packages: names of packages of Debian.
        python_distributions: requirements, as pip takes them, beyond the plugin's dependencies.
        own_sandbox: whether a tool, such as a browser, makes a sandbox of its own, for which a
            container must permit user namespaces.
    """

    debian_packages: tuple[str, ...] = ()
    python_distributions: tuple[str, ...] = ()
    own_sandbox: bool = False


@frozen(repr=False)
class JobType:
    """A type of job: the sources it claims, its planning functions, and its worker.

    All fields but the first five are keyword-only. At least one of `plan`, `plan_section`,
    `plan_course` and `plan_derived` is required.

    Attributes:
        name: unique among all plugins; lower case, digits and `-`.
        patterns: file-name patterns (as in `fnmatch`, case-sensitive) of the sources claimed.
        payload: the payload's attrs class (frozen).
        worker: import string `module:class` of the `Worker`, imported in worker processes only.
        preload: import string `module:function` of a function that workers on Linux may call before
            they import anything else, to prepare a process that they will fork. Their hash seed is
            then 0, and UTF-8 mode is on. A worker must not need it: where it is not called, such
            as in engines and other systems, and where it has failed, jobs run as well.
        fingerprint: returns what affects the outputs and is no input, without importing the
            tools: their versions, and a revision that the author increments when outputs change.
        environment: given a name from `JobRequest.environment`, returns the version or digest of
            what is installed on this machine, which is that where the job runs: fonts, packages
            that a source may import. Must be fast, as `fingerprint`.
        plan: called in the build process for each claimed source; must be fast, since it also
            runs in builds in which nothing has changed.
        plan_section: called for each section with all claimed sources of its topics, in their
            order, for jobs with several sources.
        plan_course: called once, with all claimed sources of the course and what the other jobs
            deliver, for jobs over the whole course; also without any source.
        derives: the name of the format, of another job type, from which this one's formats are
            made.
        plan_derived: called for each output in that format and each audience that needs one of
            this job type's formats, even if no audience needs the other job type's own format.
        payload_version: the version that `payload` describes, from 1.
        migrations: for each older version, a function that converts the payload's dict to the
            next version.
        formats: the output formats that the job type offers.
        numbered: whether its sources count in the numbering of a section.
        stage: job types of a lower stage are planned first; those of a higher stage see the files
            that they generate for the topic.
        private_folders: names of folders, in any case, whose files are not copied to the outputs.
        private_files: file-name patterns, for any case, of further files of a topic that are not
            copied to the outputs, since students must not see them; a warning lists those that no
            job of the topic has as inputs.
        delivers_source: whether its sources are also copied to the outputs, like files that no
            job type claims. Without it, students get only what the jobs make of a source: for data,
            such as `*.csv`, decks and students miss the file itself.
        pool_size: the largest useful number of workers; None leaves it to the build.
        containable: whether its workers may run in a container; an executor for containers refuses
            the others.
        image: what the image of such a container needs.
        is_mirror: given a claimed file and all files of the topic, returns whether the file only
            mirrors another one; if so, it is left out of the topic.
        configure: given the job type and the plugin's settings, returns the job type for a course
            with these settings; only patterns, formats, `is_mirror` and `has_private_content` may
            differ.
        public_text: called for each claimed source of a topic with `private-files: true`; yields
            texts of the source that outputs for students show. Students get only files that one of
            these texts names, so it must not yield a text that may be hidden. As fast as `plan`.
        has_private_content: called for each file of a topic that is delivered unchanged, except
            images, audio, video and fonts; whether students must not see its content. Such a file
            is only copied to the outputs for speakers, and a warning lists it. As fast as `plan`.
        check: called by `clm validate` for each claimed source; returns the problems that can be
            found without converting it. It runs no code of the source, writes nothing, and reads
            only the source and the files in its arguments, since its result is kept.
        resolve_links: called for each planned request with `links` once all sources are planned;
            returns the request with what its links lead to in its payload or inputs. Its id and
            outputs must stay the same.
        extend: given the job type and the results of the plugin's own hooks (`clm_own_hooks`),
            in the order of the plugins' names, returns the job type with functions that use them.
            Called once in each process in which other plugins implement such hooks; name,
            patterns, payload and worker must stay the same.
        kinds: names of the kinds of output that the job type offers beside those that CLM knows,
            for output targets that name them. They are for students.
        page_links: given the plugin's settings, returns the `PageLinks` for pages of all job types,
            which jobs of this one deliver below each `root`, or None.
    """

    __repr__ = field_repr

    name: str
    patterns: tuple[str, ...]
    payload: type
    worker: str
    fingerprint: Callable[[], str]
    preload: str = field(default="", kw_only=True)
    environment: Callable[[str], str] | None = field(default=None, kw_only=True)
    plan: Plan | None = field(default=None, kw_only=True)
    plan_section: PlanSection | None = field(default=None, kw_only=True)
    plan_course: PlanCourse | None = field(default=None, kw_only=True)
    derives: str | None = field(default=None, kw_only=True)
    plan_derived: PlanDerived | None = field(default=None, kw_only=True)
    payload_version: int = field(default=1, kw_only=True)
    migrations: Mapping[int, Migration] = field(factory=dict, kw_only=True)
    formats: tuple[Format, ...] = field(default=(), kw_only=True)
    numbered: bool = field(default=False, kw_only=True)
    stage: int = field(default=1, kw_only=True)
    private_folders: tuple[str, ...] = field(default=(), kw_only=True)
    private_files: tuple[str, ...] = field(default=(), kw_only=True)
    delivers_source: bool = field(default=False, kw_only=True)
    pool_size: int | None = field(default=None, kw_only=True)
    containable: bool = field(default=True, kw_only=True)
    image: ImageNeeds = field(default=ImageNeeds(), kw_only=True)
    is_mirror: IsMirror | None = field(default=None, kw_only=True)
    configure: Configure | None = field(default=None, kw_only=True)
    public_text: PublicText | None = field(default=None, kw_only=True)
    has_private_content: HasPrivateContent | None = field(default=None, kw_only=True)
    check: CheckSource | None = field(default=None, kw_only=True)
    resolve_links: ResolveLinks | None = field(default=None, kw_only=True)
    extend: Extend | None = field(default=None, kw_only=True)
    kinds: tuple[str, ...] = field(default=(), kw_only=True)
    page_links: FindPageLinks | None = field(default=None, kw_only=True)

    @property
    def is_shared(self) -> bool:
        """Whether its jobs may have sources of several topics."""
        return self.plan_section is not None or self.plan_course is not None

    def claims(self, topic_path: PurePosixPath) -> bool:
        """Whether a file with this path in a topic is one of the job type's sources."""
        return _matcher(self.patterns).match(topic_path.name) is not None

    def keeps_private(self, topic_path: PurePosixPath) -> bool:
        """Whether a file with this path in a topic matches `private_files`, in any case."""
        matcher = _matcher_of_any_case(self.private_files)
        return matcher.match(topic_path.name.casefold()) is not None

    def mirrors(self, topic_path: PurePosixPath, topic: Collection[PurePosixPath]) -> bool:
        """Whether the job type claims a file that only mirrors another file of the topic."""
        is_mirror = self.is_mirror
        return is_mirror is not None and self.claims(topic_path) and is_mirror(topic_path, topic)

    def configured(self, settings: Any) -> JobType:
        """The job type for a course with these settings of its plugin."""
        return self.configure(self, settings) if self.configure is not None else self


@lru_cache(maxsize=256)
def _matcher(patterns: tuple[str, ...]) -> re.Pattern[str]:
    # One expression: every file of a course is matched with the patterns of every job type.
    return re.compile("|".join(map(translate, patterns)) or r"(?!)")


@lru_cache(maxsize=256)
def _matcher_of_any_case(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """The matcher for names in lower case."""
    return _matcher(tuple(map(str.casefold, patterns)))
