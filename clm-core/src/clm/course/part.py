"""Single topics of a course that was found before, without the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from clm.course.course import Course, Section, template_files, topic_at
from clm.course.files import Walk
from clm.course.notes import Notes
from clm.course.spec import CourseSpec
from clm.course.theme import find_theme
from clm.course.topics import FoundTopic, topic_id


def part_of_course(
    spec: CourseSpec, data_dir: Path, counts: Sequence[int], folders: Mapping[int, str]
) -> Course | None:
    """The course with some of its topics only: its templates and theme, but no dir-groups.

    `counts` are the topics of each section, `folders` those of the wanted topics, relative to the
    data folder, by the number of the topic in the course. None if there is anything to note.
    """
    walk = Walk(data_dir, Notes())
    if counts != [len(section.topics) for section in spec.enabled_sections]:
        return None
    sections, first = [], 0
    for index, section in enumerate(spec.enabled_sections, start=1):
        topics = [
            topic_at(spec, section, topic, _found(data_dir / folders[number]), walk)
            for number, topic in enumerate(section.topics, start=first)
            if number in folders
        ]
        first += len(section.topics)
        sections.append(Section(section, index, section.name, tuple(topics)))
    theme, templates = find_theme(spec, walk), template_files(walk)
    notes = walk.notes
    if notes.warnings or notes.problems or notes.left_out or walk.outside:
        return None
    return Course(
        spec,
        data_dir,
        tuple(sections),
        spec.warnings,
        found_theme=theme,
        walk=walk,
        template_files=templates,
    )


def _found(folder: Path) -> FoundTopic:
    return FoundTopic(topic_id(folder.name, is_folder=True), folder.parent.name, folder, True)
