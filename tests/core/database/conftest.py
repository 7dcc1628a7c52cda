"""Fixtures for the tests of the databases."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from queue_machine import machine_for

from clm.database.cache.results import ResultsCache
from clm.database.queue.job_queue import JobQueue


def load(name: str, path: Path) -> ModuleType:
    """Loads a module from a file outside the import path."""
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
def machine(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Creates the state machine; keyword arguments replace parts of it."""
    return partial(machine_for, tmp_path_factory.mktemp("machine"))


class Clock:
    """A clock that only moves when a test sets it."""

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
def cache(tmp_path: Path) -> Iterator[ResultsCache]:
    with ResultsCache(tmp_path / "clm_cache.db") as opened:
        yield opened
