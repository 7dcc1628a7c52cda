"""Fixtures for tests of the pool manager, and jobs of the echo plugin."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from fake_workers import BUILD, Clock, Executor, Pools, PoolsOf, plugins
from pipe_engines import MakeJob
from stub_jobs import JOB_TYPE, StubWorker

from clm import Job
from clm.database.cache.results import ResultsCache
from clm.database.queue import registry
from clm.database.queue.job_queue import JobQueue
from clm.jobs.envelope import dump_payload
from clm.jobs.key import digest_bytes
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import fingerprint_of
from clm.testing.echo_plugin import EchoPayload
from clm.testing.installing import load_only, put_on_path, write_metadata
from clm.workers.job_runner import JobRunner
from clm.workers.pool import manager as pool_manager
from clm.workers.pool.manager import PoolManager
from clm.workers.worker.options import WorkerOptions


@pytest.fixture
def pools_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PoolsOf]:
    """Creates the pools of a build; `more` are further arguments of `PoolManager`."""
    queue = JobQueue(tmp_path / "queue.db")
    clock = Clock()
    monkeypatch.setattr(pool_manager, "time", clock)
    monkeypatch.setattr(registry, "time", clock)
    made: list[Pools] = []

    def make(
        *, limit: int = 2, pool_size: int | None = None, lease: float = 30.0, **more: Any
    ) -> Pools:
        exits = threading.Semaphore(0)
        executor = Executor()
        options = WorkerOptions(
            "", BUILD, "", "", queue.path, tmp_path, tmp_path, "", lease_seconds=lease
        )
        manager = PoolManager(
            plugins(pool_size), executor, queue, options, limit, exits.release, **more
        )
        made.append(Pools(queue, manager, executor, exits, clock))
        return made[-1]

    yield make
    for pools in made:
        pools.manager.stop(grace_seconds=0)
    queue.close()


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginRegistry:
    """The echo plugin, installed for this process and its children."""
    site = tmp_path / "site"
    write_metadata(site, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
    put_on_path(monkeypatch, site)
    load_only(monkeypatch, ["echo"])
    return PluginRegistry.load()


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


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ResultsCache]:
    with ResultsCache(tmp_path / "cache.db") as cache:
        yield cache


@pytest.fixture
def runner_of(cache: ResultsCache, tmp_path: Path) -> Callable[..., JobRunner]:
    def make(do: Callable[[Job], Any], **changes: Any) -> JobRunner:
        runner = JobRunner(JOB_TYPE, StubWorker(do), cache, tmp_path / "work" / "here")
        return evolve(runner, **changes)

    return make
