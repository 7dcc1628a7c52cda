"""Builds with broken, blocked, missing or unrelated plugins."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from building import BACKENDS, full
from course_folder import CourseFolder, messages, outcomes
from one_file_plugin import install_plugin

from clm.builder import Outcome
from clm.plugins import PluginRegistry
from clm.plugins.code_identity import code_identity

pytestmark = pytest.mark.integration


def test_broken_plugin_withholds_unclaimed_files(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(course).build()
    install_plugin(shout, "torn", "import no_such_module_at_all")
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,torn")
    course.add("intro/secret.torn", "a source of the broken plugin")

    report = course.build()

    assert not report.ok
    assert "clm-torn" in messages(report)
    assert "no_such_module_at_all" in messages(report)
    assert not course.texts("secret.torn")
    assert course.texts("data.csv"), "what was there before stays"
    assert outcomes(report)["one.shout"] is Outcome.SKIPPED


NOTES = """
    from attrs import evolve
    from clm import hookimpl
    from clm_plugin_shout import plugin

    @hookimpl
    def clm_job_types():
        shout = next(t for t in plugin.clm_job_types() if t.name == "shout")
        return [evolve(shout, name="notes", patterns=("*.notes",), private_folders=())]
"""


@pytest.fixture
def without_notes(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> CourseFolder:
    """A course that was built with a plugin for `*.notes`, which was then removed."""
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,notes")
    monkeypatch.delitem(sys.modules, "notes_module", raising=False)  # that of another test
    full(course).add("intro/talk.notes", "private")
    _build_then_remove(course, shout, NOTES)
    return course


def _build_then_remove(course: CourseFolder, shout: Path, plugin: str) -> None:
    install_plugin(shout, "notes", plugin)
    assert course.build().ok
    for path in (shout / "notes_module.py", *shout.glob("clm_notes*/*")):
        path.unlink()


def test_source_of_removed_plugin_withheld(without_notes: CourseFolder) -> None:
    without_notes.add("intro/data.csv", b"changed")

    report = without_notes.build()

    assert not report.ok
    assert "sources of the plugin 'notes', which is not installed, and are not" in messages(report)
    assert "intro/talk.notes" in messages(report) and not without_notes.texts("talk.notes")
    assert without_notes.texts("data.csv") == {"changed"}


def test_code_removed_after_its_import_is_unknown(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,notes")
    monkeypatch.delitem(sys.modules, "notes_module", raising=False)
    install_plugin(shout, "notes", NOTES)
    plugins = PluginRegistry.load()
    assert code_identity(plugins) is not None
    (shout / "notes_module.py").unlink()
    assert code_identity(plugins) is None


def test_removed_plugin_without_sources_forgotten(without_notes: CourseFolder) -> None:
    next(without_notes.path.rglob("talk.notes")).unlink()

    assert without_notes.build().ok


def test_removed_guard_without_sources_forgotten(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,notes")
    monkeypatch.delitem(sys.modules, "notes_module", raising=False)
    guard = NOTES.replace("private_folders=()", 'private_folders=(), private_files=("*.key",)')
    _build_then_remove(full(course), shout, guard)
    course.add("intro/data.csv", b"changed")

    assert course.build().ok
    assert course.texts("data.csv") == {"changed"}


def test_blocking_removed_plugin_copies_files(
    without_notes: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_BLOCK_PLUGINS", "notes")

    assert without_notes.build().ok
    assert without_notes.texts("talk.notes") == {"private"}


@pytest.mark.parametrize("blocked", ["", "notes"])
@pytest.mark.parametrize("spec", ["requires: [notes]\n", "plugins: {notes: {}}\n"])
def test_sources_of_named_plugin_always_withheld(
    without_notes: CourseFolder, monkeypatch: pytest.MonkeyPatch, spec: str, blocked: str
) -> None:
    monkeypatch.setenv("CLM_BLOCK_PLUGINS", blocked)
    without_notes.more_spec = spec
    without_notes.write_spec()

    assert not without_notes.build().ok
    assert not without_notes.texts("talk.notes")
    assert without_notes.texts("data.csv")


def test_sources_of_blocked_named_plugin_withheld(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,notes")
    full(course).add("intro/talk.notes", "private")
    install_plugin(shout, "notes", NOTES)
    monkeypatch.setenv("CLM_BLOCK_PLUGINS", "notes")
    course.more_spec = "plugins: {notes: {}}\n"
    course.write_spec()

    assert not course.build().ok
    assert not course.texts("talk.notes")


def test_unknown_plugin_withholds_unclaimed_files(course: CourseFolder) -> None:
    course.more_spec = "plugins: {notes: {}}\n"
    full(course).add("intro/logo.png", b"png")

    assert not course.build().ok
    assert not course.texts("data.csv"), "it may be a source"
    assert "logo.png" in {path.rpartition("/")[2] for path in course.outputs()}


def test_job_type_conflict_withholds_sources(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(course)
    install_plugin(
        shout,
        "rival",
        "from clm import hookimpl\n"
        "from clm_plugin_shout import plugin\n"
        "@hookimpl\n"
        "def clm_job_types():\n"
        "    return [t for t in plugin.clm_job_types() if t.name == 'shout']\n",
    )
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,rival")

    report = course.build()

    assert not report.ok
    assert "is offered by" in messages(report)
    assert {path.rpartition("/")[2] for path in course.outputs()} == {"made.made"}


def test_course_without_converter_is_error(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(course)
    monkeypatch.setenv("CLM_BLOCK_PLUGINS", "shout")

    report = course.build()

    assert not report.ok
    assert "no installed plugin converts any file of the course" in messages(report)
    assert course.outputs() == {}


@pytest.mark.parametrize(("name", "state"), [("rabbit", "is not installed"), ("off", "is blocked")])
def test_unavailable_required_plugin_named(
    course: CourseFolder, shout: Path, name: str, state: str
) -> None:
    install_plugin(shout, "off", "")
    course.more_spec = f"requires: [{name}]\n"
    course.add("intro/one.shout", "x")

    report = course.build(backend="inline")

    assert not report.ok
    assert f"the course needs the plugin '{name}', which {state}" in messages(report)
    assert course.texts("one.txt") == {"X"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_converter_start_failure_named(course: CourseFolder, backend: str) -> None:
    full(course).add("intro/no.mute", "x")

    report = course.build(backend=backend)

    assert not report.ok
    assert outcomes(report)["no.mute"] is Outcome.FAILED
    assert outcomes(report)["one.shout"] is Outcome.BUILT
    assert "this worker cannot start" in messages(report)
    if backend == "sqlite":
        assert "plugin 'shout' for 'mute' do not start (3 attempts)" in messages(report)
