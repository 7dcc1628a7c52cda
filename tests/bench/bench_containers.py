"""Benchmark of jobs in containers of a real engine, beside workers of this machine; prints JSON.

    python tests/bench/bench_containers.py [--count 200]

Needs root, and `dockerd`. Seconds from the start of a worker's container to the end of its first
deck, and of the same deck without a container; milliseconds a job with 20 kB of inputs and 200 kB
of outputs that does nothing, from the submission of all jobs to the end of the last one, with one
worker that is warm.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from attrs import evolve

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from clm_program import CLM
from debian_base import import_base
from docker_engine import DockerEngine, running_engine
from engine_fixtures import build_image
from one_deck import deck

from clm.backends.api import BackendContext, RunJobs
from clm.backends.paths import ClmPaths
from clm.jobs.key import digest_bytes
from clm.jobs.request import FileInput, JobRequest, OutputSpec
from clm.plugins import PluginRegistry
from clm.testing.backends import Observer
from clm.testing.echo_plugin import EchoPayload
from clm.testing.installing import write_metadata
from clm.testing.queued import submitted
from clm.workers.import_string import resolve

WORKER = "clm.workers.worker.process"


def first_deck(folder: Path, executor: str, worker_began: Callable[[], float | None]) -> float:
    """Seconds from the start of the worker to the end of its first job."""
    spec = deck(folder, "print(1)")
    command = [*CLM, "build", str(spec), "--json", "--jobs", "1", "--executor", executor]
    began = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as build:
        while began is None and build.poll() is None:
            began = worker_began()
        assert build.stdout is not None
        for line in build.stdout:
            if '"job-finished"' in line and began is not None:
                return time.time() - began
    raise RuntimeError("no job has ended")


def container_began(engine: DockerEngine) -> float | None:
    """The time at which the engine was asked for the container."""
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or ()
        if "docker" in command and "run" in command and "--interactive" in command:
            return process.create_time()
    return None


def process_began() -> float | None:
    for process in psutil.process_iter(["cmdline"]):
        if WORKER in (process.info["cmdline"] or ()):
            return process.create_time()
    return None


def build_echo_image(engine: DockerEngine, site: Path, folder: Path) -> None:
    """An image of the plugin `echo`, on that of the notebook plugin."""
    (folder / "image").mkdir()
    subprocess.run(["cp", "-r", site, folder / "image" / "site"], check=True)
    (folder / "image" / "Dockerfile").write_text(
        "FROM clm-notebook:0.3.0\nCOPY site /opt/site\n"
        "ENV PYTHONPATH=/opt/site CLM_LOAD_PLUGINS=echo\n"
    )
    engine.docker("build", "--quiet", "--tag", "clm-echo:1", str(folder / "image"))


def jobs(folder: Path, name: str, count: int, plugins: PluginRegistry) -> list:
    file = folder / "data"
    data = b"x" * 20_000
    file.write_bytes(data)
    outputs = tuple(OutputSpec(f"out{n}") for n in range(10))
    request = JobRequest("", "echo", None, "bench", (FileInput("data", file, digest_bytes(data)),))
    named = [f"{name}{number}" for number in range(count)]
    return [
        submitted(evolve(request, id=n, payload=EchoPayload(n), outputs=outputs), plugins)
        for n in named
    ]


async def job_cost(folder: Path, executor: str, count: int) -> float:
    """Milliseconds a job."""
    plugins = PluginRegistry.load()
    paths = ClmPaths.of_folder(folder / f".clm-{executor}")
    paths.create()
    observer = Observer()
    context = BackendContext(
        plugins, paths, observer, jobs=1, keep_workers=True, executors=lambda: {"": executor}
    )
    async with resolve("clm.backends.sqlite:SqliteBackend")(context) as backend:
        await backend.execute_operation(RunJobs(tuple(jobs(folder, "warm", 4, plugins))))
        await backend.wait_for_completion()
        prepared = tuple(jobs(folder, "job", count, plugins))
        began = time.perf_counter()
        await backend.execute_operation(RunJobs(prepared))
        await backend.wait_for_completion()
        took = time.perf_counter() - began
    failed = [end.diagnostics for end in observer.ends if end.result is None]
    assert not failed, failed[0]
    return took / count * 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    count = parser.parse_args().count
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name, running_engine() as engine:
        folder = Path(name)
        os.environ |= engine.environment
        # The plugin `echo` is part of the test kit, which needs these.
        test_kit = ("--with", "pytest", "--with", "hypothesis")
        base = import_base(engine, "clm-base:bench")
        build_image(engine, "notebook", "--base", base, *test_kit)
        for number in range(3):
            began = {"docker": lambda: container_began(engine), "direct": process_began}
            for executor, worker_began in began.items():
                own = folder / f"{executor}{number}"
                took = first_deck(own, f"notebook={executor}", worker_began)
                row = f"first deck, {executor}, s"
                figures[row] = min(round(took, 2), figures.get(row, 999.0))
        site = folder / "site"
        write_metadata(site, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
        sys.path.insert(0, str(site))
        os.environ["PYTHONPATH"] = str(site)
        os.environ["CLM_LOAD_PLUGINS"] = "echo,docker"
        build_echo_image(engine, site, folder)
        for executor in ("direct", "docker"):
            took = asyncio.run(job_cost(folder, executor, count))
            figures[f"job, {executor}, ms"] = round(took, 1)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
