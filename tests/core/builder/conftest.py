"""Fixtures for planning courses with given job types."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from deck_plans import DECK, DRAWING, MODULE, PlanOf
from registries import registry_of

from clm import JobType
from clm.builder.digests import FileDigests
from clm.builder.options import BuildFilter
from clm.builder.output.record import OutputsRecord
from clm.builder.plan import BuildPlan
from clm.builder.planning.planner import plan_build
from clm.builder.planning.topics.topic_plans import TopicPlans
from clm.course.course import Course
from clm.course.syntax.reader import load_spec


@pytest.fixture
def plan_of(tmp_path: Path) -> PlanOf:
    """Plans a course with these files (topic/name), by default with the types DECK and DRAWING.

    The topics default to those of the files.
    """

    def make(
        *files: str,
        types: Iterable[JobType] = (DECK, DRAWING),
        more: str = "",
        sections: str = "",
        topics: Iterable[str] = (),
        only: tuple[str, ...] = (),
        formats: tuple[str, ...] = (),
        kinds: tuple[str, ...] = (),
        targets: tuple[str, ...] = (),
        topic_plans: TopicPlans | None = None,
    ) -> BuildPlan:
        for file in files:
            topic, _, name = file.partition("/")
            path = tmp_path / MODULE / f"topic_100_{topic}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
        names = dict.fromkeys(topics or (file.partition("/")[0] for file in files))
        spec = tmp_path / "course.yaml"
        spec.write_text(
            "name: {de: Kurs, en: Course}\n"
            "sections:\n"
            f"  - {{name: {{de: W, en: W}}, topics: [{', '.join(names)}]}}\n{sections}{more}"
        )
        wanted = BuildFilter(targets, kinds=kinds, formats=formats, only=only)
        with OutputsRecord(tmp_path / "outputs.db") as record:
            course = Course.load(load_spec(spec))
            plugins = registry_of(*types)
            return plan_build(course, plugins, FileDigests(record), wanted, topic_plans)

    return make


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes files with `locked` in their names unreadable, also for root."""
    digest = FileDigests.digest

    def refuse(self: FileDigests, path: Path) -> str:
        if "locked" in path.name:
            raise PermissionError(13, "Permission denied", str(path))
        return digest(self, path)

    monkeypatch.setattr(FileDigests, "digest", refuse)
