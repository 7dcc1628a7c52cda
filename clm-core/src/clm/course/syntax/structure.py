"""Conversion of positioned trees to specs, for both syntaxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import evolve, frozen

from clm.course.notes import Notes, by_position
from clm.course.spec import (
    KINDS,
    NO_THEME,
    CourseSpec,
    Defaults,
    DirGroupSpec,
    IncludeSpec,
    OutputTargetSpec,
    SectionSpec,
    ThemeSpec,
    TopicSpec,
)
from clm.course.syntax.fields import (
    Fields,
    as_path,
    as_text,
    complete,
    read_fields,
)
from clm.course.syntax.free_mappings import read_github, read_plugin_defaults, read_plugins
from clm.course.syntax.keys import (
    COURSE,
    DEFAULTS,
    DIR_GROUP,
    FLAGS,
    FORMER_FORMATS,
    INCLUDE,
    MOST_LANGUAGES,
    MOST_TARGETS,
    SECTION,
    TARGET,
    TEXT_OPTIONS,
    TOPIC,
    Key,
    Shape,
)
from clm.course.syntax.languages import read_language, read_languages
from clm.course.syntax.private_globs import read_private
from clm.course.syntax.section_entries import EntryReader, topics_to_build
from clm.course.syntax.tree import Entry, Mapping, Node, Scalar
from clm.course.target_folders import check_target_folders
from clm.errors import Place
from clm.jobs.languages import USUAL_LANGUAGES


def read_course(node: Node, path: Path, notes: Notes) -> CourseSpec | None:
    """Return the spec, None if the file is not a mapping; add problems to `notes`."""
    fields = read_fields(node, COURSE, notes)
    if fields is None:
        return None
    names = fields.required_texts("name")
    language_specs = read_languages(fields)
    languages = _limited(tuple(language_specs) or _default_languages(names), fields)
    reader = _Reader(notes, languages)
    github = read_github(fields)
    return CourseSpec(
        name=reader.complete_name(names, fields),
        languages=languages,
        language_specs=language_specs,
        sections=reader.sections(fields),
        defaults=reader.defaults(fields),
        dir_groups=reader.dir_groups(fields),
        output_targets=reader.output_targets(fields),
        prog_lang=fields.text("prog-lang", "python"),
        author=fields.text("author"),
        organization=fields.texts("organization", languages),
        description=fields.texts("description", languages),
        certificate=fields.texts("certificate", languages),
        github=github,
        project_slug=fields.text("project-slug") or github.get("project-slug", ""),
        requires=tuple(item.text for item in fields.strings("requires")),
        local_plugins=tuple(item.text for item in fields.strings("local-plugins")),
        executors=tuple(item.text for item in fields.strings("executors")),
        write_images=fields.flag("write-images", False),
        plugins=read_plugins(fields),
        theme=_theme(fields, languages),
        plugin_defaults=read_plugin_defaults(fields),
        kept=fields.kept(COURSE),
        path=path,
        tree=node,
        warnings=by_position(notes.warnings),
    )


def _theme(fields: Fields, languages: tuple[str, ...]) -> ThemeSpec:
    node = fields.node("theme")
    if node is None:
        return NO_THEME
    # Few courses have a theme.
    from clm.course.syntax.theme import read_theme

    return read_theme(node, fields.notes, languages)


def _limited(languages: tuple[str, ...], fields: Fields) -> tuple[str, ...]:
    node = fields.node("languages") or fields.node("name")
    if len(languages) > MOST_LANGUAGES and node is not None:
        message = f"the course has {len(languages)} languages, more than {MOST_LANGUAGES}"
        fields.notes.problem(message, node.place, hint="move some to specs of their own")
    return languages[:MOST_LANGUAGES]


def _default_languages(names: dict[str, str]) -> tuple[str, ...]:
    if "" in names or not names or names.keys() >= set(USUAL_LANGUAGES):
        return USUAL_LANGUAGES
    return tuple(names)


@frozen(eq=False, repr=False)
class _Reader:
    """Reads the parts of a course; their texts are in the course's languages."""

    notes: Notes
    languages: tuple[str, ...]

    def complete_name(self, names: dict[str, str], fields: Fields) -> dict[str, str]:
        """Return the name in every language of the course; missing or extra ones are warnings."""
        for language in names:
            if language and language not in self.languages:
                self.notes.warning(
                    f"{language!r} is not a language of the course",
                    _place_of_key(fields.entries["name"], language),
                    excerpt=language,
                    hint=f"its languages: {', '.join(self.languages)}",
                )
        for language in self.languages:
            if names and "" not in names and language not in names:
                place = fields.entries["name"].place
                self.notes.warning(f"'name' has no text for {language!r}", place)
        return complete(names, self.languages)

    def sections(self, fields: Fields) -> tuple[SectionSpec, ...]:
        if fields.required("sections") is None:
            return ()
        before = len(self.notes.problems)
        nodes = fields.items("sections")
        if not nodes and len(self.notes.problems) == before:
            place = fields.entries["sections"].place
            hint = "add a section with name and topics"
            self.notes.problem("the course has no sections", place, excerpt="sections", hint=hint)
        sections = [self._section(node) for node in nodes]
        found = tuple(section for section in sections if section is not None)
        self._refuse_duplicates("section id", nodes, "id")
        return self._without_duplicate_topics(found)

    def dir_groups(self, fields: Fields) -> tuple[DirGroupSpec, ...]:
        groups = [self._dir_group(node) for node in fields.items("dir-groups")]
        return tuple(group for group in groups if group is not None)

    def output_targets(self, fields: Fields) -> tuple[OutputTargetSpec, ...]:
        nodes = fields.items("output-targets")
        if len(nodes) > MOST_TARGETS:
            message = f"the course has {len(nodes)} output-targets, more than {MOST_TARGETS}"
            hint = "each repeats all outputs; move some to a spec of their own"
            self.notes.problem(message, nodes[MOST_TARGETS].place, hint=hint)
            nodes = nodes[:MOST_TARGETS]
        targets = [self._output_target(node) for node in nodes]
        self._refuse_duplicates("name of an output-target", nodes, "name")
        found = tuple(target for target in targets if target is not None)
        check_target_folders(found, self.notes)
        return found

    def defaults(self, fields: Fields) -> Defaults:
        node = fields.node("defaults")
        own = read_fields(node, DEFAULTS, self.notes) if node is not None else None
        if own is None:
            return Defaults()
        return Defaults(_options(own, FLAGS), _formats(own))

    def _section(self, node: Node) -> SectionSpec | None:
        fields = read_fields(node, SECTION, self.notes)
        if fields is None:
            return None
        enabled = fields.flag("enabled", True)
        if enabled:
            fields.required("topics")
        reader = EntryReader(self.notes, self.languages, self._topic)
        entries = reader.read(fields.items("topics"))
        topics = topics_to_build(entries)
        return SectionSpec(
            name=self.complete_name(fields.required_texts("name"), fields),
            topics=topics,
            entries=() if entries == topics else entries,
            id=fields.text("id") or None,
            enabled=enabled,
            module=fields.text("module") or None,
            defaults=self.defaults(fields),
            dir_groups=self.dir_groups(fields),
            includes=self._includes(fields),
            optional=fields.flag("optional", False),
            kept=fields.kept(SECTION),
            place=node.place,
        )

    def _topic(self, node: Node) -> TopicSpec | None:
        if isinstance(node, Scalar):
            topic_id = as_text(node, "a topic", self.notes)
            if topic_id == "":
                self.notes.problem("a topic has no id", node.place)
            return TopicSpec(topic_id, place=node.place) if topic_id else None
        fields = read_fields(node, TOPIC, self.notes)
        if fields is None:
            return None
        id_node = fields.required("id")
        topic_id = fields.text("id")
        if id_node is None or not topic_id:
            return None
        return TopicSpec(
            id=topic_id,
            options={**_options(fields, (*TEXT_OPTIONS, *FLAGS)), **fields.kept(TOPIC)},
            formats=_formats(fields),
            without_formats=self._without_formats(fields),
            module=fields.text("module") or None,
            dir_groups=self.dir_groups(fields),
            includes=self._includes(fields),
            private=read_private(fields),
            export=fields.flag("export", True),
            place=id_node.place,
        )

    def _without_formats(self, fields: Fields) -> tuple[str, ...]:
        node = fields.node("html")
        if not isinstance(node, Scalar) or not node.text:
            return ()
        if node.text.strip().lower() in ("true", "yes", "1"):
            self.notes.warning(
                f"any value of 'html' excludes HTML, even {node.text!r}",
                node.place,
                excerpt=node.text,
                hint="use 'formats' to choose the topic's formats",
            )
        return ("html",)

    def _dir_group(self, node: Node) -> DirGroupSpec | None:
        fields = read_fields(node, DIR_GROUP, self.notes)
        if fields is None:
            return None
        path = fields.path("path")
        subdirs = [as_path(item.text, item.place, self.notes) for item in fields.strings("subdirs")]
        recursive = fields.flag("recursive", True)
        if path == PurePosixPath() and recursive and not subdirs:
            place = fields.entries["path"].value.place
            hint = "name a folder in it, or use subdirs"
            self.notes.problem("a dir-group cannot be the whole data folder", place, hint=hint)
        return DirGroupSpec(
            name=fields.texts("name", self.languages) or complete({}, self.languages),
            path=path or PurePosixPath(),
            subdirs=tuple(subdir for subdir in subdirs if subdir is not None),
            include_root_files=fields.flag("include-root-files", False),
            recursive=recursive,
            language=read_language(fields, self.languages),
            place=node.place,
        )

    def _includes(self, fields: Fields) -> tuple[IncludeSpec, ...]:
        found: dict[PurePosixPath, IncludeSpec] = {}
        for include in (self._include(node) for node in fields.items("includes")):
            if include is None:
                continue
            first = found.setdefault(include.target, include)
            if first is not include:
                self.notes.problem(
                    f"{str(first.source)!r} and {str(include.source)!r} are both included as "
                    f"{str(include.target)!r}",
                    include.place,
                    excerpt=str(include.target),
                    hint="give one of them another path with 'as'",
                )
        return tuple(found.values())

    def _include(self, node: Node) -> IncludeSpec | None:
        if isinstance(node, Scalar):
            text = as_text(node, "an include", self.notes)
            source = as_path(text, node.place, self.notes) if text is not None else None
            target, optional = None, False
        else:
            fields = read_fields(node, INCLUDE, self.notes)
            if fields is None:
                return None
            source = fields.path("source")
            target = fields.path("as") if fields.node("as") is not None else None
            optional = fields.flag("optional", False)
        if source == PurePosixPath() or target == PurePosixPath():
            message = "neither the data folder nor the topic as a whole can be included"
            self.notes.problem(message, node.place, hint="name a file or a folder in it")
            return None
        if source is None:
            return None
        return IncludeSpec(source, target or PurePosixPath(source.name), optional, node.place)

    def _output_target(self, node: Node) -> OutputTargetSpec | None:
        fields = read_fields(node, TARGET, self.notes)
        if fields is None:
            return None
        path = fields.path("path")
        if path is not None:
            self._check_target_path(path, fields)
        languages = fields.strings("languages", self.languages)
        kinds = fields.names("kinds", KINDS)
        return OutputTargetSpec(
            path=path or PurePosixPath(),
            languages=tuple(item.text for item in languages),
            kinds=tuple(item.text for item in kinds),
            formats=_formats(fields),
            name=fields.text("name"),
            kept=fields.kept(TARGET),
            place=node.place,
        )

    def _check_target_path(self, path: PurePosixPath, fields: Fields) -> None:
        place = fields.entries["path"].value.place
        text = fields.text("path")
        hint = "use a folder of its own, such as output/students"
        if path == PurePosixPath():
            message = f"{text!r} is the course's data folder itself"
            self.notes.problem(message, place, excerpt=text, hint=hint)
        elif path.parts[0].casefold() in ("slides", "templates", ".clm"):
            message = f"{text!r} is in the course's sources"
            self.notes.problem(message, place, excerpt=text, hint=hint)

    def _without_duplicate_topics(
        self, sections: tuple[SectionSpec, ...]
    ) -> tuple[SectionSpec, ...]:
        """Return the sections with each topic once, so that its problems are reported once."""
        seen: dict[tuple[str, str | None], Place | None] = {}
        return tuple(
            evolve(section, topics=tuple(self._new_topics(section, seen)))
            if section.enabled
            else section
            for section in sections
        )

    def _new_topics(
        self, section: SectionSpec, seen: dict[tuple[str, str | None], Place | None]
    ) -> Iterator[TopicSpec]:
        for topic in section.topics:
            key = (topic.id, section.module_of(topic))
            if key not in seen:
                seen[key] = topic.place
                yield topic
                continue
            first = seen[key]
            line = first.line if first else None
            self.notes.problem(
                f"the topic {topic.id!r} is given twice",
                topic.place,
                excerpt=topic.id,
                hint=f"first given in line {line}; a topic may be in one section only",
            )

    def _refuse_duplicates(self, what: str, nodes: Iterable[Node], key: str) -> None:
        seen: dict[str, Place] = {}
        for node in nodes:
            entries = node.entries if isinstance(node, Mapping) else ()
            for value in (entry.value for entry in entries if entry.key == key):
                name = value.text.strip() if isinstance(value, Scalar) else ""
                if name and name in seen:
                    hint = f"first given in line {seen[name].line}"
                    message = f"the {what} {name!r} is given twice"
                    self.notes.problem(message, value.place, excerpt=name, hint=hint)
                elif name:
                    seen[name] = value.place


def _place_of_key(entry: Entry, key: str) -> Place:
    inner = entry.value.entries if isinstance(entry.value, Mapping) else ()
    return next((item.place for item in inner if item.key == key), entry.place)


def _options(fields: Fields, keys: Iterable[Key]) -> dict[str, Any]:
    """The given values of these keys, by their names in the spec."""
    return {
        key.name: fields.flag(key.name, True) if key.shape is Shape.FLAG else fields.text(key.name)
        for key in keys
        if fields.node(key.name) is not None
    }


def _formats(fields: Fields) -> tuple[str, ...]:
    items = fields.strings("formats")
    for item in items:
        if item.text in FORMER_FORMATS:
            fields.notes.unused(item.text, FORMER_FORMATS[item.text], item.place)
    return tuple(item.text for item in items)
