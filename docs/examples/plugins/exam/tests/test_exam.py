from pathlib import Path

import pytest
from clm.testing import MakeProject, messages

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Titel", "Title") }}

# %% [markdown] tags=["exam-task"]
# Only in exams.

# %% [markdown] tags=["hint"]
# A hint.

# %% [markdown] tags=["grading"]
# Two points.

# %% [markdown] tags=["answer"]
# The answer.

# %%
print("solution")

# %% [markdown] tags=["notes"]
# For the speaker.
"""
SPEC = """\
output-targets:
  - {path: exams, kinds: [exam], formats: [notebook], languages: [en]}
  - {path: course, kinds: [completed, speaker], formats: [notebook], languages: [en]}
"""
SETTINGS = {"notebook": {"extensions": ["exam"]}}


@pytest.fixture
def texts(course_project: MakeProject) -> dict[str, str]:
    course = course_project(
        {"intro/slides_a.py": DECK}, plugins=["notebook", "exam"], settings=SETTINGS, more_spec=SPEC
    )
    report = course.build()
    assert (report.ok, messages(report)) == (True, "")
    return {
        Path(name).parts[-3]: data.decode()
        for name, data in course.outputs(course.path).items()
        if name.endswith(".ipynb")
    }


def test_exam_has_tasks_without_solutions(texts: dict[str, str]) -> None:
    assert "Only in exams." in texts["Exam"]
    for text in ("A hint.", "Two points.", "The answer.", "solution", "For the speaker."):
        assert text not in texts["Exam"]


def test_other_kinds_have_no_tasks(texts: dict[str, str]) -> None:
    assert "Only in exams." not in texts["Completed"] + texts["Speaker"]
    assert "A hint." in texts["Completed"]


def test_grading_only_for_teachers(texts: dict[str, str]) -> None:
    assert "Two points." in texts["Speaker"]
    assert "Two points." not in texts["Completed"]
