"""A new plugin of a course, made by `clm plugins new --local`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from clm_program import run_clm

from clm.authoring.new_plugin import PluginNames, local_plugin
from clm.testing import MakeProject, messages

SPEC = "name: K\nsections: [{name: W, topics: [a]}]\n"


def test_course_uses_new_plugin(
    course_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = course_project(
        {
            "intro/a.my-thing": "hello",
            "plugins/my_thing.py": local_plugin(PluginNames.of("my-thing")),
        },
        more_spec="local-plugins: [plugins/my_thing.py]\n",
        plugins=["local-plugins"],
    )
    report = course.build()
    assert (report.ok, messages(report)) == (True, "")
    assert course.texts("a.txt") == {"HELLO!"}


def test_new_plugin_has_no_findings(tmp_path: Path) -> None:
    (tmp_path / "my_thing.py").write_bytes(local_plugin(PluginNames.of("my-thing")))
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "my_thing.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_command_writes_file_of_course(tmp_path: Path) -> None:
    (tmp_path / "slides").mkdir()
    (tmp_path / "course.yaml").write_text(SPEC)
    done = run_clm("plugins", "new", "my-thing", "--local", cwd=tmp_path)
    assert "local-plugins: [plugins/my_thing.py]" in done.stdout
    assert (tmp_path / "plugins" / "my_thing.py").is_file()
    again = run_clm("plugins", "new", "my-thing", "--local", cwd=tmp_path)
    assert again.returncode != 0
    assert "already exists" in again.stderr


def test_folder_without_course_refused(tmp_path: Path) -> None:
    done = run_clm("plugins", "new", "my-thing", "--local", cwd=tmp_path)
    assert "no course spec" in done.stderr
    assert not (tmp_path / "plugins").exists()
