"""Fixtures: courses and specs on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.errors import Diagnostic, SpecError

WriteSpec = Callable[..., Path]
Problems = Callable[..., tuple[Diagnostic, ...]]


@pytest.fixture
def write_spec(tmp_path: Path) -> WriteSpec:
    """Write a spec file and return its path."""

    def write(text: str | bytes, name: str = "course.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def problems(write_spec: WriteSpec) -> Problems:
    """Return the problems of a spec with this text."""

    def read(text: str | bytes, name: str = "course.yaml") -> tuple[Diagnostic, ...]:
        with pytest.raises(SpecError) as caught:
            load_spec(write_spec(text, name))
        return caught.value.problems

    return read


@pytest.fixture
def problem_of(problems: Problems) -> Callable[..., Diagnostic]:
    """Return the only problem of a spec with this text."""

    def read(text: str | bytes, name: str = "course.yaml") -> Diagnostic:
        found = problems(text, name)
        assert len(found) == 1, [str(problem) for problem in found]
        return found[0]

    return read


@pytest.fixture
def make_course(tmp_path: Path) -> Callable[..., Course]:
    """Load a course with these files (path to text) and topics."""

    def make(files: dict[str, str], topics: str = "[intro]", more: str = "") -> Course:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        spec = tmp_path / "course.yaml"
        spec.write_text(
            "name: {de: Kurs, en: Course}\n"
            "sections:\n"
            "  - name: {de: Woche, en: Week}\n"
            f"    topics: {topics}\n{more}",
            encoding="utf-8",
        )
        return Course.load(load_spec(spec))

    return make
