"""Messages of builds as shown to users: with the source lines that they refer to."""

from __future__ import annotations

import pytest
from course_folder import CourseFolder

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("backend", ["inline", "sqlite"])
def test_job_message_shows_line(course: CourseFolder, backend: str) -> None:
    course.add("intro/one.shout", "a line\n!warn-at 3 bad word\nhere is a bad word, too\n")

    code, _, err = course.start("--backend", backend).finish()

    assert code == 0, err
    assert "one.shout:3: something" in err
    assert "    3 | here is a bad word, too\n      |           ^^^^^^^^\n" in err


def test_spec_message_shows_line(course: CourseFolder) -> None:
    course.more_spec += "requires: [juggling]\n"
    course.add("intro/one.shout", "x")

    code, _, err = course.start().finish()

    assert code == 1
    assert "| requires: [juggling]\n" in err
    assert "^^^^^^^^\n" in err


def test_unknown_plugin_setting_shows_line(course: CourseFolder) -> None:
    course.more_spec += "plugins:\n  shout:\n    volume: 11\n    pitch: 2\n"
    course.add("intro/one.shout", "x")

    code, _, err = course.start().finish()

    assert code == 2
    lines = course.spec.read_text().splitlines()
    for number, line in enumerate(lines, start=1):
        if "volume" in line or "pitch" in line:
            assert f"course.yaml:{number}:5" in err
            assert f"{number} | {line}" in err
    assert err.count("plugin 'shout' has no settings") == 2
    assert not (course.path / "output").exists()
