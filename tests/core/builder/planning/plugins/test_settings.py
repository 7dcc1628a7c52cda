"""Settings of plugins from the spec, and the course's defaults for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve, frozen
from registries import registry_of

from clm import Severity
from clm.builder.planning.plugins.settings import default_problems, settings_of
from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.plugins import PluginRegistry
from clm.plugins.loading import Offer, PluginHooks

SPEC = "name: K\nkernel-python: .venv\nsections: [{name: W, topics: []}]\n"


@frozen
class Settings:
    kernel_python: str = ""


@pytest.fixture
def plugins() -> PluginRegistry:
    """A registry with a plugin `test` that has the setting `kernel-python`."""
    registry = registry_of()
    (plugin,) = registry.plugins
    offer = Offer(PluginHooks(object(), "test"), (), (), (), Settings, ())
    return evolve(registry, plugins=(evolve(plugin, offer=offer),))


@pytest.fixture
def load(tmp_path: Path):
    """Load a course with this spec."""
    (tmp_path / "slides").mkdir()

    def make(text: str = SPEC) -> Course:
        (tmp_path / "course.yaml").write_text(text, encoding="utf-8")
        return Course.load(load_spec(tmp_path / "course.yaml"))

    return make


def python_of(course: Course, plugins: PluginRegistry) -> str:
    found: str = settings_of(course, plugins, "test").kernel_python
    return found


@pytest.mark.parametrize("inside", ["bin/python", "Scripts/python.exe"])
@pytest.mark.parametrize("named", [".venv", ".venv/{}"])
def test_environment_of_course_used(load, plugins, tmp_path: Path, inside: str, named: str) -> None:
    program = tmp_path / ".venv" / inside
    program.parent.mkdir(parents=True)
    program.write_bytes(b"")
    course = load(SPEC.replace(".venv", named.format(inside)))
    assert python_of(course, plugins) == str(program)
    assert list(default_problems(course, plugins)) == []


def test_link_to_interpreter_not_followed(load, plugins, tmp_path: Path) -> None:
    program = tmp_path / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.symlink_to(__file__)
    assert python_of(load(), plugins) == str(program)


@pytest.mark.parametrize("named", [".venv", "~no-such-account/venv"])
def test_missing_environment_warned(load, plugins, named: str) -> None:
    course = load(SPEC.replace(".venv", named))
    assert python_of(course, plugins) == ""
    (warning,) = default_problems(course, plugins)
    assert warning.severity is Severity.WARNING
    assert warning.message == f"there is no Python in {named!r}; code runs in that of CLM"
    assert warning.place is not None and warning.place.line == 2


@pytest.mark.parametrize("key", ["kernel-python", "kernel_python"])
def test_setting_of_plugin_takes_precedence(load, plugins, tmp_path: Path, key: str) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").write_bytes(b"")
    assert python_of(load(f"{SPEC}plugins: {{test: {{{key}: mine}}}}\n"), plugins) == "mine"


def test_default_without_plugin_warned(load) -> None:
    (warning,) = default_problems(load(), registry_of())
    assert "no installed plugin has this setting" in warning.message
