"""The new plan of a whole course, of which only some topics are planned again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from attrs import evolve, frozen

from clm.builder.plan import BuildPlan, Copy
from clm.builder.planning.links.link_targets import CourseLinks, Resolved
from clm.builder.planning.replanning.consumers import consumers_of
from clm.builder.planning.replanning.contributions import gives_same, paths_of
from clm.builder.planning.topics.topic_plan import Planning, TopicPlan
from clm.builder.planning.topics.topic_plans import TopicPlans
from clm.jobs.request import FileInput, Input, JobRequest


@frozen(eq=False, repr=False)
class Replanned:
    """Jobs that a change of files makes anew, and those that they need, each after these.

    With a `plan`, that is what planning the course from nothing gives; `jobs` are all those of its
    changed topics and those with links to them, `consumers` all others that need outputs of these,
    whose requests are as before, and `copies` are the copies of changed files.
    """

    jobs: tuple[JobRequest, ...] = ()
    plan: BuildPlan | None = None
    copies: tuple[Copy, ...] = ()
    consumers: tuple[JobRequest, ...] = ()


def replanned(
    topics: TopicPlans,
    last: BuildPlan,
    new: Mapping[str, TopicPlan],
    digests: Mapping[Path, str],
) -> Replanned | None:
    """What planning gives now that topics have these `new` plans and files these `digests`.

    `topics` go on from that. None if the new plans may change anything else in the `last` plan.
    Jobs of sections and of the course are planned from nothing but what topics give to them.
    """
    planning, links = topics.planning, topics.links
    assert planning is not None and links is not None
    for name, topic in new.items():
        if not gives_same(topics.planned[name].plan, topic):
            return None
        if topics.disputed and not paths_of(topic).isdisjoint(topics.disputed):
            return None  # which source gets a path depends on contents
    if not (_is_certain(planning, last) and _are_only_in_topics(planning, digests)):
        return None
    jobs = [job for topic in new.values() for job in topic.jobs]
    made = _Remade(topics, planning, links, last, digests).jobs(jobs)
    if made is None:
        return None
    for name, topic in new.items():
        topics.planned[name] = evolve(topics.planned[name], plan=topic)
    topics.digests.update(digests)
    copies = [_with_digest(copy, digests) for copy in last.copies]
    changed = [copy for copy in copies if copy.file.path in digests]
    plan = evolve(
        last, jobs=tuple(made.get(job.id, job) for job in last.jobs), copies=tuple(copies)
    )
    wanted = with_needed(made, {job.id: job for job in plan.jobs})
    needed = tuple(job for job in plan.jobs if job.id in wanted)
    return Replanned(needed, plan, tuple(changed), tuple(consumers_of(plan.jobs, wanted)))


def _is_certain(planning: Planning, last: BuildPlan) -> bool:
    """Whether nothing of the last plan is unclear or missing, and may be another time."""
    return last.complete and not (last.failed or last.contested or planning.course.left_out)


def _are_only_in_topics(planning: Planning, changed: Iterable[Path]) -> bool:
    """Whether the files are ordinary ones, and neither templates nor copied for the course."""
    course = planning.course
    files = [*course.templates(), *course.found_theme.files]
    others = {file.path for file in files} | {item.file.path for item in course.dir_group_files()}
    return not any(path in others or path.is_symlink() for path in changed)


def _with_digest(copy: Copy, digests: Mapping[Path, str]) -> Copy:
    digest = digests.get(copy.file.path)
    return copy if digest is None else evolve(copy, file=evolve(copy.file, digest=digest))


@frozen(eq=False, repr=False)
class _Remade:
    topics: TopicPlans
    planning: Planning
    links: CourseLinks
    last: BuildPlan
    digests: Mapping[Path, str]

    def jobs(self, new: Collection[JobRequest]) -> dict[str, JobRequest] | None:
        """The new jobs, and those with links to them, as they will be planned, by id.

        None if others depend on a changed file.
        """
        former = {job.id: job for job in self.last.jobs}
        if not all(job.id in former for job in new):
            return None
        own = {job.id: evolve(job, outputs=former[job.id].outputs) for job in new}
        if not self.links.has_sources and any(job.links for job in new):
            return None  # the first links of the course
        self.links.sources.replace_jobs(own.values())
        ids = {i for job_id in own for i in self.links.linking.get(job_id, ())} - own.keys()
        linking = self._as_planned(ids, former)
        concerned = {**own, **linking}
        if not (ids == linking.keys() and self.links.faulty.isdisjoint(concerned)):
            return None
        job_types, rules = self.planning.job_types, self.planning.rules
        found = Resolved.of(concerned.values(), job_types, rules, self.links)
        if found.failed or found.problems:
            return None
        others = (job for job in self.last.jobs if job.id not in concerned)
        if any(self._is_changed(item) for job in others for item in job.inputs):
            return None
        if any(self._is_outdated(item) for job in found.jobs for item in job.inputs):
            return None
        return {job.id: job for job in found.jobs}

    def _as_planned(
        self, ids: Collection[str], former: Mapping[str, JobRequest]
    ) -> dict[str, JobRequest]:
        """The jobs with these ids as their topics have them, where their outputs are delivered."""
        if not ids:
            return {}
        jobs = (job for item in self.topics.planned.values() for job in item.plan.jobs)
        return {
            job.id: evolve(job, outputs=former[job.id].outputs)
            for job in jobs
            if job.id in ids and job.id in former
        }

    def _is_changed(self, item: Input) -> bool:
        return isinstance(item, FileInput) and item.path in self.digests

    def _is_outdated(self, item: Input) -> bool:
        if not isinstance(item, FileInput):
            return False
        return self.digests.get(item.path, item.digest) != item.digest


def with_needed(new: Mapping[str, JobRequest], former: Mapping[str, JobRequest]) -> set[str]:
    """The ids of these jobs and of all those whose outputs they need."""
    wanted, found = set(new), list(new.values())
    while found:
        needed = found.pop().producers - wanted
        wanted |= needed
        found += [former[job_id] for job_id in needed if job_id in former]
    return wanted
