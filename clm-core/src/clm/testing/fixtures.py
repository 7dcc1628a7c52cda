"""Fixtures of the test kit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from clm.plugins import PluginRegistry
from clm.testing.conduct import Conduct, ObservedConduct, ended_processes
from clm.testing.conversions import Conversion, Converter, never
from clm.testing.course_project import CourseProject
from clm.testing.faults import Fault, Faults, inject
from clm.testing.installing import load_only
from clm.testing.samples import Sample
from clm.testing.surroundings import Surroundings, empty_surroundings

MakeProject = Callable[..., CourseProject]
RunJob = Callable[..., Conversion]
RunJobs = Callable[..., list[Conversion]]
InjectFaults = Callable[..., Faults]


@pytest.fixture
def course_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeProject:
    """Create courses: `course_project({"intro/one.shout": "hello"}).build()`.

    `settings` maps plugins to their settings, `more_spec` is YAML that is appended to the course
    spec. With `plugins` only plugins with these names and CLM's own are loaded; without,
    all that are installed. Name those for decks, too, if the course has decks, since formats, and
    so the outputs that pictures are delivered to, are those of the plugins that are loaded.
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
def run_jobs(tmp_path: Path) -> Iterator[RunJobs]:
    """Run all jobs of a type without a queue: `run_jobs("shout", {"intro/one.shout": "hello"})`.

    The jobs are planned as in a build of a course with these files, `settings` of the plugin and
    `more_spec`. Returns a list of `Conversion`, in the order of the plan.
    """
    converter = Converter(tmp_path / "jobs", PluginRegistry.load())

    def run(
        job_type: str,
        files: Mapping[str, str | bytes],
        *,
        settings: Mapping[str, Any] | None = None,
        more_spec: str = "",
        is_cancelled: Callable[[], bool] = never,
    ) -> list[Conversion]:
        sample = Sample(files, settings or {}, more_spec)
        return converter.convert(sample, job_type, is_cancelled=is_cancelled)

    yield run
    converter.close()


@pytest.fixture
def run_job(run_jobs: RunJobs) -> RunJob:
    """Run one job like `run_jobs`; there must be exactly one of that type.

    Returns a `Conversion`.
    """

    def run(job_type: str, files: Mapping[str, str | bytes], **options: Any) -> Conversion:
        conversions = run_jobs(job_type, files, **options)
        assert len(conversions) == 1, f"{len(conversions)} jobs instead of one"
        return conversions[0]

    return run


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


@pytest.fixture(scope="class")
def clm_conduct(
    request: pytest.FixtureRequest,
    clm_converter: Converter,
    tmp_path_factory: pytest.TempPathFactory,
) -> ObservedConduct:
    """What the converters of a contract class did while they converted all samples."""
    contract = request.cls()
    folder = tmp_path_factory.mktemp("conduct").resolve()
    before = psutil.Process().children(recursive=True)
    with empty_surroundings() as surroundings:
        temporary = surroundings.temporary.resolve()
        conduct = Conduct([folder, temporary])
        own = Converter(folder, clm_converter.plugins)
        try:
            name = contract.job_type or contract.plugin
            own.worker(name).around = conduct.watched
            for sample in contract.samples:
                own.convert(sample, name)
        finally:
            own.close()
        leaked = ended_processes(before)
        jobs = [str(job) for work in folder.glob("*/work") for job in work.iterdir()]
        return ObservedConduct(conduct, (*surroundings.left(), *jobs), tuple(leaked))
