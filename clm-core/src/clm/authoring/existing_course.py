"""Existing courses to extend: the spec as text, and the folders of the topics."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from clm.authoring.spec_edit import title_of
from clm.authoring.titles import slug
from clm.course.files import Walk
from clm.course.notes import Notes
from clm.course.spec import CourseSpec, SectionSpec
from clm.course.syntax.reader import load_spec
from clm.course.topics import FoundTopic, find_topics
from clm.errors import OutputError, UsageError
from clm.hints import nearest
from clm.regular_files import read_regular

_TOPIC_STEP, _MODULE_STEP = 10, 100


@frozen
class ExistingCourse:
    """The parts of a course that are needed to extend it; other errors in it are ignored."""

    spec: CourseSpec
    text: str
    data_dir: Path
    topics: tuple[FoundTopic, ...]

    @classmethod
    def load(cls, path: Path) -> ExistingCourse:
        """Read the spec and find the topics.

        Raises:
            SpecError: the spec is invalid.
        """
        spec = load_spec(path)
        folder = path.parent.resolve()
        if not (folder / "slides").is_dir() and (folder.parent / "slides").is_dir():
            folder = folder.parent
        slides = folder / "slides"
        topics = find_topics(slides, Walk(folder, Notes())) if slides.is_dir() else ()
        return cls(spec, read_regular(path).decode("utf-8"), folder, topics)

    @property
    def is_xml(self) -> bool:
        return self.text.lstrip("\ufeff \t\r\n").startswith("<")

    def section(self, name: str | None) -> int:
        """The index of the section with that name, id or number; by default of the last one.

        Raises:
            UsageError: there is none.
        """
        sections = self.spec.sections
        if name is None:
            enabled = [number for number, s in enumerate(sections) if s.enabled]
            if not enabled:
                raise UsageError("the course has no section", hint="add one with `clm new section`")
            return enabled[-1]
        for number, section in enumerate(sections):
            if name.casefold() in _names(number, section):
                return number
        known = [title_of(section) for section in sections]
        raise UsageError(f"section {name!r} not found", hint=nearest(name, known))

    def section_of(self, topic: str) -> int | None:
        """The index of the section that lists the topic; None if there is none."""
        for number, section in enumerate(self.spec.sections):
            if any(item.id == topic for item in section.topics):
                return number
        return None

    def topic(self, topic: str) -> FoundTopic:
        """The folder of a topic.

        Raises:
            UsageError: there is none, more than one, or it is a single file.
        """
        found = [item for item in self.topics if item.id == topic]
        if not found:
            known = {item.id for item in self.topics}
            raise UsageError(f"topic {topic!r} not found", hint=nearest(topic, known))
        if len(found) > 1 or not found[0].is_folder:
            places = ", ".join(str(item.path.relative_to(self.data_dir)) for item in found)
            message = f"the topic {topic!r} is not a single folder: {places}"
            raise UsageError(message, hint="create the deck by hand")
        return found[0]

    def new_topic_folder(self, section: int, topic: str) -> Path:
        """The folder for a new topic of the section, relative to the data folder."""
        module = self._module(self.spec.sections[section])
        names = [item.path.name for item in self.topics if item.module == module]
        number = _next_number(names, _TOPIC_STEP)
        return Path("slides", module, f"topic_{number}_{topic}")

    def _module(self, section: SectionSpec) -> str:
        ids = [topic.id for topic in section.topics]
        modules = {item.id: item.module for item in self.topics}
        used = [modules[topic] for topic in ids if topic in modules]
        if section.module or used:
            return section.module or used[-1]
        slides = self.data_dir / "slides"
        names = [child.name for child in slides.iterdir()] if slides.is_dir() else []
        number = _next_number(names, _MODULE_STEP)
        name = section.name.get("en") or title_of(section)
        return f"module_{number}_{slug(name) or 'section'}"

    def write_spec(self, text: str) -> None:
        """Replace the spec's file atomically.

        Raises:
            OutputError: it cannot be written.
        """
        path = self.spec.path.resolve()
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_bytes(text.encode())
            shutil.copymode(path, temporary)
            temporary.replace(path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def _names(number: int, section: SectionSpec) -> set[str]:
    names = {*section.name.values(), str(number + 1), section.id or ""}
    return {name.casefold() for name in names if name}


def _next_number(names: Iterable[str], step: int) -> int:
    parts = (name.split("_") for name in names)
    numbers = [int(p[1]) for p in parts if len(p) > 1 and p[1].isascii() and p[1].isdigit()]
    return (max(numbers) // step + 1) * step if numbers else 100
