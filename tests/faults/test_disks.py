"""Full disks: small mounted ones, which are enlarged between builds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder
from fault_tally import Tally
from small_disk import SmallDisks

from clm.database.cache.results import ResultsCache
from clm.database.queue.job_queue import JobQueue
from clm.workers.worker.options import EXIT_DISK_FULL, WorkerOptions

pytestmark = pytest.mark.faults

Mount = Callable[[Path, str], None]

_FILES = {f"intro/{n}.shout": f"text {n} " * 20_000 for n in range(8)} | {
    "intro/small.shout": "small",
    "intro/data.csv": "1,2\n" * 100_000,
}
# The messages of the system and of SQLite.
_FULL = ("No space left on device", "disk is full", "disk I/O error")


@pytest.fixture
def mount(disks: SmallDisks) -> Mount:
    """Mounts a disk of a given size at a folder, or resizes the mounted one."""

    def mount(folder: Path, size: str) -> None:
        disks.mount(folder, size)
        if disks.missing:
            pytest.skip(disks.missing)

    return mount


def _filled(course: CourseFolder) -> CourseFolder:
    for name, text in _FILES.items():
        course.add(name, text)
    return course


# Sizes at which the disk is full early or late, in the outputs, the cache or the queue.
@pytest.mark.parametrize(
    ("place", "size"),
    [("output", "1500k"), ("output", "100k"), (".clm", "300k"), (".clm", "200k"), (".clm", "40k")],
)
def test_build_resumes_after_full_disk(
    new_course: Callable[[str], CourseFolder],
    tmp_path: Path,
    mount: Mount,
    tally: Tally,
    place: str,
    size: str,
) -> None:
    clean = _filled(new_course("clean"))
    assert clean.build().ok
    expected = clean.outputs()
    course = new_course("course")
    mount(course.path / place, size)
    _filled(course)

    tally.injected += 1
    code, out, err = course.start().finish()

    assert code == 1, (out, err)
    assert any(words in err for words in _FULL), (out, err)
    assert "Traceback" not in out + err
    for path, data in course.outputs().items():
        assert data == expected[path], f"{path} is incomplete"

    mount(course.path / place, "50m")
    code, out, err = course.start().finish()

    assert code == 0, (out, err)
    assert course.outputs() == expected
    assert course.job_folders() == []
    tally.survived += 1


def test_full_disk_spares_other_jobs(
    new_course: Callable[[str], CourseFolder], mount: Mount, tally: Tally
) -> None:
    course = new_course("course")
    mount(course.path / "output", "300k")
    course.add("intro/large.shout", "text " * 200_000)
    course.add("intro/small.shout", "small")

    tally.injected += 1
    code, out, err = course.start(jobs=1).finish()

    assert code == 1, (out, err)
    assert course.texts("small.txt") == {"SMALL"}
    assert course.texts("large.txt") <= {"TEXT " * 200_000}
    tally.survived += 1


def test_worker_tells_of_full_disk(
    tmp_path: Path, mount: Mount, disks: SmallDisks, tally: Tally
) -> None:
    own = tmp_path / ".clm"
    mount(own, "10m")
    queue, cache = own / "clm_jobs.db", own / "clm_cache.db"
    options = WorkerOptions("w", "b", "t", "local", queue, cache, own / "work", "127.0.0.1:9")
    command = [sys.executable, "-m", "clm.workers.worker.process", options.to_json()]
    with JobQueue(queue), ResultsCache(cache):
        for journal in own.glob("*-journal"):
            journal.unlink()  # a kept one has room for changes of pages that it has had
        disks.fill(own)
        tally.injected += 1
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert worker.stderr is not None
        with worker:
            err = worker.stderr.read()

    assert worker.returncode == EXIT_DISK_FULL
    assert "disk is full" in err
    assert "Traceback" not in err
    tally.survived += 1


def test_full_temp_disk_tolerated(
    course: CourseFolder, tmp_path: Path, mount: Mount, tally: Tally
) -> None:
    temporary = tmp_path / "t"
    mount(temporary, "4k")
    (temporary / "full").write_bytes(b"x" * os.statvfs(temporary).f_bavail * 4096)
    course.add("intro/one.shout", "x")

    tally.injected += 1
    code, out, err = course.start(environ={"TMPDIR": str(temporary)}).finish()

    assert (code, err) == (0, ""), out
    assert course.texts("one.txt") == {"X"}
    tally.survived += 1
