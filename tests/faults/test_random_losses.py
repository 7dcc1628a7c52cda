"""Losses at random moments of builds whose jobs run in containers, behind ssh or sockets, or on
the other side of a broker."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from attrs import frozen
from course_folder import ClmProcess, CourseFolder, until
from docker_engine import DockerEngine
from losses import (
    BUILDER,
    Loss,
    Place,
    containers,
    environment_of,
    far_workers,
    hit,
    marked,
    remote,
    sockets,
)
from losses_tally import LossTally
from ssh_server import ssh_server

from clm.testing.installing import load_only

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="POSIX signals"),
]

COUNT = 24
SECONDS = 3.0
ATTEMPTS = 6
# Longer than the promise of the documentation only if the machine is busy.
END_SECONDS = 10.0


@frozen
class Running:
    """A running build, and its end: the exit code and what it has written, read by a thread."""

    build: ClmProcess
    end: Future[tuple[int, str, str]]


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a short path, since sockets are in it."""
    folder = Path(tempfile.mkdtemp(prefix="clm-loss-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place(
    loss: Loss,
    request: pytest.FixtureRequest,
    short_folder: Path,
    shout: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:
    """The place of the loss; at its end nothing is left there."""
    mark, temporary = uuid.uuid4().hex, short_folder / "tmp"
    temporary.mkdir()
    load_only(monkeypatch, ["shout", "docker", "rabbitmq"])
    with ExitStack() as stack:
        if loss.place == "docker":
            yield containers(engine_with_image(request.getfixturevalue("docker"), shout))
        elif loss.place == "ssh":
            server = stack.enter_context(ssh_server(short_folder, environment_of(mark, temporary)))
            monkeypatch.setenv("PATH", str(server.client), prepend=":")
            yield remote(server.address, sys.executable, mark, temporary)
        elif loss.place == "socket":
            yield sockets(short_folder, mark, temporary, stack)
        else:
            yield far_workers(short_folder, mark, temporary, stack)
    until(lambda: not marked(mark), "the end of all processes")
    assert list(temporary.iterdir()) == []


def engine_with_image(engine: DockerEngine, site: Path) -> DockerEngine:
    """The engine with an image of the plugin `shout`, on that of the notebook plugin."""
    folder = site.parent / "image"
    source = Path(__file__).parents[1] / "support" / "clm-plugin-shout" / "src"
    shutil.copytree(source, folder / "site", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(site, folder / "site", dirs_exist_ok=True)
    (folder / "Dockerfile").write_text(
        "FROM clm-notebook:0.3.0\nCOPY site /opt/site\n"
        "ENV PYTHONPATH=/opt/site CLM_LOAD_PLUGINS=shout\n"
    )
    engine.docker("build", "--quiet", "--tag", "clm-shout:1.0", str(folder))
    return engine


def test_build_recovers_from_random_loss(
    loss: Loss,
    losses: LossTally,
    place: Place,
    new_course: Callable[[str], CourseFolder],
    short_folder: Path,
) -> None:
    own = short_folder / "own"
    own.mkdir()
    if not losses.expected:
        losses.expected = expected_outputs(new_course("inline"))
    course, run = hit_build(loss, place, new_course, own)
    losses.injected[loss.victim, loss.place] += 1
    if loss.victim == BUILDER:
        began = time.monotonic()
        await_end(run, place)
        losses.longest_end = max(losses.longest_end, time.monotonic() - began)
        assert all(data == losses.expected[name] for name, data in complete(course).items())
        run = start(course, place, own)
    check(run, course, losses.expected)
    await_end(run, place)
    assert list(own.iterdir()) == []
    assert course.job_folders() == []
    losses.survived[loss.victim, loss.place] += 1


def hit_build(
    loss: Loss, place: Place, new_course: Callable[[str], CourseFolder], own: Path
) -> tuple[CourseFolder, Running]:
    """A build that the loss has hit."""
    for attempt in range(ATTEMPTS):
        course = course_of_texts(new_course(f"course{attempt}"))
        run = start(course, place, own)
        if hit(loss, place, run.build, SECONDS / 2**attempt):
            return course, run
        run.end.result()
    raise AssertionError(f"no build lasted until {loss}")


def start(course: CourseFolder, place: Place, own: Path) -> Running:
    build = course.start("--json", *place.options, environ={"TMPDIR": str(own)})
    return Running(build, ThreadPoolExecutor(1).submit(build.finish, seconds=120))


def course_of_texts(course: CourseFolder) -> CourseFolder:
    for number in range(COUNT):
        course.add(f"intro/text{number}.shout", f"text {number}\n!burn 0.05\n")
    return course


def expected_outputs(course: CourseFolder) -> dict[str, bytes]:
    assert course_of_texts(course).build(backend="inline").ok
    return course.outputs()


def complete(course: CourseFolder) -> dict[str, bytes]:
    """The outputs without files that were being written."""
    return {n: data for n, data in course.outputs().items() if not n.endswith(".clm-tmp")}


def await_end(run: Running, place: Place) -> None:
    """Wait until nothing of the build is left, here and there."""
    run.end.result()
    until(lambda: not run.build.living() and not place.living(), "the end", seconds=END_SECONDS)


def check(run: Running, course: CourseFolder, expected: dict[str, bytes]) -> None:
    """Wait for the build: nothing is lost, and nothing counts twice."""
    code, out, err = run.end.result()
    assert code == 0, err
    assert course.outputs() == expected
    events = [json.loads(line) for line in out.splitlines()]
    ends = Counter(e["id"] for e in events if e["event"] == "job-finished")
    assert len(ends) == COUNT
    assert set(ends.values()) == {1}
