"""Damaged, removed and locked database files, between and during builds."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from clm_plugin_shout.orders import without_orders
from course_folder import CourseFolder, messages
from fault_tally import Tally
from held_job import HeldJob

pytestmark = pytest.mark.faults

_DATABASES = ("clm_jobs.db", "clm_cache.db", "clm_outputs.db")
_LOCKED_SECONDS = 40.0

Clean = Callable[[dict[str, str]], dict[str, bytes]]


def zero(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(bytes(size))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def overwrite_the_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xa5" * 4096)


def unlink(path: Path) -> None:
    path.unlink()


_DAMAGES = (zero, truncate, empty, overwrite_the_middle, unlink)


def _files(more: str = "") -> dict[str, str]:
    return {f"intro/{n}.shout": f"text {n} {more}" * 50 for n in range(6)} | {
        "intro/made.gen": f"generated {more}\n",
        "intro/one.shout": f"hello {more}\n!needs made.made\n",
    }


def _add(course: CourseFolder, files: dict[str, str]) -> None:
    for name, text in files.items():
        course.add(name, text)


@pytest.fixture(scope="session")
def known() -> dict[str, dict[str, bytes]]:
    """The outputs of clean builds, by their sources."""
    return {}


@pytest.fixture
def clean(new_course: Callable[[str], CourseFolder], known: dict[str, dict[str, bytes]]) -> Clean:
    def build(files: dict[str, str]) -> dict[str, bytes]:
        # Orders, which contain paths of this test, do not affect the outputs.
        key = str({name: without_orders(text) for name, text in files.items()})
        if key not in known:
            course = new_course("clean")
            _add(course, files)
            assert course.build().ok
            known[key] = course.outputs()
        return known[key]

    return build


@pytest.mark.parametrize("name", _DATABASES)
@pytest.mark.parametrize("damage", _DAMAGES)
def test_build_after_damage_matches_clean(
    course: CourseFolder,
    clean: Clean,
    tally: Tally,
    name: str,
    damage: Callable[[Path], None],
) -> None:
    expected = clean(_files("new"))
    _add(course, _files("old"))
    assert course.build().ok
    _add(course, _files("new"))

    damage(course.own / name)
    tally.injected += 1
    report = course.build()
    if not report.ok and name == "clm_cache.db":
        # Damage to a part of a large file is only detected when that part is read.
        assert "build again" in messages(report)
        report = course.build()

    assert report.ok, messages(report)
    assert course.outputs() == expected
    assert course.build().files_written == 0
    tally.survived += 1


@pytest.mark.skipif(os.name == "nt", reason="only POSIX can remove files in use")
@pytest.mark.parametrize("name", _DATABASES)
@pytest.mark.parametrize("damage", [zero, truncate, empty, unlink])
def test_damage_during_build_recovered(
    course: CourseFolder,
    clean: Clean,
    held: HeldJob,
    tally: Tally,
    name: str,
    damage: Callable[[Path], None],
) -> None:
    files = _files() | {"intro/wait.shout": held.source("wait")}
    _add(course, files)
    run = course.start()
    held.await_begin()

    damage(course.own / name)
    tally.injected += 1
    held.release()
    code, out, err = run.finish()

    assert code in (0, 1), (out, err)
    assert "Traceback" not in out + err
    assert run.living() == []
    report = course.build()
    assert report.ok, messages(report)
    assert course.outputs() == clean(files)
    assert course.job_folders() == []
    tally.survived += 1


def test_locked_databases_only_delay_build(
    course: CourseFolder, clean: Clean, held: HeldJob, tally: Tally
) -> None:
    files = _files() | {"intro/wait.shout": held.source("wait")}
    _add(course, files)
    run = course.start()
    held.await_begin()

    _lock_all(course.own, _LOCKED_SECONDS, locked=held.release)
    tally.injected += len(_DATABASES)
    code, out, err = run.finish(seconds=120)

    assert code == 0, (out, err)
    assert course.outputs() == clean(files)
    tally.survived += len(_DATABASES)


def _lock_all(folder: Path, seconds: float, locked: Callable[[], None]) -> None:
    """Locks all three databases for `seconds`."""
    with closing(sqlite3.connect(folder / _DATABASES[0], timeout=30)) as connection:
        for number, name in enumerate(_DATABASES[1:]):
            connection.execute(f"ATTACH ? AS d{number}", (str(folder / name),))
        connection.execute("BEGIN EXCLUSIVE")
        locked()
        threading.Event().wait(seconds)
        connection.execute("ROLLBACK")
