"""Model of the course spec, independent of its syntax."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import evolve, field, frozen

from clm.course.syntax.tree import Mark, Node, mark_in
from clm.errors import Diagnostic, Place
from clm.jobs.languages import USUAL_LANGUAGES

# The kinds of the default output tree; output-targets may also name the others.
DEFAULT_KINDS = ("code-along", "completed", "speaker")
KINDS = (*DEFAULT_KINDS, "trainer", "recording", "recording-code-along", "partial")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Places are not compared: equal specs may differ in layout or syntax.
_Place = Place | None


@frozen(repr=False)
class LanguageSpec:
    """A language of the course, and the names of its folders in the outputs.

    `label` is the folder of everything in the language, `slides_folder` that of the slides in it.
    """

    id: str
    label: str
    slides_folder: str

    @classmethod
    def usual(cls, language: str) -> LanguageSpec:
        """The language with the default names of its folders."""
        return cls(language, language.capitalize(), "Folien" if language == "de" else "Slides")


@frozen(repr=False)
class DirGroupSpec:
    """Folders that are copied to the course root of every language, or of one.

    `name` maps languages to the folder in the outputs; it may have several parts, and is `""`
    for the course root. `path` and `subdirs` are relative to the data folder and to `path`.
    Without `subdirs` the whole of `path` is copied; with them the files directly in `path`
    only if `include_root_files`. `recursive=False` leaves out the folders below those. With a
    `language`, only the course root of that language gets the folders.
    """

    name: Mapping[str, str]
    path: PurePosixPath
    subdirs: tuple[PurePosixPath, ...] = ()
    include_root_files: bool = False
    recursive: bool = True
    language: str = ""
    place: _Place = field(default=None, eq=False)


@frozen(repr=False)
class IncludeSpec:
    """A file or folder of the data folder that a topic includes as `target`.

    If it is `optional`, it need not exist.
    """

    source: PurePosixPath
    target: PurePosixPath
    optional: bool = False
    place: _Place = field(default=None, eq=False)


@frozen(repr=False)
class PrivateGlob:
    """A glob for files of a topic that only speakers get, relative to the topic."""

    pattern: str
    place: _Place = field(default=None, eq=False)


@frozen(repr=False)
class Defaults:
    """Values for topics of a course or section without their own; as in `TopicSpec`."""

    options: Mapping[str, Any] = field(factory=dict)
    formats: tuple[str, ...] = ()


@frozen(repr=False)
class TopicSpec:
    """A topic of a section. `options` are the attributes for job types, under their spec names.

    `module` names the folder of `slides` that contains the topic, if its id is ambiguous. The topic
    is built in `formats` only, if there are any, and in none of `without_formats`. `private` are
    globs of files that no output for students gets. With `export=False` it is built, but is not
    in lists of the course's contents for others. `kinds` are the only ones that are built, if
    they are not None; no key of the spec sets them, see `only_kinds`.
    """

    id: str
    options: Mapping[str, Any] = field(factory=dict)
    module: str | None = None
    formats: tuple[str, ...] = ()
    without_formats: tuple[str, ...] = ()
    dir_groups: tuple[DirGroupSpec, ...] = ()
    includes: tuple[IncludeSpec, ...] = ()
    private: tuple[PrivateGlob, ...] = ()
    export: bool = True
    kinds: frozenset[str] | None = None
    place: _Place = field(default=None, eq=False)

    @property
    def is_left_out(self) -> bool:
        """Whether nothing of it is built."""
        return self.kinds is not None and not self.kinds

    @property
    def has_private_files(self) -> bool:
        """Whether only files that cells for students name are public."""
        return self.options.get("private-files") is True

    def has_kind(self, name: str) -> bool:
        """Whether the topic is built in a kind that the course is built in."""
        return self.kinds is None or name in self.kinds

    def has_format(self, name: str) -> bool:
        """Whether the topic is built in a format that the course is built in."""
        return name not in self.without_formats and (not self.formats or name in self.formats)


@frozen(repr=False)
class ActivitySpec:
    """An entry of the timetable without a deck, such as an exam; it is not built."""

    text: Mapping[str, str]
    kind: str = ""
    id: str | None = None
    place: _Place = field(default=None, eq=False)


@frozen(repr=False)
class SubsectionSpec:
    """A part of a section, such as a day; one that is not `enabled` is excluded.

    It does not change the outputs: its topics belong to the section. `name` is empty or has a text
    for every language of the course. `weekdays` are some of `WEEKDAYS`. An `optional` one is built,
    but participants may leave it out.
    """

    entries: tuple[TopicSpec | ActivitySpec, ...]
    name: Mapping[str, str] = field(factory=dict)
    weekdays: tuple[str, ...] = ()
    optional: bool = False
    enabled: bool = True
    place: _Place = field(default=None, eq=False)

    @property
    def topics(self) -> tuple[TopicSpec, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, TopicSpec))


SectionEntry = TopicSpec | SubsectionSpec | ActivitySpec


@frozen(repr=False)
class SectionSpec:
    """A section; one that is not `enabled` is excluded, and its topics need not exist.

    `name` has a text for every language of the course. `module` is that of topics without one.
    `topics` are all topics to build, in order. `entries` are empty, or have the same topics with
    their subsections, and the activities. `optional` is as in `SubsectionSpec`. `kept` has the
    values of keys without effect.
    """

    name: Mapping[str, str]
    topics: tuple[TopicSpec, ...]
    id: str | None = None
    enabled: bool = True
    module: str | None = None
    defaults: Defaults = Defaults()
    dir_groups: tuple[DirGroupSpec, ...] = ()
    includes: tuple[IncludeSpec, ...] = ()
    entries: tuple[SectionEntry, ...] = ()
    optional: bool = False
    kept: Mapping[str, Any] = field(factory=dict)
    place: _Place = field(default=None, eq=False)

    @property
    def outline(self) -> tuple[SectionEntry, ...]:
        """The entries of the section, also if they are only topics."""
        return self.entries or self.topics

    @property
    def all_topics(self) -> tuple[TopicSpec, ...]:
        """The topics, with those of subsections that are not enabled."""
        disabled = (e for e in self.entries if isinstance(e, SubsectionSpec) and not e.enabled)
        return (*self.topics, *(topic for entry in disabled for topic in entry.topics))

    def with_topic(self, topic: TopicSpec) -> SectionSpec:
        """The section with a topic after all entries."""
        entries = (*self.entries, topic) if self.entries else ()
        return evolve(self, topics=(*self.topics, topic), entries=entries)

    def includes_of(self, topic: TopicSpec) -> tuple[IncludeSpec, ...]:
        """Return the section's and the topic's includes; for equal targets, the topic's."""
        by_target = {include.target: include for include in (*self.includes, *topic.includes)}
        return tuple(by_target.values())

    def module_of(self, topic: TopicSpec) -> str | None:
        """Return the folder of `slides` to look for the topic in; None means all."""
        return topic.module or self.module


