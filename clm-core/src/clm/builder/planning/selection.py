"""Selection of a part of a course by a filter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath

from attrs import asdict, evolve, frozen

from clm.builder.options import BuildFilter
from clm.builder.plan import BuildPlan, Contested, Copy
from clm.builder.planning.destinations import sharing
from clm.course.course import Course, CourseFile, Section
from clm.course.output_tree import PRIVATE_KINDS, language_root
from clm.course.paths.stored_names import normal, stored_path
from clm.course.spec import KINDS, CourseSpec, OutputTargetSpec
from clm.errors import Diagnostic, Severity, UsageError
from clm.hints import nearest
from clm.jobs.planning import Variant
from clm.jobs.request import JobRequest, OutputSpec

_DEFAULT_TARGETS = ("public", "speaker")


@frozen(eq=False, repr=False)
class Selection:
    """A filter applied to a course.

    `roots` are the folders of the selected outputs, `files` the selected files of the course; None
    for all.
    """

    filter: BuildFilter
    roots: tuple[PurePosixPath, ...]
    files: frozenset[Path] | None

    @classmethod
    def of(cls, course: Course, wanted: BuildFilter, formats: Collection[str]) -> Selection:
        """The part of a course that a filter selects.

        Raises:
            UsageError: the filter names something that the course does not have.
        """
        wanted = evolve(wanted, targets=tuple(map(normal, wanted.targets)))
        _check("language", wanted.languages, course.spec.languages)
        _check("kind", wanted.kinds, (*KINDS, *_own_kinds(course.spec)))
        _check("format", wanted.formats, formats)
        _check("output target", wanted.targets, _target_names(course.spec))
        return cls(wanted, _roots(course.spec, wanted), _files(course, wanted.only))

    def has_variant(self, variant: Variant) -> bool:
        """Whether outputs of that variant are selected."""
        kinds, formats = self.filter.kinds, self.filter.formats
        right_kind = not kinds or variant.kind in kinds
        right_format = not formats or variant.format in formats
        return right_kind and right_format and self._has_place(variant.directory)

    def of_course(self, copies: Iterable[Copy]) -> list[Copy]:
        """The selected copies and destinations of the files that go to the roots of the course."""
        kinds = self.filter.kinds
        if kinds and all(kind in PRIVATE_KINDS for kind in kinds):
            return []
        return [
            evolve(copy, destinations=tuple(filter(self._has_text_place, copy.destinations)))
            for copy in copies
        ]

    def part_of(self, plan: BuildPlan, course: Course) -> BuildPlan:
        """The plan with only the selected jobs and copies, and the jobs that these need."""
        if self.filter.is_empty:
            return plan
        sources = self._sources(course)
        kept: set[str] = set()
        rivals = {item.other.job for item in plan.contested}
        for job in reversed(plan.jobs):  # each follows those that it needs
            own = plan.sources_of.get(job.id, (job.source,))
            is_delivered = job.id in rivals or _is_delivered(job)
            if job.id in kept or (any(map(sources, own)) and is_delivered):
                kept |= {job.id, *job.producers}
        jobs = tuple(job for job in plan.jobs if job.id in kept)
        needed = {file.path for _, files in sharing(jobs) for file in files}
        part = evolve(
            plan,
            jobs=jobs,
            shared=tuple(file for file in plan.shared if file.path in needed),
            copies=tuple(copy for copy in plan.copies if self._has_file(copy.file.path)),
            failed=tuple(failed for failed in plan.failed if sources(failed.source)),
            generated=tuple(item for item in plan.generated if item.job in kept),
            complete=False,
        )
        part = _without_rivals(part)
        if _has_work(part):
            return part
        return evolve(part, problems=(*part.problems, self._no_match()))

    def _no_match(self) -> Diagnostic:
        options = [
            f"--{name} {','.join(names)}" for name, names in asdict(self.filter).items() if names
        ]
        return Diagnostic(
            f"no output of the course matches {' '.join(options)}",
            Severity.WARNING,
            hint="omit an option; the spec's output-targets set the kinds and formats to build",
        )

    def _sources(self, course: Course) -> Callable[[str], bool]:
        files = self.files
        if files is None:
            return lambda source: True
        wanted = {file.course_path for file in _all_files(course) if file.path in files}
        return lambda source: source in wanted

    def _has_file(self, path: Path) -> bool:
        return self.files is None or path in self.files

    def _has_place(self, path: PurePosixPath) -> bool:
        return any(path.is_relative_to(root) for root in self.roots)

    def _has_text_place(self, path: str) -> bool:
        return self._has_place(PurePosixPath(path))


def _without_rivals(plan: BuildPlan) -> BuildPlan:
    """The plan in which a destination belongs to its other source if its owner is left out."""
    jobs = {job.id for job in plan.jobs}
    files = {copy.file for copy in plan.copies} if plan.contested else set()
    contested = []
    for item in plan.contested:
        has_owner, has_other = (o.job in jobs or o.file in files for o in (item.owner, item.other))
        if has_owner and has_other:
            contested.append(item)
        elif has_other:
            plan = evolve(
                plan,
                jobs=tuple(_with_places(job, item) for job in plan.jobs),
                copies=tuple(_copied_there(copy, item) for copy in plan.copies),
            )
    return evolve(plan, contested=tuple(contested))


def _with_places(job: JobRequest, item: Contested) -> JobRequest:
    if job.id != item.other.job:
        return job
    outputs = (
        evolve(output, destinations=(*output.destinations, *item.destinations))
        if output.name == item.other.output
        else output
        for output in job.outputs
    )
    return evolve(job, outputs=tuple(outputs))


def _copied_there(copy: Copy, item: Contested) -> Copy:
    if copy.file != item.other.file:
        return copy
    return evolve(copy, destinations=(*copy.destinations, *map(str, item.destinations)))


def _has_work(plan: BuildPlan) -> bool:
    """Whether there is anything to do, or an error to report."""
    copied = any(copy.destinations for copy in plan.copies)
    wrong = plan.failed or any(problem.severity is Severity.ERROR for problem in plan.problems)
    return bool(plan.jobs or copied or wrong)


def _is_delivered(job: JobRequest) -> bool:
    return any(output.destinations for output in job.outputs)


def _check(what: str, named: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in named:
        if name not in known:
            raise UsageError(f"unknown {what} {name!r}", hint=nearest(name, known))


def _own_kinds(spec: CourseSpec) -> Iterator[str]:
    """The kinds of plugins that the course has."""
    named = dict.fromkeys(kind for target in spec.output_targets for kind in target.kinds)
    return (kind for kind in named if kind not in KINDS)


def _target_names(spec: CourseSpec) -> list[str]:
    if not spec.output_targets:
        return list(_DEFAULT_TARGETS)
    return [name for target in spec.output_targets for name in _names(target)]


def _names(target: OutputTargetSpec) -> list[str]:
    return [normal(name) for name in (target.name, str(target.path)) if name]


def _roots(spec: CourseSpec, wanted: BuildFilter) -> tuple[PurePosixPath, ...]:
    languages = wanted.languages or spec.languages
    if spec.output_targets:
        targets = [
            target
            for target in spec.output_targets
            if not wanted.targets or not set(wanted.targets).isdisjoint(_names(target))
        ]
        return tuple(language_root(spec, lang, target) for target in targets for lang in languages)
    return tuple(
        language_root(spec, language, public=target == "public")
        for target in wanted.targets or _DEFAULT_TARGETS
        for language in languages
    )


def _files(course: Course, only: Iterable[str]) -> frozenset[Path] | None:
    names = list(only)
    if not names:
        return None
    files: set[Path] = set()
    for name in names:
        found = _named(course, name)
        if not found:
            raise _no_files_named(course, name)
        files |= found
    return frozenset(files)


def _no_files_named(course: Course, name: str) -> UsageError:
    if any(
        normal(name) in _section_names(section) and not section.topics
        for section in course.sections
    ):
        hint = "add one to it: `clm new deck TITLE --section NAME`"
        return UsageError(f"the section {name!r} has no topics", hint=hint)
    known = _known_names(course)
    if normal(name) in known:
        return UsageError(f"{name!r} has no files", hint="add a deck to it, or omit it from --only")
    message = f"unknown section, topic or file {name!r}"
    fallback = "give a section's name or id, a topic's id or a file's path"
    if paths := sorted(path for path in known if PurePosixPath(path).name == normal(name)):
        return UsageError(message, hint=f"give its path: {' or '.join(paths[:3])}")
    return UsageError(message, hint=nearest(name, known, fallback))


def _named(course: Course, name: str) -> set[Path]:
    name = normal(name)
    sections = [section for section in course.sections if name in _section_names(section)]
    topics = [topic for section in course.sections for topic in section.topics if topic.id == name]
    topics += [topic for section in sections for topic in section.topics]
    named = {file.path for topic in topics for file in topic.files}
    path = stored_path(Path(name)).resolve()
    return named | {
        file.path
        for file in _all_files(course)
        if normal(file.course_path) == name or file.path == path
    }


def _section_names(section: Section) -> set[str]:
    names = {*section.name.values(), *([section.spec.id] if section.spec.id else [])}
    return set(map(normal, names))


def _known_names(course: Course) -> set[str]:
    names = {normal(file.course_path) for file in _all_files(course)}
    for section in course.sections:
        names |= _section_names(section) | {topic.id for topic in section.topics}
    return names


def _all_files(course: Course) -> list[CourseFile]:
    topics = (topic for section in course.sections for topic in section.topics)
    files = [file for topic in topics for file in topic.files]
    return [*files, *(item.file for item in course.dir_group_files())]


def with_unfiltered_jobs(plan: BuildPlan, whole: BuildPlan) -> BuildPlan:
    """The plan with the jobs of `whole`, the plan of all outputs, that can replace its own: those
    with the same destinations."""
    by_id = {job.id: job for job in whole.jobs}
    found = {}
    for job in plan.jobs:
        unfiltered = _unfiltered_job(job, by_id.get(job.id))
        if unfiltered is not None:
            found[job.id] = unfiltered
    return evolve(plan, unfiltered_jobs=found)


def _unfiltered_job(job: JobRequest, whole: JobRequest | None) -> JobRequest | None:
    if whole is None or whole.job_type != job.job_type:
        return None
    names = {output.name for output in job.outputs}
    places = {place for output in job.outputs for place in output.destinations}
    outputs = tuple(_only(output, places) for output in whole.outputs)
    left = {place for output in outputs for place in output.destinations}
    if left != places or not names.issubset(output.name for output in outputs):
        return None
    if outputs != whole.outputs and any(output.folders for output in outputs):
        return None  # its set of files has those of outputs that the filter leaves out, too
    return evolve(whole, outputs=outputs)


def _only(output: OutputSpec, places: set[PurePosixPath]) -> OutputSpec:
    return evolve(output, destinations=tuple(p for p in output.destinations if p in places))
