"""What `clm build --untrusted` refuses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from course_folder import CourseFolder
from one_file_plugin import install_plugin

from clm.builder import BuildOptions
from clm.builder.session import load_course
from clm.builder.untrusted import refuse_outputs_elsewhere, refuse_unsafe
from clm.errors import SpecError, UsageError
from clm.plugins import PluginRegistry
from clm.testing.installing import load_only

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")

BOX = """
from attrs import field, frozen
from clm import ExecutorType, hookimpl

@frozen
class Settings:
    tool: str = field(default="", metadata={"help": "a tool", "program": True})
    size: int = field(default=1, metadata={"help": "a size"})

@hookimpl
def clm_settings():
    return Settings

@hookimpl
def clm_executors():
    return [ExecutorType("box", "a box", "box_module:Box", isolates=True)]
"""


@pytest.fixture
def course(course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch) -> CourseFolder:
    install_plugin(shout, "box", BOX)
    load_only(monkeypatch, ["shout", "box"])
    course.add("a/a.shout", "a\n")
    return course


def options(course: CourseFolder, **more: Any) -> BuildOptions:
    values = {"executors": ("box",), "untrusted": True, **more}
    return BuildOptions(spec_path=course.spec, **values)


def refuse(course: CourseFolder, **more: Any) -> None:
    refuse_unsafe(options(course, **more), PluginRegistry.load())


def test_isolating_executor_accepted(course: CourseFolder) -> None:
    refuse(course)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"executors": ()}, "needs an executor for all jobs"),
        ({"executors": ("shout=box",)}, "needs an executor for all jobs"),
        ({"executors": ("direct",)}, "'direct' does not keep code away"),
        ({"executors": ("box", "shout=direct")}, "'direct' does not keep code away"),
        ({"executors": ("ssh://example.org",)}, "'ssh://example.org' does not keep code away"),
        ({"backend": "inline"}, "the backend 'inline' cannot be combined"),
    ],
)
def test_code_on_this_machine_refused(
    course: CourseFolder, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        refuse(course, **values)


def test_executor_of_spec_does_not_count(course: CourseFolder) -> None:
    course.more_spec = "executors: [box]\n"
    course.write_spec()
    with pytest.raises(UsageError, match="needs an executor"):
        refuse(course, executors=())


def test_plugin_of_course_refused_before_import(course: CourseFolder) -> None:
    course.add("plugins/own.py", "raise SystemExit('it ran')\n")
    course.more_spec = "local-plugins: [plugins/own.py]\n"
    course.write_spec()
    with pytest.raises(SpecError, match=r"course\.yaml:5:\d+: the plugin 'plugins/own\.py'"):
        course.build(executors=("box",), untrusted=True, backend="sqlite")


def test_setting_that_names_program_refused(course: CourseFolder) -> None:
    course.settings = {"box": {"tool": "/bin/sh", "size": 2}}
    course.write_spec()
    with pytest.raises(SpecError, match="the setting 'tool' of the plugin 'box'") as caught:
        refuse(course)
    assert len(caught.value.problems) == 1


def test_program_for_all_plugins_refused(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch, shout: Path
) -> None:
    source = BOX.replace("tool: str", "kernel_python: str").replace("box", "other")
    install_plugin(shout, "other", source)
    load_only(monkeypatch, ["shout", "box", "other"])
    course.more_spec = "kernel-python: venv\n"
    course.write_spec()
    with pytest.raises(SpecError, match=r"course\.yaml:5:\d+: 'kernel-python' names"):
        refuse(course)


@needs_links
@pytest.mark.parametrize("name", [".clm", ".clm/clm_jobs.db", ".clm/logs"])
def test_link_among_own_files_refused(course: CourseFolder, tmp_path: Path, name: str) -> None:
    link = course.path / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SpecError, match="where CLM would write"):
        refuse(course)


@needs_links
@pytest.mark.parametrize("name", ["output", "output/public"])
def test_link_out_of_outputs_refused(course: CourseFolder, tmp_path: Path, name: str) -> None:
    link = course.path / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path, target_is_directory=True)
    own = options(course)
    loaded = load_course(own, PluginRegistry.load())
    with pytest.raises(SpecError, match="outside of the course"):
        refuse_outputs_elsewhere(own, loaded)
    refuse_outputs_elsewhere(evolve(own, output_dir=tmp_path / "chosen"), loaded)
