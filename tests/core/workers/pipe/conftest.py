"""Engines of the echo plugin, as processes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pipe_engines import ENGINE, Client

from clm.database.cache.results import ResultsCache
from clm.plugins import PluginRegistry
from clm.workers.pipe.client import EngineClient
from clm.workers.pipe.streams import CommandStream


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ResultsCache]:
    with ResultsCache(tmp_path / "cache.db") as cache:
        yield cache


@pytest.fixture
def client(echo: PluginRegistry) -> Iterator[Client]:
    """Starts engines; a test may give another command, and further arguments of the client."""
    made: list[EngineClient] = []

    def make(*command: str, job_type: str = "echo", **options: object) -> EngineClient:
        made.append(EngineClient(CommandStream(command or ENGINE), job_type, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
