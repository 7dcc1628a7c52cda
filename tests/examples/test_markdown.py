"""An additional output format of notebooks, from a package other than theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

import pytest
from course_folder import CourseFolder, messages, outcomes

from clm.builder import Outcome

pytestmark = pytest.mark.integration

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Schleifen", "Loops") }}

# %% [markdown] lang="de" tags=["slide"]
# ## Wieder und wieder

# %% [markdown] lang="en" tags=["slide"]
# ## Again and again
#
# ![A loop](img/loop.svg)

# %% tags=["keep"]
total = 0

# %%
total += 1

# %% [markdown] lang="en" tags=["notes"]
# Only the speaker knows.
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\n'


def targets(*formats: str) -> str:
    return (
        "output-targets:\n"
        f"  - {{path: students, kinds: [code-along, completed], formats: [{', '.join(formats)}]}}\n"
        f"  - {{path: teachers, kinds: [speaker], formats: [{', '.join(formats)}]}}\n"
    )


@pytest.fixture
def course(course: CourseFolder, install: Callable[..., None]) -> CourseFolder:
    install("markdown", "notebook")
    course.more_spec = targets("markdown")
    course.add("loops/slides_loops.py", DECK)
    course.add("loops/img/loop.svg", SVG)
    return course


def markdown(course: CourseFolder) -> dict[str, str]:
    outputs = course.outputs(course.path).items()
    return {name: data.decode() for name, data in outputs if name.endswith(".md")}


def test_each_audience_gets_own_text(course: CourseFolder) -> None:
    report = course.build(backend="inline")
    assert report.ok, messages(report)
    texts = markdown(course)
    assert len(texts) == 6
    for name, text in texts.items():
        assert ("Again and again" in text) is ("/En/" in name)
        assert ("Only the speaker knows" in text) is (name.startswith("teachers/En/"))
        assert ("total += 1" in text) is ("/Code-Along/" not in name)


def test_unrequested_notebooks_not_written(course: CourseFolder) -> None:
    course.build(backend="inline")
    outputs = course.outputs(course.path / "students")
    suffixes = {PurePosixPath(name).suffix for name in outputs}
    assert suffixes == {".md", ".svg"}


def test_pictures_beside_text(course: CourseFolder) -> None:
    course.build(backend="inline")
    names = course.outputs(course.path)
    pictures = {name for name in names if name.endswith("loop.svg")}
    beside = {f"{name.rpartition('/')[0]}/img/loop.svg" for name in markdown(course)}
    assert len(beside) == 6
    assert beside <= pictures


def test_markdown_together_with_notebooks(course: CourseFolder) -> None:
    course.more_spec = targets("markdown", "notebook")
    course.write_spec()
    course.build(backend="inline")
    names = course.outputs(course.path)
    assert sum(name.endswith(".ipynb") for name in names) == len(markdown(course)) == 6


def test_second_build_skips_all(course: CourseFolder) -> None:
    course.build(backend="inline")
    report = course.build(backend="inline")
    assert {job.outcome for job in report.jobs} == {Outcome.SKIPPED}


def test_built_from_other_workers_results(course: CourseFolder) -> None:
    report = course.build()
    assert report.ok, messages(report)
    assert len(markdown(course)) == 6


def test_failed_deck_fails_dependents(course: CourseFolder) -> None:
    course.add("loops/slides_loops.py", DECK + '\n# %% tags=["slide", "subslide"]\n1\n')
    report = course.build(backend="inline")
    assert set(outcomes(report).values()) == {Outcome.FAILED}
    assert "not run: it needs notebook:" in messages(report)


def test_missing_notebook_plugin_reported(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,markdown")
    report = course.build(backend="inline")
    assert "no plugin provides the format 'notebook'" in messages(report)
    assert markdown(course) == {}


def test_links_lead_to_markdown(course: CourseFolder) -> None:
    course.add("intro/slides_a.py", "# %% [markdown]\n# [loops](clm:loops)\n")

    assert messages(course.build()) == ""
    (text,) = {
        text for name, text in markdown(course).items() if "slides_a" in name and "En" in name
    }
    assert "[loops](01%20Loops.md)" in text
