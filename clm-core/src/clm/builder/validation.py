"""Everything that is wrong with a course, as far as that shows without building it.

Nothing is executed but the plugins' planning and checks, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import evolve, frozen

from clm.builder.digests import FileDigests
from clm.builder.plan import BuildPlan
from clm.builder.planner import all_formats, missing_plugins, plan_build
from clm.builder.plugin_settings import usable_settings
from clm.builder.source_checks import SourceChecks
from clm.builder.unused_topics import unused_topics
from clm.course.course import Course
from clm.course.output_tree import check_formats
from clm.course.reader import read_spec
from clm.course.spec import CourseSpec
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
    for report in plan.failed:
        for diagnostic in report.diagnostics:
            yield diagnostic if diagnostic.place else evolve(diagnostic, place=Place(report.source))


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
