"""The course on disk: sections and topics with their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from attrs import evolve, field, frozen

from clm.course.companions import companions, included
from clm.course.dir_groups import DirGroupFile, find_dir_group_files
from clm.course.files import CourseFile, Walk
from clm.course.includes import Includer
from clm.course.notes import Notes
from clm.course.paths.portable_names import unportable_names
from clm.course.spec import CourseSpec, SectionSpec, TopicSpec
from clm.course.theme import FoundTheme, find_theme
from clm.course.topics import FoundTopic, TopicFinder, find_topics
from clm.errors import Diagnostic, Place, SpecError
from clm.utf8 import is_utf8, printable

__all__ = ["Course", "CourseFile", "DirGroupFile", "Section", "Topic"]


@frozen(repr=False)
class Topic:
    """A topic and all its files, ordered by their paths. `path` is a folder or a single file.

    `spec` is as in the course's spec, with the defaults of its section and course.
    """

    id: str
    path: Path
    files: tuple[CourseFile, ...]
    spec: TopicSpec
    module: str


@frozen(repr=False)
class Section:
    """A section; `index` counts the enabled sections of the course from 1."""

    spec: SectionSpec
    index: int
    name: Mapping[str, str]
    topics: tuple[Topic, ...]

    @property
    def id(self) -> str:
        """The id in the spec, or one made from the index."""
        return self.spec.id or f"section-{self.index}"


@frozen(repr=False)
class Course:
    """The course: everything in the spec, found below the data folder.

    `data_dir` is absolute. `warnings` are those of the spec and of the files, `left_out` the errors
    about files that the course does without. `walk` knows the folders and files that it was found
    in.
    """

    spec: CourseSpec
    data_dir: Path
    sections: tuple[Section, ...]
    warnings: tuple[Diagnostic, ...] = ()
    left_out: tuple[Diagnostic, ...] = ()
    found_theme: FoundTheme = field(factory=FoundTheme)
    walk: Walk | None = field(default=None, eq=False)
    _template_files: tuple[CourseFile, ...] = field(default=(), alias="template_files")
    _group_files: tuple[DirGroupFile, ...] = field(default=(), alias="group_files")

    @classmethod
    def load(cls, spec: CourseSpec, data_dir: Path | None = None) -> Course:
        """Find everything in the spec.

        The data folder is the given one, else the spec's folder if it contains `slides`, else its
        parent.

        Raises:
            SpecError: with everything that is missing, ambiguous or unreadable.
        """
        course, problems = cls.find(spec, data_dir)
        if problems:
            raise SpecError(problems)
        return course

    @classmethod
    def find(
        cls, spec: CourseSpec, data_dir: Path | None = None
    ) -> tuple[Course, tuple[Diagnostic, ...]]:
        """Return the course without its invalid parts, and all problems.

        Raises:
            SpecError: there is no data folder.
        """
        notes = Notes()
        walk = Walk(_data_dir(spec, data_dir), notes)
        sections = _sections(spec, walk)
        course = cls(
            spec,
            walk.data_dir,
            sections,
            found_theme=find_theme(spec, walk),
            template_files=template_files(walk),
            group_files=find_dir_group_files(spec, walk),
            walk=walk,
        )
        unportable = unportable_names(course.all_files())
        course = evolve(
            course,
            warnings=(*spec.warnings, *notes.warnings, *unportable),
            left_out=tuple(dict.fromkeys(notes.left_out)),
        )
        # Problems with a section's includes are found again for each of its topics.
        return course, tuple(dict.fromkeys(notes.problems))

    def templates(self) -> tuple[CourseFile, ...]:
        """The files below the folder `templates`; their `topic_path` is relative to it."""
        return self._template_files

    def dir_group_files(self) -> tuple[DirGroupFile, ...]:
        """The files that the dir-groups copy, each once, with all its destinations."""
        return self._group_files

    def all_files(self) -> Iterator[CourseFile]:
        """The files of topics, templates, the theme and dir-groups; an included one by topic."""
        for section in self.sections:
            for topic in section.topics:
                yield from topic.files
        yield from self._template_files
        yield from self.found_theme.files
        yield from (group.file for group in self._group_files)


def usual_data_dir(spec: CourseSpec) -> Path:
    """The spec's folder, or its parent if only that contains `slides`; absolute."""
    folder = spec.path.parent.resolve()
    has_slides = (folder / "slides").is_dir() or not (folder.parent / "slides").is_dir()
    return folder if has_slides else folder.parent


def _data_dir(spec: CourseSpec, given: Path | None) -> Path:
    folder = given.resolve() if given is not None else usual_data_dir(spec)
    for path in (folder, spec.path):
        if not is_utf8(path):
            message = f"the path of the course is not UTF-8: {printable(path)}"
            raise SpecError([Diagnostic(message, hint="rename its folders and files")])
    if not folder.is_dir():
        raise SpecError([Diagnostic("data folder not found", place=Place(str(given)))])
    if not (folder / "slides").is_dir():
        looked = folder if given is not None else f"{folder} and {folder.parent}"
        raise SpecError(
            [
                Diagnostic(
                    f"no folder 'slides' in {looked}",
                    place=Place(str(spec.path)),
                    hint="put the spec beside 'slides' or in a folder beside it, or give "
                    "--data-dir",
                )
            ]
        )
    return folder


def template_files(walk: Walk) -> tuple[CourseFile, ...]:
    """The files below the folder `templates`."""
    folder = walk.data_dir / "templates"
    return walk.folder(folder) if folder.is_dir() and walk.is_inside(folder) else ()


def _sections(spec: CourseSpec, walk: Walk) -> tuple[Section, ...]:
    slides = walk.data_dir / "slides"
    topics = find_topics(slides, walk) if walk.is_inside(slides) else ()
    finder = TopicFinder(topics, walk)
    sections: list[Section] = []
    for index, section in enumerate(spec.enabled_sections, start=1):
        found = [(topic, finder.find_once(section, topic)) for topic in section.topics]
        section_topics = tuple(
            topic_at(spec, section, topic, at, walk) for topic, at in found if at is not None
        )
        sections.append(Section(section, index, section.name, section_topics))
    return tuple(sections)


def topic_at(
    spec: CourseSpec, section: SectionSpec, topic: TopicSpec, found: FoundTopic, walk: Walk
) -> Topic:
    """The topic that was found for an entry of a section, with its files."""
    files = walk.folder(found.path) if found.is_folder else _single_file(found.path, walk)
    files = Includer(walk, found.id, found.path).add(files, section.includes_of(topic))
    return Topic(found.id, found.path, files, spec.topic_in(section, topic), found.module)


def _single_file(path: Path, walk: Walk) -> tuple[CourseFile, ...]:
    whole = {PurePosixPath(path.name), *companions(path)}
    parts = set(included(path)) - whole
    found = []
    for name in sorted(whole | parts):
        file = walk.file(path.parent.joinpath(*name.parts), name)
        if file is not None:
            found.append(evolve(file, is_part=name in parts))
    return tuple(found)
