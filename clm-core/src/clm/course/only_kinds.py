"""Courses of which some topics are built in some kinds only, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import evolve

from clm.course.spec import CourseSpec, SectionSpec
from clm.errors import UsageError
from clm.hints import nearest


def only_kinds(spec: CourseSpec, kinds: Mapping[str, Collection[str]]) -> CourseSpec:
    """The course with only these kinds of the topics with these ids, and all of the others.

    Of a topic without kinds nothing is built, its dir-groups included; those of a section of such
    topics neither. Names and numbers of everything else stay.

    Raises:
        UsageError: the course has no such topic.
    """
    known = [topic.id for section in spec.enabled_sections for topic in section.topics]
    for topic_id in kinds:
        if topic_id not in known:
            hint = nearest(topic_id, known)
            raise UsageError(f"the course has no topic {topic_id!r}", hint=hint)
    return evolve(spec, sections=tuple(_restricted(section, kinds) for section in spec.sections))


def _restricted(section: SectionSpec, kinds: Mapping[str, Collection[str]]) -> SectionSpec:
    topics = []
    for topic in section.topics:
        if topic.id in kinds:
            own = frozenset(kinds[topic.id])
            topic = evolve(topic, kinds=own, dir_groups=topic.dir_groups if own else ())
        topics.append(topic)
    left_out = bool(topics) and all(topic.is_left_out for topic in topics)
    groups = () if left_out else section.dir_groups
    return evolve(section, topics=tuple(topics), dir_groups=groups)
