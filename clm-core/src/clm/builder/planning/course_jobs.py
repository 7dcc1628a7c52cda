"""Planning of jobs that have sources, or outputs of other jobs, of the whole course."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath

from attrs import evolve, frozen

from clm.builder.plan import FailedSource, TopicVariants
from clm.builder.planning.plugins.calls import call_plan
from clm.builder.planning.topics.topic_plan import Planning, TopicPlan
from clm.builder.variant_folders import VariantFolders
from clm.errors import ConversionError
from clm.hints import listing
from clm.jobs.job_type import JobType
from clm.jobs.planning import CourseContext, PlannedCopy, PlannedOutput, Variant
from clm.jobs.request import JobInput, JobRequest


@frozen(eq=False, repr=False)
class PlannedCourse:
    """The plans of all topics and sections, with the jobs as they deliver their outputs.

    `failed` are all sources that could not be planned.
    """

    planning: Planning
    plans: Sequence[TopicPlan]
    jobs: Sequence[JobRequest]
    failed: Sequence[FailedSource]
    variants: Sequence[TopicVariants]

    def plan(self) -> TopicPlan:
        """The jobs over the whole course."""
        plan = TopicPlan()
        broken = {failed.job_type for failed in self.failed}
        for job_type in self.planning.job_types:
            # Without a failed source, which is reported, the job would be incomplete.
            if job_type.plan_course is not None and job_type.name not in broken:
                self._plan(job_type, plan)
        return plan

    def _plan(self, job_type: JobType, plan: TopicPlan) -> None:
        assert job_type.plan_course is not None
        sources = tuple(s for p in self.plans for name, s in p.shared if name == job_type.name)
        context = self._context(job_type)
        requests, faults = call_plan(
            job_type.name, partial(job_type.plan_course, sources, context), self.planning.rules
        )
        if faults:
            source = sources[0].course_path if sources else context.spec
            plan.failed.append(FailedSource.of(job_type.name, source, faults))
        plan.jobs += requests
        if sources:
            paths = tuple(source.course_path for source in sources)
            plan.sources_of |= {request.id: paths for request in requests}

    def _context(self, job_type: JobType) -> CourseContext:
        spec, sections = self.planning.course.spec, self.planning.course.sections
        return CourseContext(
            course_name=spec.name,
            sections={section.id: section.name for section in sections},
            spec=spec.path.name,
            prog_lang=spec.prog_lang,
            author=spec.author,
            organization=spec.organization,
            variants=tuple(dict.fromkeys(self._variants(job_type))),
            templates=self.planning.templates,
            settings=self.planning.settings(job_type),
            outputs=self._outputs,
            theme=self.planning.course.found_theme.theme,
            theme_files=self.planning.theme_files,
            copies=self._copies,
        )

    def _variants(self, job_type: JobType) -> Iterator[Variant]:
        """Those of the sections, with the folders in which the sections' folders are."""
        course = self.planning.course
        for section in course.sections:
            for variant in self.planning.variants(section, [job_type], course.spec.prog_lang):
                yield evolve(variant, directory=variant.directory.parent)

    def _outputs(self) -> tuple[PlannedOutput, ...]:
        if self.failed or self.planning.withhold:
            names = listing(sorted({failed.source for failed in self.failed}), 3)
            cause = f"these cannot: {names}" if names else self.planning.withhold.cause
            raise ConversionError(
                f"it cannot be planned before all other sources of the course can; {cause}",
                hint="mend them first",
            )
        return tuple(self._planned_outputs())

    def _planned_outputs(self) -> Iterator[PlannedOutput]:
        folders = VariantFolders.of(self.variants)
        hidden = frozenset(self._not_exported())
        topics = dict(self._topics())
        formats = {jt.name: frozenset(f.name for f in jt.formats) for jt in self.planning.job_types}
        for job in self.jobs:
            for output in job.outputs:
                for path in output.destinations:
                    found = folders.find(str(path.parent), formats[job.job_type])
                    if found is not None:
                        item = JobInput(str(path), job.id, output.name)
                        yield PlannedOutput(
                            path,
                            output.title,
                            job.source,
                            job.job_type,
                            *found,
                            item,
                            exported=job.source not in hidden,
                            topic=topics.get(job.source, ""),
                        )

    def _copies(self, suffixes: Collection[str]) -> tuple[PlannedCopy, ...]:
        folders = VariantFolders.of(self.variants)
        course = self.planning.course.sections
        topics = {f.path: (f.course_path, t.id) for s in course for t in s.topics for f in t.files}
        files = (copy for plan in self.plans for copy in plan.copies)
        wanted = [copy for copy in files if copy.file.path.suffix.lower() in suffixes]
        return tuple(
            PlannedCopy(path, *topics.get(copy.file.path, (copy.file.name, "")), *found)
            for copy in wanted
            for path in map(PurePosixPath, copy.destinations)
            if (found := folders.find(str(path.parent), frozenset())) is not None
        )

    def _topics(self) -> Iterator[tuple[str, str]]:
        """The sources of the course, with the ids of their topics."""
        for section in self.planning.course.sections:
            for topic in section.topics:
                yield from ((file.course_path, topic.id) for file in topic.files)

    def _not_exported(self) -> Iterator[str]:
        """The sources of topics that lists of the contents leave out."""
        for section in self.planning.course.sections:
            for topic in section.topics:
                if not topic.spec.export:
                    yield from (file.course_path for file in topic.files)
