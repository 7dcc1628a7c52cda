"""Builds whose jobs run behind sockets and by ssh: the contract of backends, with real servers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import evolve
from clm_program import CLM
from course_folder import CourseFolder
from ssh_server import ssh_server

from clm.errors import UsageError
from clm.plugins import PluginRegistry
from clm.testing.backends import BackendContract
from clm.workers.pool.executor import ExecutorContext
from clm.workers.pool.sockets import SocketWorkerExecutor
from clm.workers.pool.ssh import ssh_command

pytestmark = pytest.mark.integration

SERVE = (*CLM, "workers", "serve", "--socket")
SQLITE = "clm.backends.sqlite:SqliteBackend"


def with_executor(bench: Any, executor: str) -> Any:
    return evolve(bench, context=evolve(bench.context, executors=lambda: {"": executor}))


class TestSockets(BackendContract):
    factory: ClassVar[str] = SQLITE

    @contextmanager
    def surroundings(self, bench: Any) -> Iterator[Any]:
        folder = bench.folder / "s"
        paths = [folder / f"echo-{number}.sock" for number in (1, 2)]
        engines = [subprocess.Popen([*SERVE, str(path)]) for path in paths]
        try:
            for path in paths:
                await_socket(path)
            yield with_executor(bench, f"socket://{folder}")
        finally:
            for engine in engines:
                engine.terminate()
                engine.wait(20)


class TestSsh(BackendContract):
    factory: ClassVar[str] = SQLITE

    @contextmanager
    def surroundings(self, bench: Any) -> Iterator[Any]:
        folder = bench.folder / "ssh"
        folder.mkdir()
        with ssh_server(folder) as server, pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(server.client), prepend=":")
            yield with_executor(bench, f"ssh://{server.address}{sys.executable}")


def await_socket(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} was not created"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("address", "command"),
    [
        ("host", ("--", "host", "python3 -P -m clm.workers.pipe.serve")),
        ("me@host:22/opt/x y/python", ("-p", "22", "--", "me@host", "'/opt/x y/python'")),
    ],
)
def test_ssh_command_of_address(address: str, command: tuple[str, ...]) -> None:
    found = ssh_command(address)
    assert found[0] == "ssh"
    assert " ".join(command) in " ".join(found)


@pytest.mark.parametrize(
    "address", ["", "-oProxyCommand=x", "-l@host", "host:port", "me:secret@host", "[host"]
)
def test_invalid_ssh_address_refused(address: str) -> None:
    with pytest.raises(UsageError, match="invalid address"):
        ssh_command(address)


def test_missing_socket_folder_refused(tmp_path: Path) -> None:
    context = ExecutorContext(PluginRegistry.load({}, []), str(tmp_path / "none"), tmp_path)
    with pytest.raises(UsageError, match="there is no folder"):
        SocketWorkerExecutor(context)


def test_overdue_job_names_plugin(course: CourseFolder) -> None:
    course.add("intro/busy.shout", "!burn 600\nx\n")
    folder = course.path / "s"
    engine = subprocess.Popen([*SERVE, str(folder / "shout-1.sock")])
    try:
        await_socket(folder / "shout-1.sock")
        run = course.start("--executor", f"socket://{folder}", environ={"CLM_JOB_LIMIT": "0.5s"})
        code, _, err = run.finish()
    finally:
        engine.terminate()
        engine.wait(20)
    said = " ".join(err.split())
    assert code == 1
    assert "plugin 'shout' of clm-plugin-shout 1.0: the 'shout' job took longer than 0.5" in said
    assert "busy.shout" in said
