"""Outputs of the tree that a course had before it got, or lost, its output-targets.

The default output folder of a course with output-targets is another one than that of the default
tree. One of the two contains the other, so the same file may be recorded for both.
"""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from clm.builder.output.places import course_roots, default_folder, real_path
from clm.builder.output.record import OutputsRecord
from clm.course.course import Course
from clm.course.files import is_folder
from clm.course.output_tree import former_output_folder
from clm.errors import Diagnostic, Severity
from clm.hints import listing

_NAMED = 5  # folders that a warning lists


def former_folder(course: Course) -> Path:
    """The absolute default output folder of the former tree."""
    return real_path(course.data_dir.joinpath(*former_output_folder(course.spec).parts))


def take_over(record: OutputsRecord, course_name: str, course: Course) -> None:
    """Assigns the recorded outputs in the former folder to the present default folder.

    Those that are not in the present folder keep their place in the record.
    """
    former, now = former_folder(course), default_folder(course)
    for name in record.courses(former):
        if name == course_name or not Path(name).exists():
            record.move(name, former, now)


def unrecorded(record: OutputsRecord, course: Course) -> Diagnostic | None:
    """A warning if there is a former tree but no record of any output: it cannot be removed."""
    if not course.spec.output_targets:
        return None
    if record.courses(former_folder(course)) or record.courses(default_folder(course)):
        return None
    found = [str(folder) for folder in _former_roots(course) if is_folder(folder)]
    if not found:
        return None
    return Diagnostic(
        "outputs that are not in an output target are kept, since there is no record that CLM "
        f"wrote them: {listing(found, _NAMED)}",
        Severity.WARNING,
        hint="delete them if you do not need them; they may contain solutions and notes",
    )


def _former_roots(course: Course) -> list[Path]:
    before = evolve(course, spec=evolve(course.spec, output_targets=()))
    now = course_roots(default_folder(course), course)
    return [
        folder
        for folder in course_roots(former_folder(course), before)
        if not any(root.is_relative_to(folder) or folder.is_relative_to(root) for root in now)
    ]
