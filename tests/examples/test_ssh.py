"""A backend that runs jobs on another machine, with a real server."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages
from ssh_server import ssh_server

pytestmark = pytest.mark.integration


def test_course_built_by_ssh(
    course: CourseFolder,
    install: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install("ssh")
    course.add("intro/one.shout", "hello\n!needs made.made\n")
    course.add("intro/made.gen", "generated\n")
    folder = tmp_path / "ssh"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    with ssh_server(folder) as server:
        with (folder / "ssh_config").open("a", encoding="utf-8") as config:
            config.write(f"  Port {server.port}\n")
        monkeypatch.setenv("PATH", f"{server.client}{os.pathsep}{os.environ['PATH']}")
        host = server.address.rpartition(":")[0]
        report = course.build(backend="ssh", backend_options={"ssh-host": host}, jobs=2)
    assert report.ok, messages(report)
    assert course.texts("one.txt") == {"HELLO\nGENERATED\n"}
