"""Topics on disk that are in no section."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from clm.course.course import Course
from clm.course.files import Walk
from clm.course.notes import Notes
from clm.course.reader import read_spec
from clm.course.spec import CourseSpec
from clm.course.topics import FoundTopic, find_topics
from clm.errors import Diagnostic, Place, Severity
from clm.plugins import PluginRegistry

_SPECS = (".xml", ".yaml", ".yml")


def unused_topics(course: Course, plugins: PluginRegistry) -> Iterator[Diagnostic]:
    """A warning for each topic that no section uses, nor one of another spec beside the spec."""
    slides = course.data_dir / "slides"
    known = set(_ids(course.spec))
    used = _used_paths(course)
    others: set[str] | None = None
    for topic in find_topics(slides, Walk(course.data_dir, Notes())):
        if topic.id in known or topic.path in used or not _is_meant(topic, plugins):
            continue
        if others is None:
            others = set(_ids_of_other_specs(course.spec.path))
        if topic.id not in others:
            yield Diagnostic(
                f"the topic {topic.id!r} is in no section",
                Severity.WARNING,
                Place(topic.path.relative_to(course.data_dir).as_posix()),
                hint="add it to one; a name that begins with _ keeps it out of the course",
            )


def _ids(spec: CourseSpec) -> Iterator[str]:
    return (topic.id for section in spec.sections for topic in section.topics)


def _used_paths(course: Course) -> set[Path]:
    """All files that the topics include, show or import, and the folders that these are in."""
    files = {f.path for section in course.sections for t in section.topics for f in t.files}
    return files | {folder for path in files for folder in path.parents}


def _is_meant(topic: FoundTopic, plugins: PluginRegistry) -> bool:
    """Whether it is probably no folder or file of another kind with a name of three parts."""
    name = PurePosixPath(topic.path.name)
    claimed = any(job_type.claims(name) for job_type in plugins.job_types.values())
    return name.name.startswith("topic_") or (claimed and not topic.is_folder)


def _ids_of_other_specs(path: Path) -> Iterator[str]:
    for other in sorted(path.parent.iterdir()):
        if other.suffix.lower() in _SPECS and other.is_file() and other.name != path.name:
            spec, _ = read_spec(other)
            if spec is not None:
                yield from _ids(spec)
