"""Builds whose outputs have secrets of the account that builds."""

from __future__ import annotations

import pytest
from course_folder import CourseFolder, messages

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("backend", ["inline", "sqlite"])
def test_leaked_secret_warned_each_time(
    course: CourseFolder, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLASS_TOKEN", "TANGERINE-7")
    course.add("intro/one.shout", "one\nit is TANGERINE-7\n")

    for _ in range(2):
        report = course.build(backend=backend)
        assert report.ok, messages(report)
        (warning,) = report.warnings
        assert str(warning.place) == "slides/module_100_tests/topic_100_intro/one.shout"
        assert warning.message.endswith(
            "one.txt has the value of the variable CLASS_TOKEN (line 2)"
        )
        assert "TANGERINE" not in str(warning)
