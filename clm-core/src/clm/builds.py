"""Builds as plugins see them: the course, its output folders, and all outputs.

Everything here is read-only. Objects of these classes are made by CLM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import field, frozen

from clm.errors import Diagnostic, Place
from clm.jobs.hook_result import HookResult

__all__ = [
    "Audience",
    "BuildOutput",
    "CheckedCourse",
    "CourseInfo",
    "CourseSection",
    "CourseTopic",
    "FinishedBuild",
    "OutputTarget",
    "StartedBuild",
]


@frozen(repr=False)
class CourseTopic:
    """A topic of a course; `files` are the paths of its files in the course.

    `release` is the value of that key in the spec as plain data, None if it is absent; `place` is
    that of the topic in the spec. `private` are those of the files that its `private` names.
    """

    id: str
    files: tuple[str, ...]
    release: Any = None
    place: Place | None = None
    private: tuple[str, ...] = ()


@frozen(repr=False)
class CourseSection:
    """A section of a course, with its topics in their order; `name` maps languages to texts.

    `release` and `place` are as in `CourseTopic`.
    """

    id: str
    name: Mapping[str, str]
    topics: tuple[CourseTopic, ...]
    release: Any = None
    place: Place | None = None


@frozen(repr=False)
class CourseInfo:
    """A course: what its spec says, and the files of its topics.

    `name` and `organization` map languages to texts. `spec` is the absolute path of the spec,
    `folder` that of the folder with `slides`, to which paths in the course are relative.
    """

    name: Mapping[str, str]
    languages: tuple[str, ...]
    prog_lang: str
    author: str
    organization: Mapping[str, str]
    spec: Path
    folder: Path
    sections: tuple[CourseSection, ...]


@frozen
class OutputTarget:
    """An output target, with its absolute folder; the default tree has an empty `name`."""

    name: str
    folder: Path


@frozen(eq=False, repr=False)
class CheckedCourse:
    """A course that `clm validate` checks, with the plugin's settings for it.

    Attributes:
        info: the course.
        settings: those of the plugin that are valid, None if it declares none.
        targets: the names of the course's output targets.
        hook_results: what other plugins have returned for the plugin's own hooks.
        place: returns the place in the spec of the value of a setting, given by its keys; that of
            its key if the value is a mapping.
    """

    info: CourseInfo
    settings: Any
    targets: tuple[str, ...]
    hook_results: tuple[HookResult, ...]
    place: Callable[..., Place]


@frozen
class Audience:
    """Whom an output is for.

    `kind` and `format` are empty for files that go to the root folder of a course in a language,
    which are for all its readers. Only what is `public` may be given to students.
    """

    language: str
    kind: str
    format: str
    public: bool


@frozen(repr=False)
class BuildOutput:
    """A file that a build delivered, with the content that the build made.

    Attributes:
        folder: the absolute output folder.
        path: its path below that, with `/` between the parts.
        digest: the SHA-256 of its content, in hexadecimal.
        written: whether this build wrote it; if not, it already was up to date.
        source: the path in the course of the file that it is made from, or a copy of.
        job: the id of the job that made it; empty for a copy.
        job_type: the type of that job; empty for a copy.
        name: the name of the output in that job; empty for a copy.
        title: the title that the job type gives to the document, if it gives one.
        section: the id of its section; empty for files that belong to the whole course.
        target: the name of its output target; empty for the default tree.
        audience: whom it is for.
    """

    folder: Path
    path: str
    digest: str
    written: bool
    source: str
    job: str
    job_type: str
    name: str
    title: str
    section: str
    target: str
    audience: Audience

    @property
    def file(self) -> Path:
        """The absolute path of the output."""
        return self.folder / self.path

    def as_data(self) -> dict[str, Any]:
        """The output as plain data, as `clm build --json` lists it."""
        audience = self.audience
        return {
            "path": self.path,
            "digest": self.digest,
            "written": self.written,
            "source": self.source,
            "job": self.job,
            "job_type": self.job_type,
            "name": self.name,
            "title": self.title,
            "section": self.section,
            "target": self.target,
            "language": audience.language,
            "kind": audience.kind,
            "format": audience.format,
            "public": audience.public,
        }


@frozen(eq=False, repr=False, slots=False)
class StartedBuild:
    """A build that begins: its course, the absolute output folder, and the selected targets."""

    course: CourseInfo
    folder: Path
    targets: tuple[OutputTarget, ...]


@frozen(eq=False, repr=False, slots=False)
class FinishedBuild(StartedBuild):
    """A build that has ended.

    It is `ok` if all selected outputs are up to date, and `complete` if it also had the whole
    course to build: then no other output belongs to the course. `problems` are all messages of the
    build and its jobs.
    """

    ok: bool
    complete: bool
    problems: tuple[Diagnostic, ...]
    _outputs: Callable[[], tuple[BuildOutput, ...]] = field(alias="outputs")

    @cached_property
    def outputs(self) -> tuple[BuildOutput, ...]:
        """The outputs that are up to date, by path; without those of failed jobs.

        They are collected when they are asked for: a large course has tens of thousands.
        """
        return self._outputs()
