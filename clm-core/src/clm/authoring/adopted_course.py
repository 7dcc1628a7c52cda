"""Courses that are made from an author's files, which stay as they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import define, field, frozen

from clm.authoring.material import FoundDeck, FoundFolder, Material
from clm.authoring.new_course import GITIGNORE, SPEC_NAME, NewCourse
from clm.authoring.spec_text import mapping, parse_spec, plugins_text, scalar
from clm.course.paths.names import sanitize_folder
from clm.regular_files import read_regular

# Beside the topics, for the files that all topics of a section include.
_SHARED = "shared"
# A file that is not copied to outputs; without one, version control would lose the folder.
_MARK = ".clm-include"
_MARK_TEXT = "The files of this topic are included from elsewhere, see course.yaml.\n"
_NOT_FOR_STUDENTS = {"de": "nicht für Teilnehmer", "en": "not for students"}
_GERMAN = re.compile(rb"\b(und|ist|nicht|der|die|das)\b")
_ENGLISH = re.compile(rb"\b(and|is|not|the|of|this)\b")


@frozen
class AdoptedCourse:
    """A course of an author's files: texts to write, and files to copy, by path in the course."""

    texts: Mapping[str, str]
    copies: Mapping[str, Path]
    notes: tuple[str, ...] = ()


@frozen
class _Section:
    """A section: `path` is the folder of its decks in the material."""

    name: Mapping[str, str]
    module: str
    folder: FoundFolder
    decks: tuple[FoundDeck, ...]
    enabled: bool


def adopted_course(
    course: NewCourse, source: Path, material: Material, *, in_place: bool
) -> AdoptedCourse:
    """The course; if not `in_place`, with copies of all files that it uses.

    Raises:
        SpecError: a name would make the spec invalid.
    """
    making = _Making(course, source, in_place)
    # What is not built comes last.
    sections = sorted(_sections(course, material), key=lambda section: not section.enabled)
    body = "".join(line for section in sections for line in making.section(section))
    author = f"author: {scalar(course.author)}\n" if course.author else ""
    text = (
        "# The spec of this course. Build it with: clm build course.yaml\n"
        f"name: {mapping(course.name)}\n"
        f"languages: [{', '.join(course.name)}]\n"
        f"prog-lang: {scalar(course.prog_lang)}\n"
        f"{author}sections:\n{body}{plugins_text(course.plugins)}"
    )
    parse_spec(text, Path(SPEC_NAME))
    making.texts[SPEC_NAME] = text
    if not (in_place and (source / ".gitignore").exists()):
        making.texts[".gitignore"] = GITIGNORE
    left_out = [section for section in sections if not section.enabled]
    for section in left_out:
        making.notes.append(
            f"the section {next(iter(section.name.values()))!r} is not built, since the names of "
            "its decks say that they are not for students; `enabled: true` builds it for all"
        )
    return AdoptedCourse(making.texts, making.copies, tuple(dict.fromkeys(making.notes)))


def main_prog_lang(material: Material) -> str:
    """The programming language of most decks; empty if none is known."""
    langs = Counter(
        deck.prog_lang
        for folder in material.folders
        for found in folder.decks
        for _, deck in found.files
        if deck.prog_lang
    )
    return langs.most_common(1)[0][0] if langs else ""


def main_language(material: Material) -> str:
    """German if most decks look like it, else English."""
    german = english = 0
    for folder in material.folders:
        for found in folder.decks:
            content = read_regular(found.files[0][0].path)
            german += len(_GERMAN.findall(content))
            english += len(_ENGLISH.findall(content))
    return "de" if german > english else "en"


def title_of(name: str) -> str:
    """A title for a folder: without the number that sorts it, and with spaces between words."""
    words = re.sub(r"^\d+[\s._-]+(?=\D)", "", name).replace("_", " ").replace("-", " ").split()
    title = " ".join(words)
    return title[:1].upper() + title[1:] or name


