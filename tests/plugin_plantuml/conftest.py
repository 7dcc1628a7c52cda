"""A worker with one JVM for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from plantuml_topic import Topic

from clm_plugin_plantuml.worker import PlantUmlWorker


@pytest.fixture(scope="session")
def worker() -> Iterator[PlantUmlWorker]:
    worker = PlantUmlWorker()
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def topic(tmp_path: Path, worker: PlantUmlWorker) -> Topic:
    return Topic(tmp_path, worker)
