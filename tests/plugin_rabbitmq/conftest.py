"""A real broker for all tests, and workers that are connected to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from broker_workers import BrokerWorkers
from course_folder import CourseFolder
from rabbitmq_broker import RabbitmqBroker

from clm.backends.api import BackendContext
from clm.backends.paths import ClmPaths
from clm.plugins import PluginRegistry
from clm.testing.backends import Bench
from clm.testing.installing import load_only, put_on_path, write_metadata


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitmqBroker]:
    """A broker that no test stops."""
    started = RabbitmqBroker(tmp_path_factory.mktemp("broker") / "server")
    try:
        started.start()
        yield started
    finally:
        started.close()


@pytest.fixture(scope="session")
def echo_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of workers with the plugin `echo`."""
    site = tmp_path_factory.mktemp("echo-site")
    write_metadata(site, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
    path = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(path), "CLM_LOAD_PLUGINS": "echo,rabbitmq"}


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shared cache of the workers for `echo`."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="session")
def echo_workers(
    broker: RabbitmqBroker,
    echo_environment: dict[str, str],
    shared_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrokerWorkers]:
    """Two workers for `echo`, which no test stops."""
    log = tmp_path_factory.mktemp("echo-workers") / "workers.log"
    environment = echo_environment | {"CLM_SHARED_CACHE": str(shared_folder)}
    workers = BrokerWorkers(broker.url, log, environment)
    try:
        workers.start()
        yield workers
    finally:
        workers.stop()


@pytest.fixture
def start_workers(tmp_path: Path) -> Iterator[Callable[..., BrokerWorkers]]:
    """Starts workers that end with the test."""
    started: list[BrokerWorkers] = []

    def start(url: str, **options: object) -> BrokerWorkers:
        log = tmp_path / f"workers-{len(started)}.log"
        workers = BrokerWorkers(url, log, **options)  # type: ignore[arg-type]
        started.append(workers)
        workers.start()
        return workers

    yield start
    for workers in started:
        workers.stop()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[RabbitmqBroker]:
    """A broker that the test may stop, started."""
    started = RabbitmqBroker(tmp_path / "own-broker")
    try:
        started.start()
        yield started
    finally:
        started.close()


@pytest.fixture
def bench(tmp_path: Path, broker: RabbitmqBroker, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The backend with the plugin `echo`, beside the broker."""
    site = tmp_path / "site"
    write_metadata(site, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
    put_on_path(monkeypatch, site)
    load_only(monkeypatch, ["echo"])
    monkeypatch.setenv("CLM_BROKER", broker.url)
    paths = ClmPaths.of_folder(tmp_path / ".clm")
    paths.create()
    plugins = PluginRegistry.load()
    context = BackendContext(plugins, paths, observer=None, jobs=2)  # type: ignore[arg-type]
    return Bench(tmp_path, "clm_plugin_rabbitmq.backend:RabbitmqBackend", context)


@pytest.fixture
def far_course(course: CourseFolder, monkeypatch: pytest.MonkeyPatch) -> CourseFolder:
    """A course of the plugin `shout`, to be built by workers elsewhere."""
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,rabbitmq")
    return course
