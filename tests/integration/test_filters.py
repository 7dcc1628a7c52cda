"""Builds of a part of a course, selected by filters."""

from __future__ import annotations

from typing import Any

import pytest
from course_folder import CourseFolder, messages, outcomes

from clm.builder import BuildReport, Outcome
from clm.builder.options import BuildFilter
from clm.errors import UsageError

pytestmark = pytest.mark.integration


@pytest.fixture
def full(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", "hello\n!needs made.made\n")
    course.add("intro/made.gen", "generated\n")
    course.add("intro/data.csv", b"1,2\r\n")
    course.add("loops/two.shout", "two\n")
    return course


def build(course: CourseFolder, **names: Any) -> BuildReport:
    wanted = BuildFilter(**{name: tuple(values.split(",")) for name, values in names.items()})
    report = course.build(backend="inline", filter=wanted)
    assert report.ok, messages(report)
    return report


@pytest.mark.parametrize(
    ("names", "part"),
    [
        ({"languages": "en"}, "/En/"),
        ({"kinds": "completed"}, "/Completed/"),
        ({"targets": "speaker"}, "speaker/"),
        ({"languages": "de", "kinds": "speaker,completed"}, "/De/"),
    ],
)
def test_only_requested_outputs_written(
    full: CourseFolder, names: dict[str, str], part: str
) -> None:
    build(full, **names)

    assert full.outputs()
    assert all(part in path for path in full.outputs())


def test_filtered_outputs_match_full_build(
    full: CourseFolder,
) -> None:
    build(full, languages="en", kinds="completed")
    part = full.outputs()
    full.build(backend="inline")

    assert part.items() < full.outputs().items()


def test_nothing_outside_filter_removed(full: CourseFolder) -> None:
    full.build(backend="inline")
    before = full.mtimes(full.path / "output")
    full.remove("intro/data.csv")

    report = build(full, languages="en", only="loops")

    assert report.files_removed == 0
    assert full.mtimes(full.path / "output") == before
    whole = full.build(backend="inline")
    assert whole.files_removed == 6
    assert outcomes(whole)["two.shout"] in (Outcome.SKIPPED, Outcome.CACHED)


@pytest.mark.parametrize("name", ["loops", "slides/module_100_tests/topic_100_loops/two.shout"])
def test_topic_or_file_built_alone(full: CourseFolder, name: str) -> None:
    report = build(full, only=name)

    assert outcomes(report) == {"two.shout": Outcome.BUILT}
    assert {path.rpartition("/")[2] for path in full.outputs()} == {"two.txt"}


@pytest.mark.parametrize("name", ["Woche", "Week"])
def test_section_selected_by_name(full: CourseFolder, name: str) -> None:
    build(full, only=name)

    assert len(full.outputs()) == 24


def test_dependencies_of_file_built(full: CourseFolder) -> None:
    build(full, only="slides/module_100_tests/topic_100_intro/one.shout")

    assert full.texts("one.txt") == {"HELLO\nGENERATED\n"}
    assert full.texts("data.csv") == set()


def test_target_and_format_selected(full: CourseFolder) -> None:
    full.more_spec = "output-targets: [{path: a, name: first}, {path: b, languages: [en]}]\n"
    full.write_spec()

    build(full, targets="first", formats="text")

    assert {path.name for path in full.path.iterdir() if path.name in ("a", "b")} == {"a"}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"languages": "eng"}, "unknown language 'eng'"),
        ({"kinds": "complete"}, "unknown kind 'complete'"),
        ({"formats": "txt"}, "unknown format 'txt'"),
        ({"targets": "pubic"}, "unknown output target 'pubic'"),
        ({"only": "lops"}, "unknown section, topic or file 'lops'"),
    ],
)
def test_unknown_name_suggests_nearest(
    full: CourseFolder, names: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        build(full, **names)

    assert "did you mean" in str(caught.value)
    assert not full.own.exists()


# -- after a complete build -----------------------------------------------------------------------


@pytest.fixture
def apart(full: CourseFolder) -> CourseFolder:
    """A course whose jobs differ if only a part of their outputs is selected."""
    full.add("intro/one.shout", "!apart\nhello\n!needs made.made\n")
    full.add("loops/two.shout", "!apart\ntwo\n")
    return full


def test_existing_part_not_rebuilt(apart: CourseFolder) -> None:
    apart.build(backend="inline")
    before = apart.mtimes(apart.path / "output")

    report = build(apart, languages="en", kinds="completed")

    assert set(outcomes(report).values()) == {Outcome.SKIPPED}
    assert apart.mtimes(apart.path / "output") == before


@pytest.mark.parametrize("first", ["intro", "loops"])
def test_no_topic_built_twice(apart: CourseFolder, first: str) -> None:
    built = []
    for names in ({"only": first}, {}, {"only": "intro"}, {"only": "loops"}, {}):
        report = build(apart, **names)
        built += [job.source for job in report.jobs if job.outcome is Outcome.BUILT]
    assert len(built) == len(set(built)) == 3


def test_deleted_part_restored_from_cache(apart: CourseFolder) -> None:
    apart.build(backend="inline")
    before = apart.outputs()
    gone = [path for path in before if "/En/" in path]
    for path in gone:
        (apart.path / "output" / path).unlink()

    report = build(apart, languages="en")

    assert Outcome.BUILT not in outcomes(report).values()
    assert apart.outputs() == before


def test_outputs_outside_filter_not_restored(apart: CourseFolder) -> None:
    apart.build(backend="inline")
    gone = [path for path in apart.outputs() if "/De/" in path and path.endswith("two.txt")]
    for path in gone:
        (apart.path / "output" / path).unlink()

    build(apart, languages="en")

    assert not set(gone) & apart.outputs().keys()


def test_changed_part_rebuilt(apart: CourseFolder) -> None:
    apart.build(backend="inline")
    apart.add("loops/two.shout", "!apart\nanother\n")

    report = build(apart, languages="en")

    assert outcomes(report)["two.shout"] is Outcome.BUILT
    assert outcomes(report)["one.shout"] is Outcome.SKIPPED
    assert apart.texts("two.txt") == {"ANOTHER\n", "TWO\n"}


def test_ignore_db_rebuilds_part(apart: CourseFolder) -> None:
    apart.build(backend="inline")
    wanted = BuildFilter(languages=("en",))

    report = apart.build(backend="inline", filter=wanted, ignore_db=True)

    assert set(outcomes(report).values()) == {Outcome.BUILT}
