"""Builds whose workers elsewhere have other tools, which are asked for only when jobs run."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clm_program import CLM
from course_folder import CourseFolder, messages, outcomes, until

from clm.builder import BuildReport, Outcome

pytestmark = pytest.mark.integration


class Server:
    """A worker behind a socket, with a version of the tool of its own."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, tool: str) -> None:
        environment = os.environ | {"CLM_SHOUT_FINGERPRINT": tool}
        command = [*CLM, "workers", "serve", "--socket", str(self.socket)]
        self._process = subprocess.Popen(command, env=environment)
        until(self.socket.exists, "the socket")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)


@pytest.fixture
def server() -> Iterator[Server]:
    # Paths of sockets are short.
    with tempfile.TemporaryDirectory(prefix="s") as folder:
        server = Server(Path(folder) / "shout.sock")
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def build(course: CourseFolder, server: Server) -> Callable[..., BuildReport]:
    """Builds a course of two sources in the worker behind the socket."""
    course.add("intro/one.shout", "one\n")
    course.add("loops/two.shout", "two\n")

    def build(**options: Any) -> BuildReport:
        return course.build(executors=(f"socket://{server.socket.parent}",), **options)

    return build


def test_unchanged_build_asks_nobody(build: Callable[..., BuildReport], server: Server) -> None:
    server.start("shout elsewhere")
    assert build().ok
    server.stop()
    report = build()
    assert set(outcomes(report).values()) == {Outcome.SKIPPED}, messages(report)


def test_deleted_output_restored_without_asking(
    build: Callable[..., BuildReport], server: Server, course: CourseFolder
) -> None:
    server.start("shout elsewhere")
    build()
    server.stop()
    for path in course.outputs():
        if path.endswith("one.txt"):
            (course.path / "output" / path).unlink()
    assert outcomes(build())["one.shout"] is Outcome.CACHED


def test_job_to_run_shows_other_tools(
    build: Callable[..., BuildReport], server: Server, course: CourseFolder
) -> None:
    server.start("shout elsewhere")
    build()
    server.stop()
    server.start("shout newer")
    assert set(outcomes(build()).values()) == {Outcome.SKIPPED}
    course.add("intro/one.shout", "changed\n")
    assert set(outcomes(build()).values()) == {Outcome.BUILT}


def test_dry_run_uses_their_tools(build: Callable[..., BuildReport], server: Server) -> None:
    server.start("shout elsewhere")
    first = build(dry_run=True)
    assert "the workers for 'shout' were not asked for their tools yet" in messages(first)
    build()
    server.stop()
    report = build(dry_run=True)
    assert report.ok and not report.problems, messages(report)
    assert all(action.name == "SKIP" for action in report.to_do)
