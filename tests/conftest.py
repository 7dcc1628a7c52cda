"""Courses, and the plugin whose converters do what their sources say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from course_folder import CourseFolder

_SUPPORT = Path(__file__).parent / "support"
_SHOUT = _SUPPORT / "clm-plugin-shout" / "src"


@pytest.fixture
def shout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Puts the plugin `shout` on the path of this and all started processes, and no other."""
    site = tmp_path / "site"
    info = site / "clm_plugin_shout-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: clm-plugin-shout\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[clm.plugins]\nshout = clm_plugin_shout.plugin\n")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), str(_SHOUT)]))
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout")
    monkeypatch.delenv("CLM_BLOCK_PLUGINS", raising=False)
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
