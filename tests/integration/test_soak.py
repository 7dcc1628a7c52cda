"""Soak test: many jobs while workers are killed every second, without loss or growth.

`CLM_SOAK_JOBS` sets the number of jobs (few by default; 100,000 for a full run). Run it with `-s`
to see its figures.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from attrs import define, field, frozen

from clm import FileInput, JobRequest, OutputSpec
from clm.backends.backend import BackendContext, EndedJob, JobObserver, RunJobs
from clm.backends.paths import ClmPaths
from clm.backends.sqlite import SqliteBackend
from clm.jobs.envelope import dump_payload
from clm.jobs.key import digest_bytes
from clm.jobs.resolved import ResolvedInput
from clm.jobs.status import JobStatus
from clm.jobs.submitted import SubmittedJob
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import fingerprint_of

pytestmark = [pytest.mark.slow, pytest.mark.faults]

JOBS = int(os.environ.get("CLM_SOAK_JOBS", "3000"))
WAVES = 20
WORKERS = 4
GROWTH_BYTES = 16_000_000  # growth of the allocator's memory, regardless of the number of jobs
GROWTH_HANDLES = 10


@define
class Ends(JobObserver):
    """Counts the ends of jobs by request id; `expected` holds the expected digests."""

    expected: dict[str, str] = field(factory=dict)
    reported: Counter[str] = field(factory=Counter)
    wrong: list[str] = field(factory=list)
    ended: int = 0

    def expect(self, digests: dict[str, str]) -> None:
        self.expected = digests
        self.reported.clear()

    def job_started(self, request: JobRequest) -> None:
        pass

    async def job_ended(self, end: EndedJob) -> None:
        self.ended += 1
        self.reported[end.request.id] += 1
        got = end.result.outputs["text"] if end.result else None
        if end.status is not JobStatus.COMPLETED or got != self.expected[end.request.id]:
            self.wrong.append(f"{end.request.id}: {end.status}, {end.diagnostics}")


class Killer(threading.Thread):
    """Kills a worker that is running a job, every second.

    Starting workers are spared: a pool whose workers die repeatedly before their first job is
    broken by design.
    """

    def __init__(self, jobs_db: Path) -> None:
        super().__init__(daemon=True)
        self.kills = 0
        self._jobs_db = jobs_db
        self._chance = random.Random(6)
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(1.0):
            busy = self._busy_pids()
            with suppress(psutil.Error):
                if busy:
                    psutil.Process(self._chance.choice(busy)).kill()
                    self.kills += 1

    def _busy_pids(self) -> list[int]:
        own = {process.pid for process in workers()}
        with closing(sqlite3.connect(self._jobs_db, timeout=30)) as queue:
            rows = queue.execute(
                "SELECT w.pid FROM jobs j JOIN workers w ON w.id = j.worker_id "
                "WHERE j.status = 'processing' AND j.collected = 0"
            ).fetchall()
        return [pid for (pid,) in rows if pid in own]

    def stop(self) -> None:
        self._done.set()
        self.join()


def workers() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children():
        with suppress(psutil.Error):
            if "clm.workers.worker.process" in process.cmdline():
                found.append(process)
    return found


@frozen
class Figures:
    """Resources of the building process, and its progress."""

    jobs: int
    resident_bytes: int
    handles: int
    threads: int
    kills: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.jobs:>7} jobs, {self.seconds:6.1f} s: {self.resident_bytes / 1e6:6.1f} MB, "
            f"{self.handles} handles, {self.threads} threads; {self.kills} workers killed"
        )


def figures(jobs: int, kills: int, started: float) -> Figures:
    own = psutil.Process()
    handles = own.num_handles() if sys.platform == "win32" else own.num_fds()
    seconds = time.monotonic() - started
    return Figures(jobs, own.memory_info().rss, handles, own.num_threads(), kills, seconds)


def wave(folder: Path, number: int, size: int, plugins: PluginRegistry) -> Iterator[SubmittedJob]:
    """Jobs with the ids of the previous wave and changed sources, as in a long session that
    rebuilds a course."""
    fingerprint = fingerprint_of(plugins, "shout")
    payload_of = plugins.job_type("shout").payload
    for index in range(size):
        name = f"{index}.shout"
        path = folder / name
        path.write_bytes(text(number, index))
        digest = digest_bytes(text(number, index))
        request = JobRequest(
            id=f"shout:{name}",
            job_type="shout",
            payload=payload_of(name),
            source=name,
            inputs=(FileInput(name, path, digest),),
            outputs=(OutputSpec("text"),),
            max_attempts=20,  # its worker may be killed repeatedly
        )
        envelope = dump_payload(plugins.job_type("shout"), request.payload)
        inputs = (ResolvedInput(name, digest, path),)
        yield SubmittedJob(request, envelope, fingerprint, inputs, f"{number}-{index}")


def text(number: int, index: int) -> bytes:
    return f"wave {number}, job {index}\n".encode()


async def run(paths: ClmPaths, folder: Path, ends: Ends) -> list[Figures]:
    plugins = PluginRegistry.load()
    size = JOBS // WAVES
    seen: list[Figures] = []
    killer, started = Killer(paths.jobs_db), time.monotonic()
    context = BackendContext(plugins, paths, ends, jobs=WORKERS, keep_workers=True)
    async with SqliteBackend(context) as backend:
        killer.start()
        try:
            for number in range(WAVES):
                jobs = tuple(wave(folder, number, size, plugins))
                ends.expect(
                    {
                        job.request.id: digest_bytes(text(number, index).upper())
                        for index, job in enumerate(jobs)
                    }
                )
                await backend.execute_operation(RunJobs(jobs))
                await backend.wait_for_completion()
                assert ends.reported == Counter(job.request.id for job in jobs)
                if number + 1 in (WAVES // 10, WAVES // 2, WAVES):
                    seen.append(figures((number + 1) * size, killer.kills, started))
        finally:
            killer.stop()
    return seen


def test_no_loss_or_growth(tmp_path: Path, shout: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    paths = ClmPaths.of(tmp_path / "course.yaml")
    paths.create()
    ends = Ends()

    early, half, late = asyncio.run(run(paths, folder, ends))
    sys.stdout.write(f"\n{early}\n{half}\n{late}\n")

    assert ends.wrong == []
    assert ends.ended == late.jobs
    assert late.kills > 0
    with closing(sqlite3.connect(paths.jobs_db)) as queue:
        states = queue.execute("SELECT status, count(*), sum(token) FROM jobs GROUP BY status")
        ((status, jobs, claims),) = states.fetchall()
    assert (status, jobs) == ("completed", late.jobs)
    sys.stdout.write(f"{claims} claims for {jobs} jobs\n")
    with closing(sqlite3.connect(paths.cache_db)) as cache:
        assert cache.execute("SELECT count(*) FROM results_cache").fetchone() == (late.jobs,)
    assert late.resident_bytes - early.resident_bytes < GROWTH_BYTES
    assert late.handles - early.handles < GROWTH_HANDLES
    assert workers() == []
