"""Plan of some topics of a course, as far as it is the plan of the whole course."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import field, frozen

from clm.builder.digests import FileDigests
from clm.builder.options import BuildFilter
from clm.builder.plan import BuildPlan
from clm.builder.planning.kept.contents import Contents
from clm.builder.planning.links.link_targets import Resolved
from clm.builder.planning.planner import by_stage, planning_of, select
from clm.builder.planning.replanning.contributions import digest_given
from clm.builder.planning.replanning.known_topics import link_paths
from clm.builder.planning.replanning.replanned import with_needed
from clm.builder.planning.topics.topic_plan import Planning, TopicPlan
from clm.builder.planning.topics.topic_planner import TopicPlanner
from clm.course.course import Course
from clm.course.part import part_of_course
from clm.course.spec import CourseSpec
from clm.errors import Diagnostic
from clm.jobs.request import JobRequest, LinkTarget
from clm.jobs.result import StoredResult
from clm.plugins import PluginRegistry
from clm.plugins.time_limit import call_seconds, limited_calls

DAMAGE = (AttributeError, LookupError, OverflowError, TypeError, ValueError)
"""The errors of kept data that is damaged."""

_MOST = 100
"""The most topics that are planned alone: with more, all are."""


@frozen(eq=False, repr=False)
class PlannedPart:
    """Topics that changed, and those with links to them, planned again.

    All else of the plan of the course is as it was. `plan` has the jobs of these topics and the
    copies of their files; `sources` are the paths of these in the course. `course` has no other
    topics but those that these link to. `results` are those that jobs of the plan need of others.
    """

    course: Course
    plan: BuildPlan
    sources: frozenset[str]
    results: Mapping[str, StoredResult] = field(factory=dict)


def plan_part(
    known: Mapping[str, Any],
    changed: Iterable[str],
    spec: CourseSpec,
    plugins: PluginRegistry,
    *,
    for_build: bool = False,
) -> PlannedPart | None:
    """The part of the plan that a change in these folders makes anew.

    None if more may change, or the course is not as `known`; for a build, also if jobs elsewhere
    need the outputs. The known data may be damaged.

    Raises:
        errors in DAMAGE: it is.
        ClmError, OSError: a topic cannot be planned, which a plan of the course reports.
    """
    topics = _Topics(known)
    numbers = topics.with_links_to(topics.in_folders(changed))
    planned = numbers | topics.linked_by(numbers)
    together = set(known["built_together"])
    if not numbers or len(planned) > _MOST or (for_build and numbers & together):
        return None
    folders = {number: topics.entry(number)[0] for number in planned}
    course = part_of_course(spec, Path(known["data_dir"]), known["counts"], folders)
    if course is None:
        return None
    with limited_calls(call_seconds()):
        return _Part(topics, course, plugins).planned(sorted(planned), numbers)


@frozen(eq=False, repr=False)
class _Topics:
    """What is known of the topics, by their numbers."""

    known: Mapping[str, Any]

    def entry(self, number: int) -> Sequence[Any]:
        """What is known of a topic; a ValueError if it cannot be planned alone."""
        entry: Sequence[Any] = self.known["topics"][number]
        if len(entry) == 1:
            raise ValueError("it is not to be planned alone")
        return entry

    def in_folders(self, folders: Iterable[str]) -> set[int]:
        """The topics that have files in these folders; a ValueError if others depend on them."""
        data_dir, entries = Path(self.known["data_dir"]), self.known["topics"]
        by_path = {str(data_dir / entry[0]): n for n, entry in enumerate(entries)}
        found: set[int] = set()
        for folder in folders:
            own = set(self.known["folders"].get(folder, ()))
            above = (str(path) for path in (Path(folder), *Path(folder).parents))
            own |= {by_path[path] for path in above if path in by_path}
            if not own or folder in self.known["others"]:
                raise ValueError("more than topics depend on the folder")
            found |= own
        return found

    def with_links_to(self, numbers: set[int]) -> set[int]:
        linking = (number for one in numbers for number in self.entry(one)[4])
        return numbers | set(linking)

    def linked_by(self, numbers: Iterable[int]) -> set[int]:
        links = (found for one in numbers for _, found in self.entry(one)[3].values())
        targets = (t for found in links for by_path in found.values() for t in by_path.values())
        made = [number for _, _, _, _, *job in targets for number in job[:1]]
        if None in made:
            raise ValueError("a job of no topic is linked")
        return set(made)


@frozen(eq=False, repr=False)
class _Part:
    topics: _Topics
    course: Course
    plugins: PluginRegistry

    def planned(self, numbers: Sequence[int], wanted: Collection[int]) -> PlannedPart | None:
        """The plan of the topics with these numbers, of which the others are only linked."""
        everything = select(self.course, self.plugins, BuildFilter())
        planning = planning_of(self.course, self.plugins, FileDigests(), everything)
        if planning.withhold:
            return None
        plans = dict(zip(numbers, self._plans(planning, numbers), strict=True))
        contents = Contents()
        for number, plan in plans.items():
            if digest_given(plan, contents) != self.topics.entry(number)[2]:
                return None
        jobs = by_stage((plans[n] for n in numbers if n in wanted), self.plugins)
        links = _KnownLinks(self.topics, plans)
        if not all(links.are_known(job) for job in jobs):
            return None
        found = Resolved.of(jobs, planning.job_types, planning.rules, links)
        own = {job.id: job for job in found.jobs}
        if found.failed or found.problems or not with_needed(own, own) <= own.keys():
            return None
        own_plans = [plans[number] for number in numbers if number in wanted]
        copies = tuple(copy for plan in own_plans for copy in plan.copies)
        section_ids = [section.id for section in self.course.sections for _ in section.topics]
        variants = zip(section_ids, (plan.variants for plan in plans.values()), strict=True)
        part = BuildPlan(tuple(found.jobs), copies, complete=False, variants=tuple(variants))
        topics = (topic for section in self.course.sections for topic in section.topics)
        own_topics = [t for n, t in zip(numbers, topics, strict=True) if n in wanted]
        sources = frozenset(file.course_path for topic in own_topics for file in topic.files)
        return PlannedPart(self.course, part, sources)

    def _plans(self, planning: Planning, numbers: Sequence[int]) -> Iterator[TopicPlan]:
        topics = ((section, topic) for section in self.course.sections for topic in section.topics)
        for number, (section, topic) in zip(numbers, topics, strict=True):
            first_number = self.topics.entry(number)[1]
            yield TopicPlanner(planning, section, topic, first_number).plan()


@frozen(eq=False, repr=False)
class _KnownLinks:
    """What links lead to, as it is known, with the jobs as they are planned now."""

    topics: _Topics
    plans: Mapping[int, TopicPlan]
    faulty: set[str] = field(factory=set, init=False)

    def are_known(self, job: JobRequest) -> bool:
        """Whether the job has the links that it had."""
        known: list[str] = (self._known(job) or [[]])[0]
        return link_paths(job) == known

    def targets(self, job: JobRequest) -> Mapping[str, Mapping[str, LinkTarget]]:
        plan = next(plan for plan in self.plans.values() if job in plan.jobs)
        has_places = (
            output.name
            for output in job.outputs
            if output.destinations or plan.derived.get((job.id, output.name))
        )
        _, found = self._known(job)
        paths = dict.fromkeys(str(link.path) for link in job.links)  # in their order, as ever
        return {
            name: {path: self._target(path, found.get(name, {}).get(path), name) for path in paths}
            for name in has_places
        }

    def lost(self, job: JobRequest) -> Iterator[Diagnostic]:
        return iter(())  # nothing was reported of any link of these topics

    def _known(self, job: JobRequest) -> Any:
        for number, plan in self.plans.items():
            if any(job.id == other.id for other in plan.jobs):
                return self.topics.entry(number)[3].get(job.id)
        return None

    def _target(self, path: str, known: Any, own_output: str) -> LinkTarget:
        if known is None:
            return LinkTarget(path)
        leads_to, lost, hint, output, *job = known
        request = self.plans[job[0]].jobs[job[1]] if job else None
        where = PurePosixPath(lost) if lost is not None else None
        return LinkTarget(leads_to, where, hint, request, own_output if output == 0 else output)
