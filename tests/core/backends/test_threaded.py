"""Threads of a backend that outlive their build."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clm.backends import threaded
from clm.backends.api import BackendContext, BackendRunner, RunJobs, ThreadedBackend
from clm.backends.paths import ClmPaths
from clm.jobs.request import JobRequest, OutputSpec
from clm.plugins import PluginRegistry
from clm.testing.echo_plugin import EchoPayload
from clm.testing.installing import load_only, put_on_path, write_metadata
from clm.testing.queued import submitted
from clm.workers.job_runner import Failure


class Blocked(BackendRunner):
    """Ignores that its job is cancelled."""

    started = threading.Event()
    released = threading.Event()

    def do(self, job: Any, is_cancelled: Callable[[], bool], progress: Any) -> Failure:
        self.started.set()
        self.released.wait(20)
        return Failure(())


class Backend(ThreadedBackend):
    def new_runner(self) -> Blocked:
        return Blocked(self.context)


def test_late_thread_ends_quietly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_metadata(tmp_path, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
    put_on_path(monkeypatch, tmp_path)
    load_only(monkeypatch, ["echo"])
    monkeypatch.setattr(threaded, "_GRACE_SECONDS", 0)
    failed: list[object] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    paths = ClmPaths.of_folder(tmp_path / ".clm")
    paths.create()
    plugins = PluginRegistry.load()
    backend = Backend(BackendContext(plugins, paths, None, jobs=1))  # type: ignore[arg-type]
    request = JobRequest("a", "echo", EchoPayload("a"), "a", (), (OutputSpec("out"),))

    async def interrupted() -> None:
        async with backend:
            await backend.execute_operation(RunJobs((submitted(request, plugins),)))
            await asyncio.to_thread(Blocked.started.wait, 20)

    asyncio.run(interrupted())
    Blocked.released.set()
    for thread in threading.enumerate():
        if thread.name.endswith("(_serve)"):
            thread.join(20)
    assert failed == []
