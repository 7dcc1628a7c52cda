"""Courses that are planned with job types of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from attrs import evolve

from clm import JobType
from clm.build.digests import FileDigests
from clm.build.options import BuildFilter
from clm.build.outputs_record import OutputsRecord
from clm.build.plan import BuildPlan
from clm.build.planner import plan_build
from clm.course.course import Course
from clm.course.reader import load_spec
from clm.plugins import LoadedPlugin, PluginRegistry, PluginStatus

SLIDES = "slides/module_100_m"


@pytest.fixture
def plan_course(tmp_path: Path) -> Callable[..., BuildPlan]:
    """Plans a course of topics `a` and `b` with these files (topic/name) and job types."""

    def make(
        *files: str,
        types: Iterable[JobType],
        more: str = "",
        sections: str = "",
        topics: Iterable[str] = (),
        only: tuple[str, ...] = (),
        formats: tuple[str, ...] = (),
    ) -> BuildPlan:
        for file in files:
            topic, _, name = file.partition("/")
            path = tmp_path / SLIDES / f"topic_100_{topic}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
        names = dict.fromkeys(topics or (file.partition("/")[0] for file in files))
        spec = tmp_path / "course.yaml"
        spec.write_text(
            "name: {de: Kurs, en: Course}\n"
            "sections:\n"
            f"  - {{name: {{de: W, en: W}}, topics: [{', '.join(names)}]}}\n{sections}{more}"
        )
        found = PluginRegistry.load({}, [])
        by_name = {job_type.name: job_type for job_type in types}
        owner = LoadedPlugin("test", "clm-test", "1", PluginStatus.OK, found=None)  # type: ignore[arg-type]
        owner = evolve(owner, job_types=tuple(by_name))
        plugins = evolve(found, plugins=(owner,), job_types=by_name)
        wanted = BuildFilter(only=only, formats=formats)
        with OutputsRecord(tmp_path / "outputs.db") as record:
            course = Course.load(load_spec(spec))
            return plan_build(course, plugins, FileDigests(record), wanted)

    return make
