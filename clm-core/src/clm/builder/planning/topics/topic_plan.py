"""The plan of one topic, and the data for planning all topics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from attrs import define, field, frozen

from clm.builder.plan import Copy, FailedSource, Generated
from clm.builder.planning.copies.withholding import Withholding
from clm.builder.planning.plugins.request_checks import RequestRules
from clm.builder.planning.without_output import Made
from clm.course.course import Course, CourseFile, Section
from clm.errors import Diagnostic, PluginError
from clm.jobs.job_type import JobType
from clm.jobs.planning import PageLinks, Variant
from clm.jobs.request import FileInput, JobRequest
from clm.jobs.source import SourceFile


@frozen(eq=False, repr=False)
class Planning:
    """The common data for planning all topics.

    `variants` returns the variants of a section, from its job types and a programming language;
    `settings` the settings of a job type's plugin. `rules` are those for all requests.
    `withhold` tells which files that no job type claims may be sources of a broken plugin.
    `faults` are those of all plugins. `page_links` are those of all job types.
    """

    course: Course
    job_types: tuple[JobType, ...]
    variants: Callable[[Section, Iterable[JobType], str], tuple[Variant, ...]]
    settings: Callable[[JobType], object]
    digest: Callable[[CourseFile], str]
    templates: tuple[FileInput, ...]
    theme_files: tuple[FileInput, ...]
    withhold: Withholding
    faults: tuple[PluginError, ...]
    rules: RequestRules
    page_links: tuple[PageLinks, ...] = ()

    @property
    def knows_decks(self) -> bool:
        """Whether there is a job type for decks, not only for pictures and the like."""
        return any(job_type.numbered for job_type in self.job_types)


@define(eq=False, repr=False)
class TopicPlan:
    """The plan of a topic.

    `sources` counts the files that a job type claims, `numbered` those of them that are part of
    the section's numbering. `withheld` names files that are not copied because they may be
    sources of a broken plugin; `unconverted` names copied files that may be sources of a plugin
    that is not installed; `kept_private` names those that match `private_files` of a job type
    and that no job uses; `private_content` names copied files that only speakers get for it.
    `linked` are the sources that links can name, with the topic's id and whether they are numbered;
    `variants` are those of all files. `derived` has, by job and output, the places of what other
    job types derive from the output.
    """

    jobs: list[JobRequest] = field(factory=list)
    copies: list[Copy] = field(factory=list)
    failed: list[FailedSource] = field(factory=list)
    problems: list[Diagnostic] = field(factory=list)
    generated: dict[PurePosixPath, Generated] = field(factory=dict)
    withheld: list[str] = field(factory=list)
    unconverted: list[str] = field(factory=list)
    kept_private: list[str] = field(factory=list)
    private_content: list[str] = field(factory=list)
    made: Made = field(factory=Made)
    sources: int = 0
    numbered: int = 0
    shared: list[tuple[str, SourceFile]] = field(factory=list)
    sources_of: dict[str, tuple[str, ...]] = field(factory=dict)
    linked: list[tuple[str, CourseFile, bool]] = field(factory=list)
    variants: tuple[Variant, ...] = ()
    derived: dict[tuple[str, str], tuple[PurePosixPath, ...]] = field(factory=dict)
