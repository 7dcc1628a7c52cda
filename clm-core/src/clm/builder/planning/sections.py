"""Planning of jobs that have several sources of a section."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from clm.builder.plan import FailedSource
from clm.builder.planning.plugins.calls import call_plan
from clm.builder.planning.topics.topic_plan import Planning, TopicPlan
from clm.course.course import Section
from clm.jobs.job_type import JobType
from clm.jobs.planning import SectionContext
from clm.jobs.source import SourceFile


def plan_shared(planning: Planning, section: Section, plans: Iterable[TopicPlan]) -> TopicPlan:
    """The jobs whose sources are in several topics of the section."""
    by_type: dict[str, list[SourceFile]] = {}
    broken: set[str] = set()
    for plan in plans:
        broken |= {failed.job_type for failed in plan.failed}
        for name, source in plan.shared:
            by_type.setdefault(name, []).append(source)
    shared = TopicPlan()
    for job_type in planning.job_types:
        # Without the failed source, which is reported, the job would be incomplete.
        if job_type.name in by_type.keys() - broken:
            _plan(planning, section, job_type, tuple(by_type[job_type.name]), shared)
    return shared


def _plan(
    planning: Planning,
    section: Section,
    job_type: JobType,
    sources: tuple[SourceFile, ...],
    shared: TopicPlan,
) -> None:
    plan_section = job_type.plan_section
    if plan_section is None:
        return
    context = _context(planning, section, job_type)
    plan = partial(plan_section, sources, context)
    requests, faults = call_plan(job_type.name, plan, planning.rules)
    if faults:
        failed = FailedSource.of(job_type.name, sources[0].course_path, faults)
        shared.failed.append(failed)
    shared.jobs += requests
    shared.sources_of |= {r.id: tuple(s.course_path for s in sources) for r in requests}


def _context(planning: Planning, section: Section, job_type: JobType) -> SectionContext:
    spec = planning.course.spec
    return SectionContext(
        course_name=spec.name,
        section_name=section.name,
        section_id=section.id,
        prog_lang=spec.prog_lang,
        author=spec.author,
        organization=spec.organization,
        variants=planning.variants(section, [job_type], spec.prog_lang),
        templates=planning.templates,
        settings=planning.settings(job_type),
    )
