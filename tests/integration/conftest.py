"""The program in the folder of a test's course."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from clm_program import run_clm
from course_folder import CourseFolder
from operating import Clm


@pytest.fixture
def clm(course: CourseFolder) -> Iterator[Clm]:
    """Runs the program in the course's folder; pools that it keeps end with the test."""
    run = partial(run_clm, cwd=course.path)
    course.own.mkdir()
    yield run
    if (course.own / "clm_jobs.db").exists():
        run("workers", "stop", "--yes")
