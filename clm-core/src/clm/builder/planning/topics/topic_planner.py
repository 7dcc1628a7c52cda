"""Planning of one topic: the claims of its files, their jobs, and copies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cached_property, partial
from pathlib import PurePosixPath

from attrs import define, evolve, field

from clm.builder.plan import Copy, FailedSource, Generated
from clm.builder.planning.copies.carried_files import (
    Carried,
    carried_files,
    not_carried,
    without_carried,
)
from clm.builder.planning.copies.checks import claimed_twice, may_be_source, unclaimed_files
from clm.builder.planning.copies.file_audiences import EVERYBODY, FileAudience, FileAudiences
from clm.builder.planning.copies.private_content import PrivateContent
from clm.builder.planning.copies.source_delivery import delivers_source, taken_data
from clm.builder.planning.derived_formats import Derivations
from clm.builder.planning.plugins.calls import call_plan, call_public_text
from clm.builder.planning.plugins.request_checks import TopicSources
from clm.builder.planning.topics.held_back import held_back
from clm.builder.planning.topics.late_files import MadeFile, late_files
from clm.builder.planning.topics.numbering import Numbering, repeats_whole
from clm.builder.planning.topics.topic_files import TopicFiles
from clm.builder.planning.topics.topic_plan import Planning, TopicPlan
from clm.course.companions import included_by
from clm.course.course import CourseFile, Section, Topic
from clm.errors import ClmError, Diagnostic, Place
from clm.jobs.job_type import JobType
from clm.jobs.planning import DerivedSource, PlanContext, Variant
from clm.jobs.request import FileInput, Input, JobInput, JobRequest, OutputSpec
from clm.jobs.source import SourceFile


@define(eq=False, repr=False)
class TopicPlanner:
    """Plans one topic; `first_number` is that of its first numbered source."""

    planning: Planning
    section: Section
    topic: Topic
    first_number: int
    _plan: TopicPlan = field(factory=TopicPlan, init=False)
    _claimed: frozenset[str] = field(default=frozenset(), init=False)
    _undelivered: frozenset[str] = field(default=frozenset(), init=False)
    _failing: list[tuple[CourseFile, int]] = field(factory=list, init=False)
    _own_files: tuple[FileInput, ...] = field(default=(), init=False)
    _made_files: list[MadeFile] = field(factory=list, init=False)
    _carried: Carried = field(factory=dict, init=False)

    def plan(self) -> TopicPlan:
        """The topic's plan; an error in one file does not affect the others."""
        claims = {file.topic_path: self._files.claimants(file) for file in self._files.all}
        self._claimed = frozenset(str(path) for path, job_types in claims.items() if job_types)
        self._undelivered = frozenset(
            str(path) for path, found in claims.items() if not delivers_source(found)
        )
        sources = self._sources(claims)
        self._plan.sources = len(sources) + len(self._plan.failed)
        self._plan.linked = [(self.topic.id, file, jt.numbered) for jt, file, _ in sources]
        if self.topic.spec.is_left_out:
            # Other decks keep their numbers, and links to these are known to lead nowhere.
            plan = self._plan
            return TopicPlan(sources=plan.sources, numbered=plan.numbered, linked=plan.linked)
        self._plan.variants = self._variants(self.planning.job_types)
        if not self._plan.sources and not self.planning.withhold:
            paths = [file.topic_path for file in self._files.all]
            self._plan.problems += unclaimed_files(self.topic, paths, self.planning.job_types)
        files = self._readable(claims)
        self._own_files = tuple(files.values())
        visible: dict[PurePosixPath, Input] = dict(files)
        stages = sorted({job_type.stage for job_type, _, _ in sources})
        for stage in stages:
            of_stage = [source for source in sources if source[0].stage == stage]
            visible |= self._plan_stage(of_stage, visible)
        own = {p: f for p, f in files.items() if visible[p] is f}
        self._carried = carried_files(self._plan.jobs)
        self._plan.jobs = without_carried(self._plan.jobs, self._carried)
        self._copy({p: f for p, f in own.items() if str(p) not in self._undelivered})
        labels, jobs = self.planning.rules.plugins, self._plan.jobs
        taken = [file for file in self._files.all if str(file.topic_path) in self._undelivered]
        self._plan.problems += taken_data(taken, claims, jobs, labels)
        self._plan.problems += late_files(self._made_files, sources, labels)
        self._plan.problems += self._audiences.unmatched(visible)
        # They have a method of this object: all of it would wait for the garbage collector.
        del self._audiences
        return self._plan

    def _readable(
        self, claims: dict[PurePosixPath, list[JobType]]
    ) -> dict[PurePosixPath, FileInput]:
        """The topic's readable files; an unreadable one is a problem unless it is a source."""
        files = {}
        for file in self._files.all:
            try:
                files[file.topic_path] = self._file_input(file)
            except ClmError as error:
                if not claims[file.topic_path]:
                    self._plan.problems += error.diagnostics
        return files

    @cached_property
    def _files(self) -> TopicFiles:
        return TopicFiles(self.topic, self.planning.job_types)

    def _sources(
        self, claims: dict[PurePosixPath, list[JobType]]
    ) -> list[tuple[JobType, CourseFile, int]]:
        sources = []
        numbering = Numbering(self.first_number, self.planning.course.spec.languages)
        numbered = [path for path, found in claims.items() if any(jt.numbered for jt in found)]
        for file in self._files.all:
            claimants = claims[file.topic_path]
            if len(claimants) > 1:
                self._fail(
                    claimants[0], file, [claimed_twice(claimants, self.planning.rules.plugins)]
                )
            for job_type in claimants[:1]:
                number = numbering.number(file.topic_path) if job_type.numbered else 0
                repeated = repeats_whole(file.topic_path, numbered, numbering.languages)
                if unclear := self._files.unclear.get(file.topic_path):
                    self._fail(job_type, file, unclear)
                elif job_type.numbered and repeated:
                    self._fail(job_type, file, [repeated])
                elif len(claimants) == 1:
                    sources.append((job_type, file, number))
        self._plan.numbered = numbering.count
        return sources

    def _plan_stage(
        self, sources: list[tuple[JobType, CourseFile, int]], visible: dict[PurePosixPath, Input]
    ) -> dict[PurePosixPath, Input]:
        generated: dict[PurePosixPath, Input] = {}
        for job_type, file, number in sources:
            failed = [other for other, stage in self._failing if stage < job_type.stage]
            requests = self._requests(job_type, file, number, visible)
            if held := held_back(file, failed):
                self._fail(job_type, file, held)
                continue
            for request in requests:
                self._plan.jobs.append(self._with_destinations(request, file))
                for output in request.outputs:
                    if output.topic_path is not None:
                        item = JobInput(str(output.topic_path), request.id, output.name)
                        generated[output.topic_path] = item
                        self._made_files.append(MadeFile(job_type, file, output.topic_path))
                        self._note_generated(request, output.name, output.topic_path)
        return generated

    def _note_generated(self, request: JobRequest, output: str, path: PurePosixPath) -> None:
        # If two jobs generate one path, which is reported, the first one wins, as in the outputs.
        # A source is the author's own, even if its job delivers it.
        if path in self._plan.generated or str(path) in self._claimed:
            return
        folder = self.topic.path if self.topic.path.is_dir() else self.topic.path.parent
        own = next((file for file in self.topic.files if file.topic_path == path), None)
        try:
            superseded = (self._file_input(own), own.course_path) if own else (None, "")
        except ClmError:
            superseded = (None, "")  # already reported
        self._plan.generated[path] = Generated(request.id, output, folder, path, *superseded)

    def _requests(
        self,
        job_type: JobType,
        file: CourseFile,
        number: int,
        visible: dict[PurePosixPath, Input],
    ) -> list[JobRequest]:
        try:
            source = self._source(file)
        except ClmError as error:
            self._fail(job_type, file, error.diagnostics)
            return []
        audience = self._audiences.of_source(file.topic_path)
        # What a job of a section or course makes of its sources may be public.
        if job_type.is_shared and not audience.private and self.topic.spec.kinds is None:
            self._plan.shared.append((job_type.name, source))
        if job_type.plan is None:
            return []
        variants = partial(self._variants, audience=audience)
        derivations = Derivations.of(job_type, self.planning.job_types, variants)
        context = self._context(job_type, file, number, visible)
        if derivations.by_folder:
            context = evolve(context, variants=(*context.variants, *derivations.wanted))
        faults = len(self._plan.failed)
        requests = self._call_plan(
            job_type,
            file,
            partial(job_type.plan, source, context),
            TopicSources(self._claimed, str(file.topic_path)),
        )
        requests, derived = derivations.split(requests, source)
        for deriving, item in derived:
            key = item.input.producer, item.input.output
            places = tuple(v.directory / item.path for v in item.variants)
            self._plan.derived[key] = (*self._plan.derived.get(key, ()), *places)
            requests += self._derived_requests(deriving, item, file, context)
        if len(self._plan.failed) == faults:
            offered = self.planning.variants(self.section, [job_type], self._prog_lang)
            has_readers = bool(context.variants) or not offered
            self._plan.made.note(job_type, source, requests, bool(offered), has_readers)
        return requests

    def _derived_requests(
        self, job_type: JobType, derived: DerivedSource, file: CourseFile, base: PlanContext
    ) -> list[JobRequest]:
        if job_type.plan_derived is None:
            return []
        # A job for an audience has no access to files that the audience does not get.
        context = evolve(
            base,
            variants=derived.variants,
            topic_files=tuple(
                f for f in base.topic_files if self._is_delivered(f.name, derived.variants[0])
            ),
            settings=self.planning.settings(job_type),
        )
        plan = partial(job_type.plan_derived, derived, context)
        return self._call_plan(job_type, file, plan, None)

    def _call_plan(
        self,
        job_type: JobType,
        file: CourseFile,
        plan: Callable[[], Iterable[JobRequest]],
        sources: TopicSources | None,
    ) -> list[JobRequest]:
        requests, faults = call_plan(job_type.name, plan, self.planning.rules, sources)
        if faults:
            self._fail(job_type, file, faults)
        return requests

    def _context(
        self,
        job_type: JobType,
        file: CourseFile,
        number: int,
        visible: dict[PurePosixPath, Input],
    ) -> PlanContext:
        spec = self.planning.course.spec
        options = self.topic.spec.options
        return PlanContext(
            course_name=spec.name,
            section_name=self.section.name,
            topic_id=self.topic.id,
            prog_lang=self._prog_lang,
            author=str(options.get("author") or spec.author),
            organization=spec.organization,
            number=number,
            variants=self._variants([job_type], self._audiences.of_source(file.topic_path)),
            topic_files=tuple(item for p, item in visible.items() if p != file.topic_path),
            claimed=self._undelivered,
            private_files=frozenset(str(p) for p in visible if self._audiences.of(p).private),
            templates=self.planning.templates,
            options=options,
            settings=self.planning.settings(job_type),
            theme=self.planning.course.found_theme.theme,
            theme_files=self.planning.theme_files,
            page_links=self.planning.page_links,
        )

    @property
    def _prog_lang(self) -> str:
        own = self.topic.spec.options.get("prog-lang")
        return str(own or self.planning.course.spec.prog_lang)

    def _variants(
        self, job_types: Iterable[JobType], audience: FileAudience = EVERYBODY
    ) -> tuple[Variant, ...]:
        variants = self.planning.variants(self.section, job_types, self._prog_lang)
        spec = self.topic.spec
        own = (v for v in variants if spec.has_format(v.format) and spec.has_kind(v.kind))
        return tuple(v for v in own if audience.gets(v))

    @cached_property
    def _audiences(self) -> FileAudiences:
        languages = self.planning.course.spec.languages
        private = self._with_private_content.__contains__
        return FileAudiences(self.topic, languages, self._public_text, private)

    @cached_property
    def _with_private_content(self) -> frozenset[PurePosixPath]:
        """The files that are delivered, but whose content students must not see."""
        content = PrivateContent(self.planning.job_types, self.planning.digest)
        copied = [f for f in self._files.all if str(f.topic_path) not in self._undelivered]
        found = {f.topic_path for f in copied if not f.is_part and content.is_in(f)}
        self._plan.problems += content.problems
        return frozenset(found)

    def _public_text(self) -> str:
        """The text that students see of the topic's sources; nothing of a source with errors."""
        texts = []
        for file in self._files.all:
            for job_type in self._files.claimants(file):
                own, faults = call_public_text(
                    job_type, partial(self._public_texts, job_type, file)
                )
                texts += own
                self._plan.problems += (fault.at(Place(file.course_path)) for fault in faults)
        return "\n".join(texts)

    def _public_texts(self, job_type: JobType, file: CourseFile) -> Iterable[str]:
        if job_type.public_text is None:
            return ()
        context = evolve(self._context(job_type, file, 0, {}), topic_files=self._own_files)
        return job_type.public_text(self._source(file), context)

    def _with_destinations(self, request: JobRequest, source: CourseFile) -> JobRequest:
        own = self._audiences.of_source(source.topic_path)
        return evolve(request, outputs=tuple(self._delivered(o, own) for o in request.outputs))

    def _delivered(self, output: OutputSpec, own: FileAudience) -> OutputSpec:
        if output.topic_path is None:
            return output
        places = self._places(output.topic_path, own, FileAudience(output.languages))
        return evolve(output, destinations=(*output.destinations, *map(PurePosixPath, places)))

    def _places(self, topic_path: PurePosixPath, *audiences: FileAudience) -> tuple[str, ...]:
        """The destinations of a file in the outputs of those who are in all of its audiences."""
        all_of = [a for a in (self._audiences.of(topic_path), *audiences) if a != EVERYBODY]
        folders = self._folders_for(all_of) if all_of else self._folders
        return tuple([folder + str(topic_path) for folder in folders])

    @cached_property
    def _folders(self) -> tuple[str, ...]:
        return self._folders_for(())

    def _folders_for(self, audiences: Collection[FileAudience]) -> tuple[str, ...]:
        variants = (v for v in self._plan.variants if all(a.gets(v) for a in audiences))
        # Texts, since a large course has tens of thousands of destinations.
        names = dict.fromkeys(str(v.directory) for v in variants)
        return tuple("" if name == "." else f"{name}/" for name in names)

    def _copy(self, files: dict[PurePosixPath, FileInput]) -> None:
        inputs = {i.path for j in self._plan.jobs for i in j.inputs if isinstance(i, FileInput)}
        for topic_path, file in files.items():
            if self._files.is_kept_private(topic_path) and file.path not in inputs:
                self._plan.kept_private.append(f"{self.topic.id}/{topic_path}")
            if not self._files.is_public(topic_path):
                continue
            if self.planning.withhold.holds(topic_path):
                self._plan.withheld.append(f"{self.topic.id}/{topic_path}")
            else:
                places = self._places(topic_path)
                if carried := self._carried.get(str(topic_path)):
                    places = not_carried(places, str(topic_path), carried)
                self._plan.copies.append(Copy(file, places))
                if topic_path in self._with_private_content and topic_path not in self._included:
                    self._plan.private_content.append(f"{self.topic.id}/{topic_path}")
                if may_be_source(topic_path, self.planning.job_types):
                    self._plan.unconverted.append(f"{self.topic.id}/{topic_path}")

    @cached_property
    def _included(self) -> frozenset[PurePosixPath]:
        """The files that sources include: they are meant to have parts that are hidden."""
        return included_by(f for f in self._files.all if str(f.topic_path) in self._claimed)

    def _is_delivered(self, name: str, variant: Variant) -> bool:
        """Whether the topic's file is copied to the outputs of this variant unchanged."""
        path = PurePosixPath(name)
        gets = self._audiences.of(path).gets(variant)
        return name not in self._undelivered and self._files.is_public(path) and gets

    def _source(self, file: CourseFile) -> SourceFile:
        digest = self.planning.digest(file)
        return SourceFile(file.path, file.topic_path, file.course_path, digest)

    def _file_input(self, file: CourseFile) -> FileInput:
        return FileInput(str(file.topic_path), file.path, self.planning.digest(file))

    def _fail(self, job_type: JobType, file: CourseFile, diagnostics: Iterable[Diagnostic]) -> None:
        self._failing.append((file, job_type.stage))
        self._plan.failed.append(FailedSource.of(job_type.name, file.course_path, diagnostics))
