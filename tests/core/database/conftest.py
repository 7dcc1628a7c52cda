"""What the tests of the databases share."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from clm.database.cache import DatabaseManager
from clm.database.job_queue import JobQueue

HERE = Path(__file__).parent


def load(name: str, path: Path) -> ModuleType:
    """The module in a file that is on nobody's path."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def load_module() -> Callable[[str, Path], ModuleType]:
    return load


@pytest.fixture(scope="session")
def machine_for(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Any]:
    """Makes the state machine for a class of queue."""
    module = load("clm_tests_queue_machine", HERE / "queue_machine.py")
    folder = tmp_path_factory.mktemp("machine")
    return lambda queue_class: module.machine_for(queue_class, folder)


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(tmp_path: Path, clock: Clock) -> Iterator[JobQueue]:
    with JobQueue(tmp_path / "clm_jobs.db", clock=clock) as opened:
        yield opened


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[DatabaseManager]:
    with DatabaseManager(tmp_path / "clm_cache.db") as opened:
        yield opened
