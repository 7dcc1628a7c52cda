"""Everything that is wrong with a course, as far as that shows without building it.

Nothing is executed but the plugins' planning and checks, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from attrs import evolve, frozen

from clm.builder.digests import FileDigests
from clm.builder.plan import BuildPlan
from clm.builder.planning.planner import all_formats, missing_plugins, plan_build
from clm.builder.planning.plugin_calls import SourceChecks
from clm.builder.planning.plugin_settings import usable_settings
from clm.course.course import Course
from clm.course.files import Walk
from clm.course.notes import Notes
from clm.course.output_tree import check_formats
from clm.course.reader import read_spec
from clm.course.spec import CourseSpec
from clm.course.topics import FoundTopic, find_topics
from clm.errors import ClmError, Diagnostic, Place, Severity, SpecError
from clm.plugins import PluginRegistry


@frozen
class Validation:
    """What was found, in the order of files and lines, the spec first.

    Places are relative to `data_dir`, where it is known, but those in the spec.
    """

    diagnostics: tuple[Diagnostic, ...]
    data_dir: Path | None = None

    def count(self, severity: Severity) -> int:
        return sum(diagnostic.severity is severity for diagnostic in self.diagnostics)


def validate_course(
    spec_path: Path, plugins: PluginRegistry, data_dir: Path | None = None
) -> Validation:
    """All that is wrong with the course; never raises for what is wrong with it."""
    spec, problems = read_spec(spec_path)
    if spec is None:
        return Validation(problems)
    found = [*problems, *spec.warnings]
    settings, faults = usable_settings(spec, plugins)
    found += [*faults, *_unknown_formats(spec, plugins)]
    try:
        course, missing = Course.find(spec, data_dir)
    except SpecError as error:
        return Validation(_ordered([*found, *error.problems], spec_path))
    found += [*missing, *course.warnings, *missing_plugins(course, plugins)]
    course = evolve(course, spec=evolve(spec, plugins=settings))
    found += unused_topics(course, plugins)
    found += _in_files(course, plugins, spec_is_right=not problems)
    return Validation(_ordered(found, spec_path), course.data_dir)


def _unknown_formats(spec: CourseSpec, plugins: PluginRegistry) -> tuple[Diagnostic, ...]:
    try:
        check_formats(spec, [f.name for f in all_formats(plugins.job_types.values())])
    except SpecError as error:
        return error.problems
    return ()


def _in_files(
    course: Course, plugins: PluginRegistry, *, spec_is_right: bool
) -> Iterator[Diagnostic]:
    checks = SourceChecks()
    try:
        plan = plan_build(course, checks.before_planning(plugins), FileDigests())
    except ClmError as error:
        yield from error.diagnostics
        return
    yield from checks.found
    yield from _unplannable(plan)
    # What is not right in the spec makes outputs collide that would not else.
    if spec_is_right:
        yield from (_in_course(problem, course) for problem in plan.problems)


def _unplannable(plan: BuildPlan) -> Iterator[Diagnostic]:
    for failed in plan.failed:
        yield from failed.diagnostics


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
    # Planning and checking a source may find the same, one with more words than the other.
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
    """A warning for each topic that no section uses, nor one of another spec beside the spec."""
    slides = course.data_dir / "slides"
    known = set(_ids(course.spec))
    used = _used_paths(course)
    others: set[str] | None = None
    for topic in find_topics(slides, Walk(course.data_dir, Notes())):
        if topic.id in known or topic.path in used or not _is_meant(topic, plugins):
            continue
        if others is None:
            others = set(_ids_of_other_specs(course.spec.path))
        if topic.id not in others:
            yield Diagnostic(
                f"the topic {topic.id!r} is in no section",
                Severity.WARNING,
                Place(topic.path.relative_to(course.data_dir).as_posix()),
                hint="add it to one; a name that begins with _ keeps it out of the course",
            )


def _ids(spec: CourseSpec) -> Iterator[str]:
    return (topic.id for section in spec.sections for topic in section.topics)


def _used_paths(course: Course) -> set[Path]:
    """All files that the topics include, show or import, and the folders that these are in."""
    files = {f.path for section in course.sections for t in section.topics for f in t.files}
    return files | {folder for path in files for folder in path.parents}


def _is_meant(topic: FoundTopic, plugins: PluginRegistry) -> bool:
    """Whether it is probably no folder or file of another kind with a name of three parts."""
    name = PurePosixPath(topic.path.name)
    claimed = any(job_type.claims(name) for job_type in plugins.job_types.values())
    return name.name.startswith("topic_") or (claimed and not topic.is_folder)


def _ids_of_other_specs(path: Path) -> Iterator[str]:
    for other in sorted(path.parent.iterdir()):
        if other.suffix.lower() in _SPECS and other.is_file() and other.name != path.name:
            spec, _ = read_spec(other)
            if spec is not None:
                yield from _ids(spec)
