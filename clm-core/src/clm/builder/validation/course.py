"""Validation of a course without building it.

Only the plugins' planning functions and checks are executed. Nothing is written but what was found,
into an existing `.clm`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import define, evolve, field, frozen

from clm.backends.paths import ClmPaths
from clm.builder.digests import FileDigests
from clm.builder.hooks import check_courses, problems_of_course
from clm.builder.output.places import default_folder, outputs_among_sources
from clm.builder.plan import BuildPlan
from clm.builder.planning.kept.checks import KeptChecks
from clm.builder.planning.planner import check_offered, missing_plugins, plan_build
from clm.builder.planning.plugins.calls import SourceChecks
from clm.builder.planning.plugins.settings import usable_settings
from clm.builder.planning.replanning.known_topics import known_topics
from clm.builder.planning.topics.held_back import uses
from clm.builder.planning.topics.topic_plans import TopicPlans
from clm.builder.trust.local_plugins import with_local_plugins
from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.edited_findings import edited_findings
from clm.builder.unchanged.findings import Findings, KeptFindings
from clm.builder.validation.helpers import LEAST_TOPICS, check_helpers
from clm.course.course import Course
from clm.course.files import Walk
from clm.course.notes import Notes
from clm.course.paths.stored_names import normal
from clm.course.spec import CourseSpec
from clm.course.syntax.reader import load_spec, read_spec
from clm.course.topics import FoundTopic, find_topics
from clm.errors import ClmError, Diagnostic, Place, Severity, SpecError
from clm.plugins import PluginRegistry
from clm.plugins.code_identity import code_identity
from clm.plugins.remembered import with_remembered_claims
from clm.plugins.time_limit import call_seconds, limited_calls


@frozen
class Validation:
    """The problems of a course by file and line, those of the spec first.

    Places are relative to `data_dir` if it is known, except for those in the spec.
    """

    diagnostics: tuple[Diagnostic, ...]
    data_dir: Path | None = None

    def count(self, severity: Severity) -> int:
        return sum(diagnostic.severity is severity for diagnostic in self.diagnostics)


def validate_course(
    spec_path: Path, plugins: PluginRegistry, data_dir: Path | None = None
) -> Validation:
    """All problems of the course; a faulty course raises no error."""
    began, kept = Clock.now(), KeptFindings.of(spec_path, plugins, data_dir)
    known = kept.found()
    if known is None and kept.data:
        known = edited_findings(kept, plugins, began)
    if known is not None:
        findings, found_in = known
        validation = Validation(_ordered(findings.all, spec_path), found_in)
        return _with_hooks(validation, spec_path, plugins, data_dir)
    return _validate(spec_path, plugins, data_dir, partial(kept.keep, began=began))


def _validate(
    spec_path: Path,
    plugins: PluginRegistry,
    data_dir: Path | None,
    keep: Callable[[Findings, Course, Mapping[str, Any] | None], None],
) -> Validation:
    spec, problems = read_spec(spec_path, ClmPaths.of(spec_path).spec_tree)
    if spec is None:
        return Validation(problems)
    found = [*problems, *spec.warnings]
    try:
        plugins = with_local_plugins(plugins, spec_path, data_dir)
    except SpecError as error:
        found += [problem for problem in error.problems if problem not in found]
    settings, faults = usable_settings(spec, plugins)
    found += [*faults, *_unknown_formats(spec, plugins)]
    try:
        course, missing = Course.find(spec, data_dir)
    except SpecError as error:
        return Validation(_ordered([*found, *error.problems], spec_path))
    found += [*missing, *course.left_out, *course.warnings, *missing_plugins(course, plugins)]
    found += outputs_among_sources(default_folder(course), course)
    course = evolve(course, spec=evolve(spec, plugins=settings))
    found += unused_topics(course, plugins)
    in_files = _InFiles(course, data_dir, plugins, not problems)
    in_files.look()
    findings = Findings(found, in_files.of_sources, in_files.others)
    # What is missing may appear anywhere, and the cause of a failure may be outside of the course.
    if in_files.is_certain and not (problems or missing or plugins.local):
        keep(findings, course, in_files.topics)
    all_found = [*findings.all, *problems_of_course(course, plugins)]
    return Validation(_ordered(all_found, spec_path), course.data_dir)


def _with_hooks(
    known: Validation, spec_path: Path, plugins: PluginRegistry, data_dir: Path | None
) -> Validation:
    """The same findings, and those of hooks, which may depend on the date or on other places."""
    if not check_courses(plugins):
        return known
    spec = load_spec(spec_path, ClmPaths.of(spec_path).spec_tree)
    course, _ = Course.find(evolve(spec, plugins=usable_settings(spec, plugins)[0]), data_dir)
    found = [*known.diagnostics, *problems_of_course(course, plugins)]
    return Validation(_ordered(found, spec_path), course.data_dir)


def _unknown_formats(spec: CourseSpec, plugins: PluginRegistry) -> tuple[Diagnostic, ...]:
    try:
        check_offered(spec, plugins.job_types.values())
    except SpecError as error:
        return error.problems
    return ()


@define(eq=False, repr=False)
class _InFiles:
    """What is wrong in the files of a course: `of_sources` by their paths, and `others`.

    It `is_certain` if all of it would be found again. `topics` is what is known of the topics.
    """

    course: Course
    data_dir: Path | None
    plugins: PluginRegistry
    spec_is_valid: bool
    is_certain: bool = field(default=False, init=False)
    of_sources: dict[str, list[Diagnostic]] = field(factory=dict, init=False)
    others: list[Diagnostic] = field(factory=list, init=False)
    topics: Mapping[str, Any] | None = field(default=None, init=False)

    def look(self) -> None:
        """Plans and checks all sources."""
        digests, topics = FileDigests(), TopicPlans()
        kept = _kept_checks(self.course, self.plugins, digests)
        with check_helpers() as helpers:
            if kept is not None and self._are_many(kept):
                helpers.start(self.course.spec.path, self.data_dir, kept.code)
            checks = SourceChecks(kept, helpers.result)
            try:
                plan = _planned(self.course, self.plugins, checks, digests, topics)
            except ClmError as error:
                self.others += error.diagnostics
                return
            with limited_calls(call_seconds()):
                found = list(checks.found_by_source(plan))
        if kept is not None:
            kept.save()
        self.is_certain = checks.are_certain and not plan.failed
        self.topics = known_topics(topics, plan, self.course) if self.is_certain else None
        failed = [PurePosixPath(source.source) for source in plan.failed]
        for source, problems in found:
            own = (problem for problem in problems if not _follows(problem, failed))
            self.of_sources.setdefault(source, []).extend(own)
        self.others += _unplannable(plan)
        # Errors in the spec can cause collisions of outputs that would not occur without them.
        if self.spec_is_valid:
            self.others += (_in_course(problem, self.course) for problem in plan.problems)
            self.others += (contested.doubt for contested in plan.contested)

    def _are_many(self, kept: KeptChecks) -> bool:
        """Whether so many sources are to be checked that other processes may help."""
        topics = sum(len(section.topics) for section in self.course.sections)
        return topics - kept.count >= LEAST_TOPICS


def check_part(
    spec_path: Path,
    plugins: PluginRegistry,
    data_dir: Path | None,
    wanted: Callable[[int, int], bool],
) -> Iterator[tuple[int, str, list[Any]]]:
    """What the `wanted` checks of a course find, each with its number and key, as plain data.

    Raises:
        ClmError: the course cannot be planned.
    """
    spec = load_spec(spec_path, ClmPaths.of(spec_path).spec_tree, keep=False)
    course, _ = Course.find(spec, data_dir)
    course = evolve(course, spec=evolve(spec, plugins=usable_settings(spec, plugins)[0]))
    digests = FileDigests()
    kept = _kept_checks(course, plugins, digests)
    if kept is not None:
        checks = SourceChecks(kept)
        plan = _planned(course, plugins, checks, digests)
        with limited_calls(call_seconds()):
            yield from checks.found_of(plan, kept, wanted)


def _planned(
    course: Course,
    plugins: PluginRegistry,
    checks: SourceChecks,
    digests: FileDigests,
    topics: TopicPlans | None = None,
) -> BuildPlan:
    claims = ClmPaths.of(course.spec.path).claims
    noting = checks.noting_sources(with_remembered_claims(plugins, claims))
    return plan_build(course, noting, digests, topic_plans=topics)


def _kept_checks(
    course: Course, plugins: PluginRegistry, digests: FileDigests
) -> KeptChecks | None:
    code = code_identity(plugins)
    file = ClmPaths.of(course.spec.path).checks_of(course.spec.path)
    return KeptChecks(file, code, digests.digest) if code else None


def _unplannable(plan: BuildPlan) -> Iterator[Diagnostic]:
    for failed in plan.failed:
        yield from failed.diagnostics


def _follows(problem: Diagnostic, failed: Iterable[PurePosixPath]) -> bool:
    """Whether a warning names what another source of the topic makes, which cannot be planned."""
    if problem.severity is not Severity.WARNING or problem.place is None:
        return False
    file = PurePosixPath(problem.place.file)
    return any(
        source != file
        and (source.is_relative_to(file.parent) or file.is_relative_to(source.parent))
        and uses(problem.message, source)
        for source in failed
    )


def _in_course(problem: Diagnostic, course: Course) -> Diagnostic:
    """The diagnostic with its place relative to the data folder."""
    place = problem.place
    if place is None or place.file == str(course.spec.path):
        return problem
    if Path(place.file).is_relative_to(course.data_dir):
        file = Path(place.file).relative_to(course.data_dir).as_posix()
        return evolve(problem, place=evolve(place, file=file))
    return problem


def _ordered(diagnostics: Iterable[Diagnostic], spec_path: Path) -> tuple[Diagnostic, ...]:
    # Planning and checking a source may find the same fault, with different hints.
    by_fault: dict[tuple[str, Place | None], Diagnostic] = {}
    for diagnostic in diagnostics:
        by_fault.setdefault((diagnostic.message, diagnostic.place), diagnostic)

    def position(diagnostic: Diagnostic) -> tuple[bool, str, int, int]:
        place = diagnostic.place or Place("")
        is_spec = place.file in ("", str(spec_path))
        return not is_spec, place.file, place.line or 0, place.column or 0

    return tuple(sorted(by_fault.values(), key=position))


_SPECS = (".xml", ".yaml", ".yml")


def unused_topics(course: Course, plugins: PluginRegistry) -> Iterator[Diagnostic]:
    """A warning for each topic that neither the spec nor another spec in its folder uses."""
    slides = course.data_dir / "slides"
    known = set(_ids(course.spec))
    used = _used_paths(course)
    others: set[str] | None = None
    for topic in find_topics(slides, Walk(course.data_dir, Notes())):
        if topic.id in known or topic.path in used or not _is_probably_topic(topic, plugins):
            continue
        if others is None:
            others = set(_ids_of_other_specs(course.spec.path))
        if topic.id not in others:
            yield Diagnostic(
                f"the topic {topic.id!r} is not in any section",
                Severity.WARNING,
                Place(topic.path.relative_to(course.data_dir).as_posix()),
                hint="add it to a section, or start its name with _ to keep it out of the course",
            )


def _ids(spec: CourseSpec) -> Iterator[str]:
    return (normal(topic.id) for section in spec.sections for topic in section.topics)


def _used_paths(course: Course) -> set[Path]:
    """All files of topics, and all their parent folders."""
    files = {f.path for section in course.sections for t in section.topics for f in t.files}
    return files | {folder for path in files for folder in path.parents}


def _is_probably_topic(topic: FoundTopic, plugins: PluginRegistry) -> bool:
    """Whether it is probably a topic, not an unrelated path with a name of three parts."""
    name = PurePosixPath(topic.path.name)
    claimed = any(job_type.claims(name) for job_type in plugins.job_types.values())
    return name.name.startswith("topic_") or (claimed and not topic.is_folder)


def _ids_of_other_specs(path: Path) -> Iterator[str]:
    for other in sorted(path.parent.iterdir()):
        if other.suffix.lower() in _SPECS and other.is_file() and other.name != path.name:
            spec, _ = read_spec(other)
            if spec is not None:
                yield from _ids(spec)
