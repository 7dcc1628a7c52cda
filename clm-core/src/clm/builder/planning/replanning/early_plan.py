"""Plan of what a change of topics' files makes anew, before the course is planned again."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from attrs import evolve, frozen

from clm.builder.plan import BuildPlan
from clm.builder.planning.links.link_targets import CourseLinks, Resolved
from clm.builder.planning.replanning.replanned import Replanned, replanned, with_needed
from clm.builder.planning.topics.topic_plan import Planning, TopicPlan
from clm.builder.planning.topics.topic_planner import TopicPlanner
from clm.builder.planning.topics.topic_plans import PlannedTopic, TopicPlans
from clm.course.course import CourseFile, Topic
from clm.errors import ClmError
from clm.jobs.key import digest_file
from clm.jobs.request import FileInput, Input, JobRequest
from clm.plugins.time_limit import call_seconds, limited_calls


def early_plan(topics: TopicPlans, last: BuildPlan, changed: Collection[Path]) -> Replanned:
    """The changed jobs of the topics to which the changed files belong, and those that they need.

    There are none if the change may concern more than these topics. If it certainly concerns
    nothing else, there is the new plan of the whole course, too, and `topics` go on from that.
    Otherwise the jobs are what a new plan of the whole course will most likely have, whose
    destinations are those of the `last` plan; only that plan decides.
    """
    if topics.planning is None or topics.links is None or not changed:
        return Replanned()
    concerned = {name: item for name, item in topics.planned.items() if _is_in(item.topic, changed)}
    if not concerned or not _only_in([item.topic for item in concerned.values()], changed):
        return Replanned()
    try:
        digests = {path: digest_file(path) for path in changed if path.is_file()}
        digest = _Digests(topics.planning, {**topics.digests, **digests}).digest
        planning = evolve(topics.planning, digest=digest)
        with limited_calls(call_seconds()):
            new = {name: _planned_anew(planning, item) for name, item in concerned.items()}
            if exact := replanned(topics, last, new, digests):
                return exact
            made = [(item.plan, new[name]) for name, item in concerned.items()]
            return Replanned(_Early(planning, topics.links, last, digests).jobs(made))
    except (ClmError, OSError):
        return Replanned()  # planning the whole course reports it


def _is_in(topic: Topic, changed: Collection[Path]) -> bool:
    return any(file.path in changed for file in topic.files)


def _only_in(topics: Iterable[Topic], changed: Collection[Path]) -> bool:
    """Whether all the changed paths are files of the topics, or were and are none."""
    known = {file.path for topic in topics for file in topic.files}
    folders = {topic.path for topic in topics}
    # What else belongs to the topic of a single file depends on the text of that.
    if not all(folder.is_dir() for folder in folders):
        return False
    return all(path.is_file() if path in known else _is_gone(path, folders) for path in changed)


def _is_gone(path: Path, folders: set[Path]) -> bool:
    """Whether it is a temporary file of an editor that is not there any more."""
    return not folders.isdisjoint(path.parents) and not os.path.lexists(path)


@frozen(eq=False, repr=False)
class _Digests:
    """The digests of files, of which some have changed since they were planned."""

    planning: Planning
    changed: dict[Path, str]

    def digest(self, file: CourseFile) -> str:
        return self.changed.get(file.path) or self.planning.digest(file)


def _planned_anew(planning: Planning, item: PlannedTopic) -> TopicPlan:
    return TopicPlanner(planning, item.section, item.topic, item.first_number).plan()


@frozen(eq=False, repr=False)
class _Early:
    """Finds the changed jobs; `last` and `links` are those of the last plan of the course."""

    planning: Planning
    links: CourseLinks
    last: BuildPlan
    changed: dict[Path, str]

    def jobs(self, made: Iterable[tuple[TopicPlan, TopicPlan]]) -> tuple[JobRequest, ...]:
        """The changed jobs and those that they need, in the order of the last plan."""
        former = {job.id: job for job in self.last.jobs}
        contested = {job_id for item in self.last.contested for job_id in item.jobs}
        new: dict[str, JobRequest] = {}
        for old, topic in made:
            if not _has_same_outputs(old, topic):
                return ()
            known = (job for job in topic.jobs if job.id in former and job.id not in contested)
            placed = [evolve(job, outputs=former[job.id].outputs) for job in known]
            if not self.links.has_sources and any(job.links for job in placed):
                return ()  # the first links of the course
            new |= {job.id: job for job in self._resolved(placed) if job != former[job.id]}
        wanted = with_needed(new, former)
        return tuple(new.get(job.id, job) for job in self.last.jobs if job.id in wanted)

    def _resolved(self, jobs: Iterable[JobRequest]) -> Iterator[JobRequest]:
        found = Resolved.of(jobs, self.planning.job_types, self.planning.rules, self.links)
        # What is known of linked sources is that of the last plan.
        return (job for job in found.jobs if not any(map(self._is_outdated, job.inputs)))

    def _is_outdated(self, item: Input) -> bool:
        if not isinstance(item, FileInput) or item.path not in self.changed:
            return False
        return self.changed[item.path] != item.digest


def _has_same_outputs(old: TopicPlan, new: TopicPlan) -> bool:
    """Whether both plans deliver the same files to the same places."""

    def outputs(plan: TopicPlan) -> object:
        jobs = {job.id: (job.job_type, job.outputs, job.shared) for job in plan.jobs}
        copies = {(copy.file.path, copy.destinations) for copy in plan.copies}
        made = {path: (item.job, item.output) for path, item in plan.generated.items()}
        return jobs, copies, made, plan.numbered, plan.withheld, plan.derived

    return not (old.failed or new.failed) and outputs(old) == outputs(new)