def _sections(course: NewCourse, material: Material) -> Iterator[_Section]:
    """The sections, by folder; those with decks that are not for students are not enabled."""
    used: set[str] = set()
    for number, folder in enumerate(material.folders):
        parts = [title_of(part) for part in folder.path.parts]
        title = ": ".join(parts)
        if not title or title in used:
            title = str(folder.path) if title else next(iter(course.name.values()))
        used.add(title)
        module = f"module_{100 + 10 * number}_{_identifier(folder.path.name or 'course')}"
        for private in (False, True):
            decks = tuple(deck for deck in folder.decks if deck.private is private)
            named = {code: _named(title, code) if private else title for code in course.name}
            if decks:
                yield _Section(named, module, folder, decks, not private)


def _named(title: str, code: str) -> str:
    words = _NOT_FOR_STUDENTS.get(code.partition("-")[0], _NOT_FOR_STUDENTS["en"])
    return f"{title} ({words})"


@define
class _Making:
    """Collects the files of the course while its spec is written."""

    course: NewCourse
    source: Path
    in_place: bool
    texts: dict[str, str] = field(factory=dict)
    copies: dict[str, Path] = field(factory=dict)
    notes: list[str] = field(factory=list)
    _ids: set[str] = field(factory=set)

    def section(self, section: _Section) -> Iterator[str]:
        """The lines of a section."""
        yield f"  - name: {mapping(section.name)}\n"
        yield f"    module: {scalar(section.module)}\n"
        if not section.enabled:
            yield "    enabled: false\n"
        shared = list(self._assets(section))
        if shared:
            yield "    includes:\n"
            yield from shared
        yield "    topics:\n"
        for number, deck in enumerate(section.decks):
            yield from self._topic(section, number, deck)

    def _assets(self, section: _Section) -> Iterator[str]:
        """The includes of a section; folders of which all files are included as such."""
        folder = section.folder
        includes: dict[str, str] = {}
        for path, target in folder.assets.items():
            if not self.in_place:
                self.copies[f"{_SHARED}/{path}"] = self.source.joinpath(*path.parts)
            first = target.parts[0]
            is_whole = len(target.parts) > 1 and (first in folder.whole or not self.in_place)
            included, name = (folder.path / first, first) if is_whole else (path, str(target))
            includes[name] = str(included) if self.in_place else f"{_SHARED}/{included}"
        for name, origin in includes.items():
            yield f"      - {mapping({'source': origin, 'as': name})}\n"

    def _topic(self, section: _Section, number: int, deck: FoundDeck) -> Iterator[str]:
        topic = self._new_id(deck.stem)
        start = 100 if section.enabled else 500
        folder = f"slides/{section.module}/topic_{start + number:03}_{topic}"
        options: dict[str, object] = {}
        includes = []
        for file, existing in deck.files:
            options |= existing.topic_options
            self.notes += existing.notes
            if self.in_place:
                includes.append(mapping({"source": str(file.topic_path), "as": existing.name}))
            else:
                self.copies[f"{folder}/{existing.name}"] = file.path
        if includes:
            self.texts[f"{folder}/{_MARK}"] = _MARK_TEXT
        given = [f"{key}: {scalar(value)}" for key, value in options.items()]
        given += [f"includes: [{', '.join(includes)}]"] * bool(includes)
        item = f"{{{', '.join([f'id: {scalar(topic)}', *given])}}}" if given else scalar(topic)
        yield f"      - {item}\n"

    def _new_id(self, stem: str) -> str:
        topic = base = _identifier(stem)
        number = 2
        while topic in self._ids:
            topic, number = f"{base}_{number}", number + 1
        self._ids.add(topic)
        return topic


def _identifier(text: str) -> str:
    """A part of a file name, without spaces and marks."""
    words = re.findall(r"[^\W_]+", sanitize_folder(text).casefold())
    return "_".join(words)[:60].rstrip("_") or "deck"
