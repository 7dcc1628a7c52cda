"""What is known of the topics of a planned course: enough to plan only some of them again.

It is plain data, to be kept on disk: no payload, and none of the paths of outputs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from attrs import define, field

from clm.builder.plan import BuildPlan
from clm.builder.planning.kept.contents import Contents
from clm.builder.planning.links.link_targets import CourseLinks
from clm.builder.planning.replanning.contributions import digest_given, paths_of
from clm.builder.planning.topics.topic_plans import PlannedTopic, TopicPlans
from clm.course.course import Course
from clm.jobs.request import FileInput, JobRequest, LinkTarget


def known_topics(topics: TopicPlans, plan: BuildPlan, course: Course) -> dict[str, Any] | None:
    """What is known of the topics of this plan; None if all of them depend on each other.

    For each topic: its path, first number, the digest of what it gives to the plans of others, the
    links of its jobs, and the numbers of the topics that link to it; only the path if the topic
    cannot be planned alone.
    """
    walk, links = course.walk, topics.links
    if walk is None or links is None or not plan.complete or plan.failed or plan.contested:
        return None
    if walk.notes.warnings or walk.notes.left_out or walk.notes.problems:
        return None  # others may appear, or disappear, with any change
    known = _Known(list(topics.planned.values()), links, topics.disputed, course)
    return known.as_data(plan)


@define(eq=False, repr=False)
class _Known:
    planned: list[PlannedTopic]
    links: CourseLinks
    disputed: Collection[str]
    course: Course
    _number_of: dict[str, int] = field(init=False)  # by the id of a job
    _contents: Contents = field(factory=Contents, init=False)

    def __attrs_post_init__(self) -> None:
        items = enumerate(self.planned)
        self._number_of = {job.id: n for n, item in items for job in item.plan.jobs}

    def as_data(self, plan: BuildPlan) -> dict[str, Any]:
        topics = [self._topic(item) for item in self.planned]
        return {
            "data_dir": str(self.course.data_dir),
            "counts": [len(section.topics) for section in self.course.sections],
            "topics": topics,
            "folders": self._folders(),
            "others": sorted(self._used_by_others(plan)),
            "built_together": sorted(self._built_together(plan)),
        }

    def _topic(self, item: PlannedTopic) -> list[Any]:
        topic, plan = item.topic, item.plan
        path = topic.path.relative_to(self.course.data_dir).as_posix()
        given = digest_given(plan, self._contents)
        disputed = self.disputed and not paths_of(plan).isdisjoint(self.disputed)
        ids = {job.id for job in plan.jobs}
        faulty = not self.links.faulty.isdisjoint(ids)
        is_single = any(file.path == topic.path for file in topic.files)
        if given is None or disputed or faulty or is_single:
            return [path]
        linking = {other for job in ids for other in self.links.linking.get(job, ())}
        numbers = [self._number_of[job] for job in linking if job in self._number_of]
        if len(numbers) < len(linking):
            return [path]  # a job of a section or of the course links to it
        found = {job.id: self._links(job) for job in plan.jobs if job.links}
        return [path, item.first_number, given, found, sorted(set(numbers))]

    def _links(self, job: JobRequest) -> list[Any]:
        """The paths of a job's links, and what they lead to if that is not what they say."""
        targets = {
            output: {
                path: self._target(target, output)
                for path, target in by_path.items()
                if target != LinkTarget(path)
            }
            for output, by_path in self.links.found.get(job.id, {}).items()
        }
        return [link_paths(job), {output: found for output, found in targets.items() if found}]

    def _target(self, target: LinkTarget, output: str) -> list[Any]:
        lost = str(target.lost) if target.lost is not None else None
        # Usually it leads to the same output of another deck; there are as many as outputs.
        made_as = 0 if target.output == output else target.output
        return [target.path, lost, target.hint, made_as, *self._place_of(target.request)]

    def _place_of(self, job: JobRequest | None) -> list[int | None]:
        """The topic of a job and its number among the jobs of that; nothing without a job."""
        if job is None:
            return []
        number = self._number_of.get(job.id)
        if number is None:
            return [None, None]
        ids = [other.id for other in self.planned[number].plan.jobs]
        return [number, ids.index(job.id)]

    def _folders(self) -> dict[str, list[int]]:
        """The topics with files in folders that are not their own, such as included ones."""
        found: dict[str, list[int]] = {}
        for number, item in enumerate(self.planned):
            folders = {file.path.parent for file in item.topic.files}
            for folder in folders:
                if not folder.is_relative_to(item.topic.path):
                    found.setdefault(str(folder), []).append(number)
        return found

    def _used_by_others(self, plan: BuildPlan) -> Iterator[str]:
        """The folders with files that more than the plans of their topics depend on."""
        course = self.course
        files = [*course.templates(), *course.found_theme.files]
        files += [item.file for item in course.dir_group_files()]
        yield from {str(file.path.parent) for file in files}
        own = {n: {file.path for file in item.topic.files} for n, item in enumerate(self.planned)}
        for job in plan.jobs:
            # A job may have files of those that it links to: it is planned with them.
            numbers = {self._number_of.get(job.id), *self._linked(job)} - {None}
            paths = [item.path for item in job.inputs if isinstance(item, FileInput)]
            for path in paths:
                if not any(path in own[number] for number in numbers if number is not None):
                    yield str(path.parent)

    def _linked(self, job: JobRequest) -> set[int | None]:
        targets = (t for found in self.links.found.get(job.id, {}).values() for t in found.values())
        return {self._number_of.get(t.request.id) for t in targets if t.request is not None}

    def _built_together(self, plan: BuildPlan) -> set[int]:
        """The topics of which jobs of other topics need outputs."""
        found: set[int | None] = set()
        for job in plan.jobs:
            if job.id in self._number_of:
                number = self._number_of[job.id]
                found |= {self._number_of.get(producer) for producer in job.producers} - {number}
        return {number for number in found if number is not None}


def link_paths(job: JobRequest) -> list[str]:
    """The different paths of a job's links."""
    return sorted({str(link.path) for link in job.links})
