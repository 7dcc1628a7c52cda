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
from clm.builder.sessions.session import load_course
from clm.builder.trust.untrusted import refuse_active_files, refuse_outputs_elsewhere, refuse_unsafe
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


SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.svg", SVG.format("<script>x</script>")),
        ("a.svg", SVG.format('<s:script xmlns:s="http://www.w3.org/2000/svg"/>')),
        ("a.SVG", SVG.format('<a href="j&#97;vascript:x">t</a>')),
        ("a.svg", SVG.format('<a href="java&#10;script:x">t</a>')),
        ("a.svg", '<!DOCTYPE svg [<!ENTITY x "y">]>' + SVG.format("&x;")),
        ("a.svg", SVG.format('<rect onclick="x"/>')),
        ("a.svg", SVG.format("<foreignObject><iframe/></foreignObject>")),
        ("page.html", "<img src=x/onerror=x>"),
        ("page.xhtml", "<p\nonload='x'/>"),
        ("page.xml", '<?xml-stylesheet href="a.xsl"?><a/>'),
        ("page.htm", "<script>x</script>".encode("utf-16").decode("latin-1")),
        ("a.svgz", "x"),
        ("a.mht", "x"),
    ],
)
def test_active_file_refused(course: CourseFolder, name: str, text: str) -> None:
    path = course.add(f"a/{name}", "")
    path.write_bytes(text.encode("latin-1"))
    course.write_spec()
    with pytest.raises(SpecError, match=r"run scripts of its author") as caught:
        refuse_active_files(load_course(options(course), PluginRegistry.load()))
    assert name in str(caught.value)


def test_build_refuses_active_file(course: CourseFolder) -> None:
    course.add("a/a.svg", SVG.format("<script>x</script>"))
    course.write_spec()
    with pytest.raises(SpecError, match="run scripts of its author"):
        course.build(executors=("box",), untrusted=True, backend="sqlite")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.svg", SVG.format('<rect style="fill:red"/><text>on a = b</text>')),
        ("page.html", "<h1>JavaScript: an introduction</h1><p>Press the button on it = go</p>"),
        ("a.py", "<script>"),
    ],
)
def test_passive_file_accepted(course: CourseFolder, name: str, text: str) -> None:
    course.add(f"a/{name}", text)
    course.write_spec()
    refuse_active_files(load_course(options(course), PluginRegistry.load()))


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
