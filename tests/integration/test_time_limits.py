"""Jobs that are busy for longer than their time limit."""

from __future__ import annotations

import pytest
from course_folder import CourseFolder, messages

BUSY = "!burn 600\nx\n"


@pytest.fixture
def course(course: CourseFolder) -> CourseFolder:
    course.add("intro/busy.shout", BUSY)
    course.add("intro/other.shout", "other")
    return course


def test_busy_job_ended_in_process(course: CourseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLM_JOB_LIMIT", "0.1s")

    report = course.build(backend="inline")

    assert not report.ok
    said = messages(report)
    assert "plugin 'shout' of clm-plugin-shout 1.0: the 'shout' job took longer than 0.1 s" in said
    assert "busy.shout" in said and "CLM_JOB_LIMIT" in said
    assert course.texts("other.txt") == {"OTHER"}


@pytest.mark.integration
def test_busy_job_ended_by_its_owner(course: CourseFolder) -> None:
    course.add("intro/busy.shout", "!spin\n")
    run = course.start(environ={"CLM_JOB_LIMIT": "0.8s"}, jobs=1)
    code, _, err = run.finish()

    assert code == 1
    said = " ".join(err.split())
    assert "plugin 'shout' of clm-plugin-shout 1.0: the 'shout' job took longer than 0.8" in said
    assert "busy.shout" in said
    assert course.texts("other.txt") == {"OTHER"}
    assert run.living() == []
    logs = "".join(path.read_text() for path in (course.own / "logs").glob("shout-*.log"))
    assert "in _spin" in logs
