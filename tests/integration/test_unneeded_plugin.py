"""Broken plugins that a course does not need, and what they claimed when they last loaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from course_folder import CourseFolder, messages
from one_file_plugin import install_plugin

from clm.plugins import PluginRegistry
from clm.testing.installing import load_only

PLUGIN = """
from attrs import frozen
from clm import JobType, hookimpl

@frozen
class Payload:
    text: str = ""

@hookimpl
def clm_job_types():
    return [JobType("torn", ("*.torn",), Payload, "torn_module:Worker", lambda: "1",
        plan=lambda source, context: (){more})]
"""


@pytest.fixture
def course(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CourseFolder]:
    load_only(monkeypatch, ["shout", "torn"])
    course.backend = "inline"
    course.add("intro/one.shout", "hello")
    course.add("intro/data.csv", "1,2")
    yield course
    sys.modules.pop("torn_module", None)


def install(site: Path, more: str = "") -> None:
    install_plugin(site, "torn", PLUGIN.format(more=more), version="2.5")


def break_it(site: Path) -> None:
    sys.modules.pop("torn_module", None)
    (site / "torn_module.py").write_text(dedent("import not_there_at_all"))


def delivered(course: CourseFolder, name: str) -> bool:
    return any(path.endswith(name) for path in course.outputs())


def test_unneeded_broken_plugin_does_no_harm(course: CourseFolder, shout: Path) -> None:
    install(shout)
    assert course.build().ok
    break_it(shout)
    course.add("intro/more.csv", "3,4")

    report = course.build()

    assert report.ok
    assert "plugin 'torn' of clm-torn 2.5" in messages(report)
    assert delivered(course, "more.csv")


def test_source_of_broken_plugin_held_back(course: CourseFolder, shout: Path) -> None:
    install(shout)
    assert course.build().ok
    break_it(shout)
    course.add("intro/two.torn", "two")

    report = course.build()

    assert not report.ok
    assert "intro/two.torn" in messages(report)
    assert not delivered(course, "two.torn") and delivered(course, "data.csv")


def test_unknown_claims_hold_all_back(course: CourseFolder, shout: Path) -> None:
    install(shout)
    break_it(shout)

    assert not course.build().ok
    assert not delivered(course, "data.csv")


@pytest.mark.parametrize(
    "more",
    [
        ", has_private_content=lambda source: False",
        ", private_files=('*.key',)",
        ", private_folders=('answers',)",
    ],
)
def test_broken_guard_of_private_files_holds_all_back(
    course: CourseFolder, shout: Path, more: str
) -> None:
    install(shout, more)
    assert course.build().ok
    break_it(shout)
    course.add("intro/more.csv", "3,4")

    assert not course.build().ok
    assert not delivered(course, "more.csv")


@pytest.mark.parametrize("settings", [{}, {"torn": {"a": 1}}], ids=["without", "with settings"])
def test_settings_may_claim_others(
    course: CourseFolder, shout: Path, settings: dict[str, dict[str, int]]
) -> None:
    install(shout, ", configure=lambda job_type, settings: job_type")
    assert course.build().ok
    break_it(shout)
    course.settings = settings
    course.add("intro/more.csv", "3,4")

    course.build()

    assert delivered(course, "more.csv") is not bool(settings)


TAKING = """
from clm import BackendType, ExecutorType, ResultStoreType, hookimpl

@hookimpl
def clm_backends():
    return [BackendType(name, "mine", "torn_module:fail") for name in ("sqlite", "inline", "own")]

@hookimpl
def clm_executors():
    return [ExecutorType(name, "mine", "torn_module:fail") for name in ("local", "ssh", "own")]

@hookimpl
def clm_result_stores():
    return [ResultStoreType("mine", "mine", ("http", "file", "own"), "torn_module:fail")]
"""


def test_names_of_clm_stay_its_own(course: CourseFolder, shout: Path) -> None:
    install_plugin(shout, "torn", TAKING, version="2.5")

    report = course.build()

    assert report.ok
    assert (
        "the backend 'inline' of plugin 'torn' of clm-torn 2.5 has the name of CLM's own, "
        "which is used instead"
    ) in messages(report)
    plugins = PluginRegistry.load()
    assert plugins.backend("sqlite").description != "mine"
    assert plugins.backend("own").description == plugins.executor("own").description == "mine"
    assert plugins.result_store("http")[0].distribution == "clm"
    assert plugins.result_store("own")[0].name == "torn"


def test_plugin_called_like_one_of_clm_is_refused(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin(shout, "sqlite", TAKING, distribution="clm-torn", version="2.5")
    load_only(monkeypatch, ["shout", "clm-torn"])
    report = course.build()
    assert "'sqlite' of clm-torn 2.5 has the name of CLM's own" in messages(report)
    assert course.texts("one.txt") == {"HELLO"}
    assert PluginRegistry.load().backend("sqlite").description != "mine"


def test_other_version_is_unknown(course: CourseFolder, shout: Path) -> None:
    install(shout)
    assert course.build().ok
    break_it(shout)
    next(shout.glob("clm_torn-2.5.dist-info")).rename(shout / "clm_torn-2.6.dist-info")
    metadata = shout / "clm_torn-2.6.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("2.5", "2.6"))
    course.add("intro/more.csv", "3,4")

    assert not course.build().ok
    assert not delivered(course, "more.csv")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        pytest.param("[" * 10**5, id="deep"),
        '{"torn of clm-torn 2.5": {"patterns": 3}}',
    ],
)
def test_damaged_record_is_unknown(course: CourseFolder, shout: Path, text: str) -> None:
    install(shout)
    assert course.build().ok
    break_it(shout)
    (course.own / "plugin-claims.json").write_text(text)
    course.add("intro/more.csv", "3,4")

    assert not course.build().ok
    assert not delivered(course, "more.csv")
