"""Fixtures of the test kit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from clm.plugins import PluginRegistry
from clm.testing.conversions import Conversion, Converter, never
from clm.testing.course_project import CourseProject
from clm.testing.faults import Fault, Faults, inject
from clm.testing.installing import load_only
from clm.testing.samples import Sample
from clm.testing.surroundings import Surroundings, empty_surroundings

MakeProject = Callable[..., CourseProject]
RunJob = Callable[..., Conversion]
InjectFaults = Callable[..., Faults]


@pytest.fixture
def course_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeProject:
    """Create courses: `course_project({"intro/one.shout": "hello"}).build()`.

    `settings` maps plugins to their settings, `more_spec` is YAML that is appended to the course
    spec. With `plugins` only plugins with these names and CLM's own are loaded.
    """
    made: list[CourseProject] = []

    def make(
        files: Mapping[str, str | bytes],
        *,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        more_spec: str = "",
        plugins: Sequence[str] = (),
        backend: str = "inline",
    ) -> CourseProject:
        monkeypatch.delenv("CLM_DB_PATH", raising=False)
        if plugins:
            load_only(monkeypatch, plugins)
        folder = tmp_path / f"course-{len(made) + 1}"
        made.append(CourseProject(folder, more_spec, settings or {}, backend))
        for name, text in files.items():
            made[-1].add(name, text)
        return made[-1]

    return make


@pytest.fixture
def run_job(tmp_path: Path) -> Iterator[RunJob]:
    """Run one job without a queue: `run_job("shout", {"intro/one.shout": "hello"})`.

    The job is planned as in a build of a course with these files, `settings` of the plugin and
    `more_spec`; there must be exactly one job of that type. Returns a `Conversion`.
    """
    converter = Converter(tmp_path / "jobs", PluginRegistry.load())

    def run(
        job_type: str,
        files: Mapping[str, str | bytes],
        *,
        settings: Mapping[str, Any] | None = None,
        more_spec: str = "",
        is_cancelled: Callable[[], bool] = never,
    ) -> Conversion:
        sample = Sample(files, settings or {}, more_spec)
        conversions = converter.convert(sample, job_type, is_cancelled=is_cancelled)
        assert len(conversions) == 1, f"{len(conversions)} jobs instead of one"
        return conversions[0]

    yield run
    converter.close()


@pytest.fixture
def inject_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InjectFaults:
    """Inject faults into conversions of a job type: `inject_faults("shout", "crash-after")`.

    The faults apply to the first conversions, in order; see `Fault`.
    """

    def inject_into(job_type: str, *faults: Fault | str) -> Faults:
        return inject(job_type, faults, tmp_path / "faults", monkeypatch)

    return inject_into


@pytest.fixture(scope="class")
def clm_converter(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Converter]:
    """The converter of a contract class, with the plugin and the plugins that it needs."""
    others = {k: v for k, v in os.environ.items() if k != "CLM_BLOCK_PLUGINS"}
    names = ",".join([request.cls.plugin, *request.cls.needs])
    plugins = PluginRegistry.load(others | {"CLM_LOAD_PLUGINS": names})
    converter = Converter(tmp_path_factory.mktemp("contract"), plugins)
    yield converter
    converter.close()


@pytest.fixture
def clm_surroundings() -> Iterator[Surroundings]:
    """Empty folders as the current folder and the folder for temporary files."""
    with empty_surroundings() as surroundings:
        yield surroundings
