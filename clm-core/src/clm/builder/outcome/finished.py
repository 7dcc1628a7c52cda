"""What a build delivered, as plugins and programs see it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path, PurePosixPath

from attrs import define, field, frozen

from clm.builder.options import BuildOptions
from clm.builder.output.delivery import Delivery
from clm.builder.output.file_sets import sets_of
from clm.builder.output.places import output_folder, output_places
from clm.builder.plan import BuildPlan
from clm.builder.report import BuildReport, Outcome
from clm.builder.variant_folders import VariantFolders
from clm.builds import (
    Audience,
    BuildOutput,
    CourseInfo,
    CourseSection,
    CourseTopic,
    FinishedBuild,
    OutputTarget,
    StartedBuild,
)
from clm.course.course import Course, Section
from clm.course.output_tree import is_for_speakers, is_for_students, language_root, target_languages
from clm.course.syntax.private_globs import is_matched
from clm.jobs.job_type import JobType

_FAILED = (Outcome.FAILED, Outcome.CANCELLED)


def started_build(options: BuildOptions, course: Course) -> StartedBuild:
    """The view of a build that begins."""
    targets = (OutputTarget(p.target, Path(p.folder)) for p in output_places(options, course))
    return StartedBuild(course_info(course), output_folder(options, course), tuple(targets))


def kept_view(options: BuildOptions, course: Course, report: BuildReport) -> FinishedBuild:
    """The view of a build in which nothing has changed since the one that the report is of."""
    return _view(options, course, report, report.delivered, ok=report.ok, complete=True)


def _view(
    options: BuildOptions,
    course: Course,
    report: BuildReport,
    outputs: Callable[[], tuple[BuildOutput, ...]],
    *,
    ok: bool,
    complete: bool,
) -> FinishedBuild:
    started = started_build(options, course)
    of_jobs = (diagnostic for job in report.jobs for diagnostic in job.diagnostics)
    return FinishedBuild(
        started.course,
        started.folder,
        started.targets,
        ok=ok,
        complete=complete,
        problems=(*report.problems, *of_jobs),
        outputs=outputs,
    )


def course_info(course: Course) -> CourseInfo:
    """The view of a course."""
    spec = course.spec
    return CourseInfo(
        name=spec.name,
        languages=spec.languages,
        prog_lang=spec.prog_lang,
        author=spec.author,
        organization=spec.organization,
        spec=spec.path.absolute(),
        folder=course.data_dir,
        sections=tuple(_section(section) for section in course.sections),
    )


def _section(section: Section) -> CourseSection:
    topics = (
        CourseTopic(
            topic.id,
            tuple(file.course_path for file in topic.files),
            topic.spec.options.get("release"),
            topic.spec.place,
            tuple(
                file.course_path
                for file in (topic.files if topic.spec.private else ())
                if any(is_matched(file.topic_path, glob.pattern) for glob in topic.spec.private)
            ),
        )
        for topic in section.topics
    )
    spec = section.spec
    release = spec.kept.get("release")
    return CourseSection(section.id, section.name, tuple(topics), release, spec.place)


@frozen(repr=False)
class _Place:
    """The target, section and audience of the outputs in a folder."""

    target: str
    section: str
    audience: Audience


@frozen(repr=False)
class RootFolder:
    """The folder of the course in a language, in a target."""

    target: str
    language: str
    has_public_kinds: bool
    has_private_kinds: bool


_NO_ROOT = RootFolder("", "", False, True)
# The formats of a job type that offers none; a copy has no formats.
_NO_FORMATS = frozenset({""})


@define(eq=False, repr=False, slots=False)
class Delivered:
    """The outputs of a build that has ended; they are collected when they are asked for.

    `written_paths` are those that the build wrote. The outputs of the jobs with the ids `outdated`
    are not up to date, as those of failed jobs.
    """

    course: Course
    plan: BuildPlan
    delivery: Delivery
    job_types: Mapping[str, JobType]
    written_paths: Collection[str]
    outdated: frozenset[str] = frozenset()

    def view(self, options: BuildOptions, report: BuildReport, *, ok: bool) -> FinishedBuild:
        """The view of the build, which is `ok` or not."""
        outputs, complete = partial(self.outputs, report), self.plan.complete
        return _view(options, self.course, report, outputs, ok=ok, complete=complete)

    def outputs(self, report: BuildReport) -> tuple[BuildOutput, ...]:
        """The outputs that are up to date, by path."""
        return self._chosen(report, None)

    def written(self, report: BuildReport) -> tuple[BuildOutput, ...]:
        """Those of the outputs that this build wrote."""
        # Few of many in a watch: the others are not looked at.
        return self._chosen(report, frozenset(self.written_paths))

    def _chosen(self, report: BuildReport, paths: frozenset[str] | None) -> tuple[BuildOutput, ...]:
        failed = {job.id for job in report.jobs if job.outcome in _FAILED}
        by_path: dict[str, BuildOutput] = {}
        made = (*self._made(failed | self.outdated, paths), *self._in_sets(failed, paths))
        for output in (*made, *self._copied(paths), *self._shared(paths)):
            # Equal files of two sources are one output, which all get who get one of them.
            known = by_path.setdefault(output.path, output)
            if output.audience.public and not known.audience.public:
                by_path[output.path] = output
        return tuple(by_path[path] for path in sorted(by_path))

    def _made(self, without: set[str], paths: frozenset[str] | None) -> Iterator[BuildOutput]:
        for job in self.plan.jobs:
            if job.id in without:
                continue
            offered = (f.name for f in self.job_types[job.job_type].formats)
            formats = frozenset(offered) or _NO_FORMATS
            for output in job.outputs:
                for path in map(str, output.destinations):
                    if paths is not None and path not in paths:
                        continue
                    recorded = self.delivery.recorded.get(path)
                    if recorded is not None:
                        yield self._output(
                            path, recorded.digest, job.source, formats,
                            job.id, job.job_type, output.name, output.title,
                        )  # fmt: skip

    def _in_sets(
        self, without: Collection[str], paths: frozenset[str] | None
    ) -> Iterator[BuildOutput]:
        jobs = (job for job in self.plan.jobs if sets_of(job) and job.id not in without)
        for job in jobs:
            for path, (digest, public) in self.delivery.files_in_sets(job).items():
                if paths is None or path in paths:
                    # Those of speakers are never public, also where both have one folder.
                    yield self._output(path, digest, "", frozenset() if public else _NO_FORMATS)

    def _copied(self, paths: frozenset[str] | None) -> Iterator[BuildOutput]:
        for copy in self.plan.copies:
            if paths is not None and paths.isdisjoint(copy.destinations):
                continue
            source = self._course_path(copy.file.path)
            stale = set(self.delivery.stale(copy))
            for path in copy.destinations:
                if path not in stale and (paths is None or path in paths):
                    yield self._output(path, copy.file.digest, source)

    def _shared(self, paths: frozenset[str] | None) -> Iterator[BuildOutput]:
        for file in self.plan.shared:
            path = str(file.path)
            if (paths is None or path in paths) and not self.delivery.stale(file):
                yield self._output(path, self.delivery.recorded[path].digest, "")

    def _output(
        self,
        path: str,
        digest: str,
        source: str,
        formats: frozenset[str] = frozenset(),
        job: str = "",
        job_type: str = "",
        name: str = "",
        title: str = "",
    ) -> BuildOutput:
        place = self._places.of(path.rpartition("/")[0], formats)
        return BuildOutput(
            folder=self.delivery.root,
            path=path,
            digest=digest,
            written=path in self.written_paths,
            source=source,
            job=job,
            job_type=job_type,
            name=name,
            title=title,
            section=place.section,
            target=place.target,
            audience=place.audience,
        )

    def _course_path(self, file: Path) -> str:
        inside = f"{self.course.data_dir}{os.sep}"
        text = str(file)
        return text.removeprefix(inside).replace(os.sep, "/") if text.startswith(inside) else text

    @cached_property
    def _places(self) -> _Places:
        return _Places(VariantFolders.of(self.plan.variants), course_root_folders(self.course))


@define(eq=False, repr=False)
class _Places:
    """The places of outputs by their folders.

    `roots` has the folders of the course in its languages.
    """

    variants: VariantFolders
    roots: Mapping[str, RootFolder]
    _known: dict[tuple[str, frozenset[str]], _Place] = field(factory=dict)

    def of(self, folder: str, formats: frozenset[str]) -> _Place:
        """The place of an output in a folder, of a job type that offers these formats."""
        key = folder, formats
        if key not in self._known:
            self._known[key] = self._find(folder, formats)
        return self._known[key]

    def _find(self, folder: str, formats: frozenset[str]) -> _Place:
        path = PurePosixPath(folder)
        above = (str(parent) for parent in (path, *path.parents))
        root = next((self.roots[name] for name in above if name in self.roots), _NO_ROOT)
        target, language = root.target, root.language
        found = self.variants.find(folder, formats)
        if found is None:
            # Copies for a whole course are for everybody; what a job made may be for speakers.
            public = root.has_public_kinds and (not formats or not root.has_private_kinds)
            return _Place(target, "", Audience(language, "", "", public))
        section, variant = found
        audience = Audience(variant.language, variant.kind, variant.format, variant.public)
        return _Place(target, section, audience)


def course_root_folders(course: Course) -> dict[str, RootFolder]:
    """The folders of the course in its languages, by their paths below the output folder."""
    spec = course.spec
    roots: dict[str, RootFolder] = {}
    for target in spec.output_targets:
        public, private = is_for_students(target), is_for_speakers(target)
        for language in target_languages(spec, target):
            name = target.name or str(target.path)
            root = str(language_root(spec, language, target))
            roots.setdefault(root, RootFolder(name, language, public, private))
    if not spec.output_targets:
        for language in spec.languages:
            for public in (True, False):
                root = str(language_root(spec, language, public=public))
                roots[root] = RootFolder("", language, public, not public)
    return roots
