"""Engines of the echo plugin, as processes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pipe_engines import ENGINE, Client, MakeJob

from clm.database.cache.results import ResultsCache
from clm.jobs.envelope import dump_payload
from clm.jobs.key import digest_bytes
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import fingerprint_of
from clm.testing.echo_plugin import EchoPayload
from clm.testing.installing import load_only, put_on_path, write_metadata
from clm.workers.pipe.client import EngineClient
from clm.workers.pipe.streams import CommandStream


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ResultsCache]:
    with ResultsCache(tmp_path / "cache.db") as cache:
        yield cache


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginRegistry:
    """The echo plugin, installed for this process and its children."""
    site = tmp_path / "site"
    write_metadata(site, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
    put_on_path(monkeypatch, site)
    load_only(monkeypatch, ["echo"])
    return PluginRegistry.load()


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


@pytest.fixture
def job(echo: PluginRegistry, tmp_path: Path) -> MakeJob:
    """Makes echo jobs with one output `out`; `inputs` are the contents of files by name."""

    def make(
        text: str = "", *, inputs: dict[str, bytes] | None = None, **payload: object
    ) -> ResolvedJob:
        found = []
        for name, data in (inputs or {}).items():
            path = tmp_path / f"input-{digest_bytes(data)[:8]}"
            path.write_bytes(data)
            found.append(ResolvedInput(name, digest_bytes(data), path))
        return ResolvedJob(
            job_type="echo",
            envelope=dump_payload(echo.job_type("echo"), EchoPayload(text, **payload)),
            fingerprint=fingerprint_of(echo, "echo"),
            inputs=tuple(found),
            outputs=("out",),
            source="course/x",
            correlation_id="test",
        )

    return make