@frozen(repr=False)
class OutputTargetSpec:
    """An output tree below `path`; empty `languages`, `kinds` or `formats` mean all.

    `kept` has the values of keys without effect.
    """

    path: PurePosixPath
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    name: str = ""
    kept: Mapping[str, Any] = field(factory=dict)
    place: _Place = field(default=None, eq=False)


@frozen(repr=False)
class ThemeSpec:
    """The theme of a course, as its spec or the folder of a theme has it.

    `name` is that of a theme of CLM or a plugin; a theme of the course is in `folder` instead.
    `colors` are those for light and for dark pages by name, one of them empty if it is not given.
    `fonts` are files by role and style, `logo` those for light and for dark pages. All paths are
    relative to the data folder. `places` are those of the colours by name and of the files by path.
    """

    name: str = ""
    folder: PurePosixPath | None = None
    mode: str = ""
    colors: Mapping[str, tuple[str, str]] = field(factory=dict)
    fonts: Mapping[str, Mapping[str, PurePosixPath]] = field(factory=dict)
    logo: Mapping[str, PurePosixPath] = field(factory=dict)
    footer: Mapping[str, str] = field(factory=dict)
    place: _Place = field(default=None, eq=False)
    places: Mapping[str, Place] = field(factory=dict, eq=False)


