"""The arguments of the planning functions of job types: contexts, formats and variants."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Generic, cast

from attrs import field, frozen

from clm.field_repr import field_repr
from clm.jobs.request import FileInput, Input, JobInput, JobRequest
from clm.jobs.source import SourceFile
from clm.theme.course_theme import CourseTheme

if TYPE_CHECKING:
    # With a default: in annotations, a context without a parameter has settings of any type.
    from typing_extensions import TypeVar

    SettingsT = TypeVar("SettingsT", covariant=True, default=Any)
else:
    from typing import TypeVar

    SettingsT = TypeVar("SettingsT", covariant=True)


@frozen(repr=False)
class Format:
    """An output format that a job type offers.

    `folder` is the format's folder in the default output tree: one name, or a name for each
    programming language with `""` for all others. `kinds` are the kinds of the format in the
    default tree and in output targets that do not name it; None means all. A format that is not
    `default` is only made for output targets that name it. In this format, links to sources that
    are not built in it lead to the first of the formats in `links_to` that they are built in.
    Several job types may offer formats of one name, each with its folder: specs and filters select
    them together.
    """

    __repr__ = field_repr

    name: str
    folder: str | Mapping[str, str]
    kinds: tuple[str, ...] | None = None
    default: bool = True
    links_to: tuple[str, ...] = ()

    def folder_for(self, prog_lang: str) -> str:
        """The folder for decks in a programming language; the case of its name does not matter."""
        if isinstance(self.folder, str):
            return self.folder
        names = (prog_lang, prog_lang.strip().lower(), "")
        return next((self.folder[name] for name in names if self.folder.get(name)), self.name)


@frozen(repr=False)
class Variant:
    """The output for one audience: language x kind x format, and its folder.

    `directory` is relative to the output folder and includes the section's folder. `public`
    tells whether the output may be given to students. `root` is the folder of the course in this
    language, below which all outputs for its readers are; it is empty for an output that is only
    made to derive others from.
    """

    __repr__ = field_repr

    language: str
    kind: str
    format: str
    directory: PurePosixPath
    public: bool
    root: PurePosixPath = field(default=PurePosixPath())

    def has_readers_of(self, other: Variant) -> bool:
        """Whether both are for the same readers: in one target, of one language and kind."""
        own = (self.root, self.language, self.kind, self.public)
        return own == (other.root, other.language, other.kind, other.public)


@frozen(repr=False)
class PageLinks:
    """What the pages of a course link to, such as the front page of its site.

    All are paths relative to the `root` of a page's variant, below which they are: `front`, the
    page that leads to all others, and the style sheets and scripts that pages load, as classic
    scripts, since pages may be opened as files. `address` is the URL at which public outputs are
    published, those of the folder `published` if that is not empty; empty if they are not.
    """

    front: str
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    address: str = ""
    published: str = ""


@frozen(repr=False)
class PlanContext(Generic[SettingsT]):
    """The data of the course that a job type may use in its plan; nothing else enters its jobs.

    Its parameter is the type of the plugin's settings: `PlanContext[Settings]`.

    `course_name` and `section_name` map languages to texts. `number` counts the numbered
    sources of the section, from 1; it is 0 for a job type that is not numbered. `variants`
    are those of the formats that the job type offers, including those from which other job
    types derive their formats. `topic_files` are the other files of the topic, including those
    that earlier job types generate; `claimed` has the names of those that are sources
    themselves, of this or another job type, and are not delivered (`JobType.delivers_source`);
    `private_files` has the names of those that no output for students gets. `templates` are the
    files below the course's `templates` folder. `options` are the topic's attributes in the spec
    (`author`, `evaluate`, ...), `settings` the plugin's own settings. `requests` are, in a `check`,
    those that were planned for the source, with their links resolved. `theme` is that of the
    course, `theme_files` are its files, to be inputs of jobs whose payload has it. `page_links` are
    what pages link to in each output, from all job types; none without a site, for example.
    """

    __repr__ = field_repr

    course_name: Mapping[str, str]
    section_name: Mapping[str, str]
    topic_id: str
    prog_lang: str
    author: str
    organization: Mapping[str, str]
    number: int
    variants: tuple[Variant, ...]
    topic_files: tuple[Input, ...] = ()
    claimed: frozenset[str] = frozenset()
    private_files: frozenset[str] = frozenset()
    templates: tuple[FileInput, ...] = ()
    options: Mapping[str, Any] = field(factory=dict)
    settings: SettingsT = field(default=cast(Any, None))
    requests: tuple[JobRequest, ...] = ()
    theme: CourseTheme = field(factory=CourseTheme)
    theme_files: tuple[FileInput, ...] = ()
    page_links: tuple[PageLinks, ...] = ()


@frozen(repr=False)
class SectionContext(Generic[SettingsT]):
    """The data of the course that a job type may use in its plan for a section.

    `section_id`, for the ids of jobs, is the section's id in the spec, or made from its number.
    `variants` are those of the formats that the job type offers. The rest is as in
    `PlanContext`.
    """

    __repr__ = field_repr

    course_name: Mapping[str, str]
    section_name: Mapping[str, str]
    section_id: str
    prog_lang: str
    author: str
    organization: Mapping[str, str]
    variants: tuple[Variant, ...]
    templates: tuple[FileInput, ...] = ()
    settings: SettingsT = field(default=cast(Any, None))


@frozen(repr=False)
class PlannedOutput:
    """An output that a job of the course delivers.

    `path` is its destination, `title` that of the document, if its job type gives one. `source` is
    the path of its source in the course, `topic` and `section` the ids of its topic and section.
    `input` is the output as an input of another job; its name is the `path`. Lists of the course's
    contents leave out what is not `exported` (`export: false` of its topic).
    """

    path: PurePosixPath
    title: str
    source: str
    job_type: str
    section: str
    variant: Variant
    input: JobInput
    exported: bool = True
    topic: str = ""


@frozen(repr=False)
class PlannedCopy:
    """A file that the course passes on unchanged, with one of its places.

    `path` is its destination. The rest is as in `PlannedOutput`.
    """

    path: PurePosixPath
    source: str
    topic: str
    section: str
    variant: Variant


@frozen(repr=False, slots=False)
class CourseContext(Generic[SettingsT]):
    """The data of the course that a job type may use in its plan for the whole course.

    `sections` maps the ids of all sections, in their order, to their names. `spec` is the name of
    the spec, as the `source` of a job that has no sources. `variants` are those of the formats that
    the job type offers; their `directory` is that in which the folders of the sections are. The
    rest is as in `PlanContext`.
    """

    course_name: Mapping[str, str]
    sections: Mapping[str, Mapping[str, str]]
    spec: str
    prog_lang: str
    author: str
    organization: Mapping[str, str]
    variants: tuple[Variant, ...]
    templates: tuple[FileInput, ...] = ()
    settings: SettingsT = field(default=cast(Any, None))
    _outputs: Callable[[], tuple[PlannedOutput, ...]] = field(default=tuple, alias="outputs")
    theme: CourseTheme = field(factory=CourseTheme)
    theme_files: tuple[FileInput, ...] = ()
    _copies: Callable[[Collection[str]], tuple[PlannedCopy, ...]] = field(
        default=lambda _: (), alias="copies"
    )

    def copies(self, suffixes: Collection[str]) -> tuple[PlannedCopy, ...]:
        """The files of topics that are copied to the outputs, of these suffixes, such as `.csv`."""
        return self._copies(suffixes)

    @cached_property
    def outputs(self) -> tuple[PlannedOutput, ...]:
        """The outputs that the jobs of sources, topics and sections deliver, in their order.

        Raises:
            ConversionError: a source of the course cannot be planned, so they are not known; let
                it pass.
        """
        return self._outputs()


@frozen(repr=False)
class DerivedSource:
    """An output of another job type, from which one audience's output is derived.

    `input` is that output as an input of the derived job; it contains only what this audience
    may see. `path` is the path that the other job type would give the file, relative to the
    variant's folder; `source` is the file that it is made from. `variants` differ in their
    folders only: there are several if several output targets include the same output. `title` is
    that of the output, if it has one.
    """

    __repr__ = field_repr

    source: SourceFile
    path: PurePosixPath
    input: JobInput
    variants: tuple[Variant, ...]
    title: str = ""

    @property
    def label(self) -> str:
        """A text for the job's id, unique among the derived sources of a job type."""
        variant = self.variants[0]
        audience = "public" if variant.public else "private"
        parts = (variant.language, variant.kind, variant.format, audience, self.input.output)
        return ":".join((self.source.course_path, *parts))

    def places(self, suffix: str) -> tuple[PurePosixPath, ...]:
        """The destinations of the output, with `suffix` (`.md`) for the other job type's suffix."""
        return tuple(v.directory / self.path.with_suffix(suffix) for v in self.variants)
