"""Folders of output targets that collide or contain one another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clm.course.syntax.reader import load_spec
from clm.errors import Diagnostic

HEAD = "name: {en: C}\nsections: [{name: {en: S}, topics: [a]}]\noutput-targets:\n"
Warned = Callable[[str], tuple[Diagnostic, ...]]


@pytest.fixture
def warned(write_spec) -> Warned:
    """Return the warnings about a spec with these output targets."""
    return lambda targets: load_spec(write_spec(HEAD + targets)).warnings


@pytest.mark.parametrize("names", [("out/a", "Out/a"), ("p/Größe", "p/Gro\u0308ße")])
def test_folders_alike_refused(problem_of, names: tuple[str, str]) -> None:
    problem = problem_of(HEAD + "".join(f"  - {{path: {name}}}\n" for name in names))

    assert problem.place.line == 5
    assert "are the same on some systems" in problem.message


def test_speakers_folder_inside_students_warned(warned: Warned) -> None:
    (warning,) = warned(
        "  - {path: output, kinds: [code-along, completed]}\n"
        "  - {path: output/staff, kinds: [speaker]}\n"
    )

    assert "'output/staff' with outputs for speakers is inside 'output'" in warning.message
    assert warning.place is not None
    assert warning.place.line == 5


def test_all_kinds_count_as_private(warned: Warned) -> None:
    assert warned("  - {path: a, kinds: [completed]}\n  - {path: a/b}\n")


@pytest.mark.parametrize(
    "targets",
    [
        "  - {path: a, kinds: [completed]}\n  - {path: b, kinds: [speaker]}\n",
        "  - {path: a, kinds: [completed]}\n  - {path: a-b, kinds: [speaker]}\n",
        "  - {path: a, kinds: [completed]}\n  - {path: a, kinds: [speaker]}\n",
        "  - {path: a, kinds: [speaker]}\n  - {path: a/b, kinds: [completed]}\n",
        "  - {path: a, kinds: [completed]}\n  - {path: a/b, kinds: [code-along]}\n",
        "  - {path: a}\n  - {path: a/b, kinds: [speaker]}\n",
    ],
)
def test_other_folders_accepted(warned: Warned, targets: str) -> None:
    assert warned(targets) == ()