NO_THEME = ThemeSpec()


@frozen(repr=False)
class CourseSpec:
    """The whole spec.

    Every mapping of texts has an entry for each of `languages`, which are codes;
    `language_specs` has those with names of folders. `requires` names the plugins that the course
    needs; `local_plugins` are files of its own plugins, relative to the data folder; `executors`
    are those of its workers, see `BuildOptions`; `plugins` has settings of plugins, as plain data.
    With `write_images`, generated files of topics are also written to the topics' folders.
    `plugin_defaults` are settings for each plugin that has a setting of that name, `kept` the
    values of keys without effect, as plain data.
    `path` is the file as the user gave it, `tree` its content; `warnings` are those of the reader.
    """

    name: Mapping[str, str]
    sections: tuple[SectionSpec, ...]
    languages: tuple[str, ...] = USUAL_LANGUAGES
    language_specs: Mapping[str, LanguageSpec] = field(factory=dict)
    prog_lang: str = "python"
    dir_groups: tuple[DirGroupSpec, ...] = ()
    author: str = ""
    organization: Mapping[str, str] = field(factory=dict)
    description: Mapping[str, str] = field(factory=dict)
    certificate: Mapping[str, str] = field(factory=dict)
    github: Mapping[str, str] = field(factory=dict)
    project_slug: str = ""
    requires: tuple[str, ...] = ()
    local_plugins: tuple[str, ...] = ()
    executors: tuple[str, ...] = ()
    write_images: bool = False
    defaults: Defaults = Defaults()
    plugins: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    plugin_defaults: Mapping[str, str] = field(factory=dict)
    output_targets: tuple[OutputTargetSpec, ...] = ()
    theme: ThemeSpec = NO_THEME
    kept: Mapping[str, Any] = field(factory=dict)
    path: Path = field(default=Path("course.yaml"), eq=False)
    tree: Node | None = field(default=None, eq=False, repr=False)
    warnings: tuple[Diagnostic, ...] = field(default=(), eq=False)

    def language(self, code: str) -> LanguageSpec:
        """Return a language with the names of its folders; the code need not be in the spec."""
        return self.language_specs.get(code) or LanguageSpec.usual(code)

    def topic_in(self, section: SectionSpec, topic: TopicSpec) -> TopicSpec:
        """Return the topic with the defaults of its section and course."""
        options = {**self.defaults.options, **section.defaults.options, **topic.options}
        formats = topic.formats or section.defaults.formats or self.defaults.formats
        return evolve(topic, options=options, formats=formats)

    def place_of(self, *keys: str | int) -> Place:
        """Return the place of a value in the file; if it is missing, that of its nearest parent.

        The place of a mapping is that of its key.
        """
        return self.mark_of(*keys).place

    def mark_of(self, *keys: str | int, of_key: bool = False) -> Mark:
        """Return the place of a value, as `place_of`, with the text there; or those of its key."""
        if self.tree is None:
            return Mark(Place(str(self.path)))
        return mark_in(self.tree, keys, of_key=of_key)

    @property
    def enabled_sections(self) -> tuple[SectionSpec, ...]:
        return tuple(section for section in self.sections if section.enabled)

    @property
    def has_kinds_of_topics(self) -> bool:
        """Whether some topics are built in some kinds only."""
        return any(t.kinds is not None for s in self.sections for t in s.topics)

    @property
    def all_dir_groups(self) -> tuple[DirGroupSpec, ...]:
        """The dir-groups of the course and its enabled parts, in the spec's order."""
        groups = list(self.dir_groups)
        for section in self.enabled_sections:
            groups.extend(section.dir_groups)
            for topic in section.topics:
                groups.extend(topic.dir_groups)
        return tuple(groups)
