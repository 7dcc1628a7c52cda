"""Benchmark of jobs through a real broker, beside the local queue; prints JSON.

    python tests/bench/bench_rabbitmq.py [--count 200]

Each job has 20 kB of inputs and 200 kB of outputs, and does nothing. Times are milliseconds a job,
from the submission of all jobs to the end of the last one, with workers that are warm.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from attrs import evolve

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from broker_workers import BrokerWorkers
from rabbitmq_broker import RabbitmqBroker

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

BACKENDS = {
    "sqlite": "clm.backends.sqlite:SqliteBackend",
    "rabbitmq": "clm_plugin_rabbitmq.backend:RabbitmqBackend",
}


def jobs(folder: Path, name: str, count: int, plugins: PluginRegistry) -> list:
    file = folder / "data"
    data = b"x" * 20_000
    file.write_bytes(data)
    outputs = tuple(OutputSpec(f"out{n}") for n in range(10))
    request = JobRequest("", "echo", None, "bench", (FileInput("data", file, digest_bytes(data)),))
    return [
        submitted(
            evolve(
                request,
                id=f"{name}{n}",
                payload=EchoPayload(f"{name}{n}"),
                outputs=outputs,
            ),
            plugins,
        )
        for n in range(count)
    ]


async def run(backend_name: str, folder: Path, count: int, workers: int) -> float:
    plugins = PluginRegistry.load()
    paths = ClmPaths.of_folder(folder / f".clm-{backend_name}-{workers}")
    paths.create()
    context = BackendContext(plugins, paths, Observer(), jobs=workers, keep_workers=True)
    async with resolve(BACKENDS[backend_name])(context) as backend:
        await backend.execute_operation(RunJobs(tuple(jobs(folder, "warm", 4 * workers, plugins))))
        await backend.wait_for_completion()
        prepared = tuple(jobs(folder, "job", count, plugins))
        began = time.perf_counter()
        await backend.execute_operation(RunJobs(prepared))
        await backend.wait_for_completion()
        return (time.perf_counter() - began) / count * 1000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = folder / "site"
        write_metadata(site, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
        sys.path.insert(0, str(site))
        os.environ["PYTHONPATH"] = str(site)
        os.environ["CLM_LOAD_PLUGINS"] = "echo,rabbitmq"
        broker = RabbitmqBroker(folder / "broker")
        figures: dict[str, float] = {}
        try:
            broker.start()
            os.environ["CLM_BROKER"] = broker.url
            for workers in (1, 2, 4):
                arguments = ("--jobs", str(workers))
                machine = BrokerWorkers(broker.url, folder / "workers.log", arguments=arguments)
                machine.start()
                for backend in BACKENDS:
                    took = asyncio.run(run(backend, folder, count, workers))
                    figures[f"{backend}, {workers} worker(s)"] = round(took, 1)
                machine.stop()
        finally:
            broker.close()
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
