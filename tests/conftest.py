"""Courses, and the plugin whose converters do what their sources say."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from course_folder import CourseFolder
from held_job import HeldJob
from hypothesis import settings

from clm.testing.installing import load_only, put_on_path, write_metadata

pytest_plugins = [
    "clm.testing",
    "browser_fixtures",
    "engine_fixtures",
    "fault_tallies",
    "two_processes",
]

# How long an example takes says more about the machine than about the code.
settings.register_profile("random", deadline=None)
# What decides about a change is the same for each change: examples drawn by chance do not.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "random"))

_SUPPORT = Path(__file__).parent / "support"
_SHOUT = _SUPPORT / "clm-plugin-shout" / "src"


@pytest.fixture(scope="session", autouse=True)
def inner_pytest_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs of pytest within tests share no folder: each removes what older runs have left there."""
    tmp_path_factory.getbasetemp()  # made first, so that this run's own folders are not there
    with tempfile.TemporaryDirectory(prefix="clm-pytest-") as folder:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
        yield
    del os.environ["PYTEST_DEBUG_TEMPROOT"]


@pytest.fixture
def shout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Puts the plugin `shout` on the path of this and all started processes, and no other."""
    site = tmp_path / "site"
    write_metadata(site, "clm-plugin-shout", "1.0", {"shout": "clm_plugin_shout.plugin"})
    put_on_path(monkeypatch, _SHOUT, site)
    load_only(monkeypatch, ["shout"])
    monkeypatch.delenv("CLM_DB_PATH", raising=False)
    return site


@pytest.fixture
def new_course(tmp_path: Path, shout: Path) -> Iterator[Callable[[str], CourseFolder]]:
    """Makes empty courses in folders of the given names."""
    made: list[CourseFolder] = []

    def make(name: str) -> CourseFolder:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        made.append(CourseFolder(folder))
        return made[-1]

    yield make
    for course in made:
        course.stop_all()


@pytest.fixture
def course(new_course: Callable[[str], CourseFolder]) -> CourseFolder:
    return new_course("course")


@pytest.fixture
def held(tmp_path: Path) -> HeldJob:
    """A job that waits for the test."""
    return HeldJob(tmp_path / "held")
