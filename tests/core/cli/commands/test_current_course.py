"""`clm doctor` and `clm config show` in the folder of a course: its settings count."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clm_program import run_clm
from one_file_plugin import install_plugin

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PLUGIN = """
    from attrs import field, frozen
    from clm import Check, CheckResult, hookimpl

    @frozen
    class Settings:
        tool: str = field(default="usual", metadata={"help": "the tool"})
        size: int = field(default=1, metadata={"help": "its size"})

    @hookimpl
    def clm_settings():
        return Settings

    def check(settings):
        return CheckResult(settings.tool != "missing", f"the tool is {settings.tool}")

    @hookimpl
    def clm_checks():
        return [
            Check("tool", check, takes_settings=True),
            Check("other", lambda: CheckResult(True, "without settings")),
        ]
    """
SPEC = "name: {en: C}\nsections: [{name: {en: S}, topics: []}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a course that sets the tool of a plugin."""
    (tmp_path / "site").mkdir()
    install_plugin(tmp_path / "site", "mine", PLUGIN, distribution="mine", version="1.5")
    path = tmp_path / "course"
    (path / "slides" / "module_1").mkdir(parents=True)
    (path / "course.yaml").write_text(f"{SPEC}plugins: {{mine: {{tool: chosen}}}}\n")
    return path


@pytest.fixture
def run(folder: Path) -> Run:
    """Runs the program with the plugin."""

    def run(
        *arguments: object, cwd: Path = folder, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        values = {"PYTHONPATH": str(folder.parent / "site"), "CLM_LOAD_PLUGINS": "mine"}
        return run_clm(*arguments, cwd=cwd, **(values | environ))

    return run


def tool(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The finding about the tool, or the setting."""
    data = json.loads(done.stdout)
    if "checks" in data:
        (found,) = (c for c in data["checks"] if c["check"] == "tool")
        return dict(found, course=data["course"])
    (found,) = (s for s in data["settings"] if s["setting"] == "plugins.mine.tool")
    return dict(found, course=data["course"])


@pytest.mark.parametrize("below", [".", "slides", "slides/module_1"])
def test_course_of_current_folder_counts(run: Run, folder: Path, below: str) -> None:
    spec = "course.yaml" if below == "." else str(folder / "course.yaml")

    found = tool(run("doctor", "--json", cwd=folder / below))
    shown = tool(run("config", "show", "--json", cwd=folder / below))

    assert (found["message"], found["course"]) == ("the tool is chosen", spec)
    assert (shown["value"], shown["origin"], shown["course"]) == ('"chosen"', spec, spec)


def test_given_course_counts(run: Run, folder: Path, tmp_path: Path) -> None:
    spec = Path(os.path.relpath(folder / "course.yaml", tmp_path))

    found = tool(run("doctor", spec, "--json", cwd=tmp_path))
    shown = tool(run("config", "show", spec, "--json", cwd=tmp_path))

    assert (found["message"], found["course"]) == ("the tool is chosen", str(spec))
    assert (shown["value"], shown["origin"]) == ('"chosen"', str(spec))


def test_without_course_defaults_count(run: Run, tmp_path: Path) -> None:
    found = tool(run("doctor", "--json", cwd=tmp_path))
    shown = tool(run("config", "show", "--json", cwd=tmp_path))

    assert (found["message"], found["course"]) == ("the tool is usual", None)
    assert (shown["value"], shown["origin"], shown["course"]) == ('"usual"', "default", None)


def test_python_of_course_counts(run: Run, folder: Path) -> None:
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_bytes(b"")
    plugin = PLUGIN.replace("tool: str", "kernel_python: str").replace(".tool", ".kernel_python")
    site = {"PYTHONPATH": str(folder / "site"), "CLM_LOAD_PLUGINS": "other"}
    (folder / "site").mkdir()
    install_plugin(folder / "site", "other", plugin, distribution="other", version="1.5")
    (folder / "course.yaml").write_text(f"{SPEC}kernel-python: .venv\n")

    found = tool(run("doctor", "--json", **site))
    settings = json.loads(run("config", "show", "--json", **site).stdout)["settings"]

    assert found["message"] == f"the tool is {python}"
    (shown,) = (s for s in settings if s["setting"] == "plugins.other.kernel-python")
    assert (shown["value"], shown["origin"]) == (json.dumps(str(python)), "course.yaml")


def test_environment_precedes_course(run: Run) -> None:
    found = run("doctor", "--json", CLM_MINE_TOOL="missing")

    assert (found.returncode, tool(found)["message"]) == (1, "the tool is missing")


def test_course_named_in_text(run: Run, tmp_path: Path) -> None:
    assert run("doctor").stdout.startswith("course: course.yaml\n\n")
    assert run("config", "show").stdout.startswith("course: course.yaml\n\n")
    assert "course:" not in run("doctor", cwd=tmp_path).stdout


def test_several_courses_warned(run: Run, folder: Path) -> None:
    specs = folder / "course-specs"
    specs.mkdir()
    for name in ("a.yaml", "b.yaml"):
        (specs / name).write_text((folder / "course.yaml").read_text())
    (folder / "course.yaml").unlink()

    done = run("doctor", "--json")

    assert tool(done)["message"] == "the tool is usual"
    assert "several course specs found; none of their settings is used" in done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "course.yaml:1"),
        (f"{SPEC}plugins: {{mine: {{size: large, tool: chosen}}}}\n", "invalid settings"),
        (f"{SPEC}requires: [absent]\nplugins: {{mine: {{tool: chosen}}}}\n", "'absent'"),
    ],
)
def test_faulty_course_is_problem(run: Run, folder: Path, text: str, message: str) -> None:
    (folder / "course.yaml").write_text(text)

    done = run("doctor")

    assert done.returncode == 1
    assert message in done.stderr
    expected = "chosen" if "chosen" in text else "usual"
    assert f"tool: the tool is {expected}" in done.stdout
    assert done.stdout.endswith("1 problem(s)\n")


def test_invalid_environment_fails_check(run: Run, tmp_path: Path) -> None:
    done = run("doctor", cwd=tmp_path, CLM_MINE_SIZE="large")

    assert done.returncode == 1
    assert "missing  tool: " in done.stdout
    assert "CLM_MINE_SIZE" in done.stdout
