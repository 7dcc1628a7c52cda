"""Files that are not specs: missing, empty, too large, binary."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clm.course.syntax.reader import MAX_BYTES, load_spec
from clm.errors import SpecError

SPEC = "name: K\nsections: [{name: W, topics: [a]}]\n"


@pytest.mark.parametrize("name", ["course.yaml", "course.xml", "course"])
@pytest.mark.parametrize("text", ["", " \n\n", "\ufeff"])
def test_empty_file_rejected(problem_of, name: str, text: str) -> None:
    assert problem_of(text, name).message == "the course spec is empty"


@pytest.mark.parametrize("text", ["# only a comment\n", "---\n", "~\n", "--- ''\n"])
def test_empty_document_rejected(problem_of, text: str) -> None:
    assert problem_of(text).message == "the course spec is empty"


def test_missing_file_suggests_nearest(write_spec, tmp_path: Path) -> None:
    write_spec(SPEC)
    with pytest.raises(SpecError) as caught:
        load_spec(tmp_path / "curse.yaml")
    (problem,) = caught.value.problems
    assert problem.message == "course spec not found"
    assert str(tmp_path / "course.yaml") in problem.hint


def test_missing_folder_reported(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="does not exist"):
        load_spec(tmp_path / "no" / "course.yaml")


def test_folder_suggests_specs_inside(write_spec, tmp_path: Path) -> None:
    path = write_spec(SPEC)
    with pytest.raises(SpecError) as caught:
        load_spec(tmp_path)
    assert str(path) in (caught.value.problems[0].hint or "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "course.yaml")
    with pytest.raises(SpecError, match="not a file"):
        load_spec(tmp_path / "course.yaml")


def test_path_through_file_reported_missing(write_spec) -> None:
    with pytest.raises(SpecError, match="course spec not found"):
        load_spec(write_spec(SPEC) / "course.yaml")


def test_huge_file_rejected(problem_of) -> None:
    assert "too large" in problem_of(b"#" * (MAX_BYTES + 1)).message


@pytest.mark.parametrize("name", ["course.yaml", "course.xml"])
def test_non_utf8_rejected_with_place(problem_of, name: str) -> None:
    problem = problem_of("name: K\nauthor: Jürgen".encode("latin-1"), name)
    assert problem.message == "the course spec is not UTF-8"
    assert (problem.place.line, problem.place.column) == (2, 10)
    assert "rgen" in problem.excerpt
