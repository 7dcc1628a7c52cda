"""Benchmark of the ways to a worker: local queue, pipe, container, sockets and broker; prints rows.

    python tests/bench/bench_ways.py [--count 200] [--image IMAGE]

Each job has 20 kB of inputs and 200 kB of outputs, and does nothing. Figures are milliseconds a job
from the submission of all jobs to the end of the last one, with workers that are warm; `pipe` and
`container` have neither a queue nor a results cache. With `--image`, the name of an image that
`clm workers images build` has made, containers of it are measured, too.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import evolve, frozen

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from broker_workers import BrokerWorkers
from clm_program import CLM
from course_folder import until
from rabbitmq_broker import RabbitmqBroker

from clm.backends.api import BackendContext, RunJobs, SubmittedJob
from clm.backends.paths import ClmPaths
from clm.jobs.key import digest_bytes
from clm.jobs.request import FileInput, JobRequest, OutputSpec
from clm.plugins import PluginRegistry
from clm.testing import echo_plugin
from clm.testing.backends import Observer
from clm.testing.installing import write_metadata
from clm.testing.queued import submitted
from clm.workers.api import EngineClient
from clm.workers.import_string import resolve
from clm.workers.input_folder import InputFolder

QUEUE = "clm.backends.sqlite:SqliteBackend"
BROKER = "clm_plugin_rabbitmq.backend:RabbitmqBackend"
PIPE = (sys.executable, "-P", "-m", "clm.workers.pipe.serve")
WORKERS = (1, 2, 4)


@frozen
class Bench:
    """A folder with the plugin `echo`, and the number of jobs."""

    folder: Path
    count: int
    plugins: PluginRegistry

    def jobs(self, name: str, count: int) -> tuple[SubmittedJob, ...]:
        file = self.folder / "data"
        data = b"x" * 20_000
        file.write_bytes(data)
        request = JobRequest(
            "", "echo", None, "bench", (FileInput("data", file, digest_bytes(data)),)
        )
        outputs = tuple(OutputSpec(f"out{n}") for n in range(10))
        texts = [f"{name}{n}" for n in range(count)]
        payload = self.plugins.job_type("echo").payload
        requests = [evolve(request, id=t, payload=payload(t), outputs=outputs) for t in texts]
        return tuple(submitted(request, self.plugins) for request in requests)

    def by_backend(self, factory: str, workers: int, executor: str = "direct") -> float:
        return asyncio.run(self._by_backend(factory, workers, executor))

    async def _by_backend(self, factory: str, workers: int, executor: str) -> float:
        paths = ClmPaths.of_folder(Path(tempfile.mkdtemp(dir=self.folder)))
        paths.create()
        context = BackendContext(
            self.plugins,
            paths,
            Observer(),
            jobs=workers,
            keep_workers=True,
            executors=lambda: {"": executor},
        )
        async with resolve(factory)(context) as backend:
            await backend.execute_operation(RunJobs(self.jobs("warm", 4 * workers)))
            await backend.wait_for_completion()
            prepared = self.jobs("job", self.count)
            began = time.perf_counter()
            await backend.execute_operation(RunJobs(prepared))
            await backend.wait_for_completion()
            return (time.perf_counter() - began) / self.count * 1000

    def by_pipe(self, command: Sequence[str], workers: int) -> float:
        with ExitStack() as stack:
            clients = [
                stack.enter_context(EngineClient.start(command, "echo")) for _ in range(workers)
            ]
            for client in clients:
                self._run(client, self.jobs("warm", 4))
            prepared = self.jobs("job", self.count)
            parts = [prepared[n::workers] for n in range(workers)]
            began = time.perf_counter()
            with ThreadPoolExecutor(workers) as threads:
                list(threads.map(self._run, clients, parts))
            return (time.perf_counter() - began) / self.count * 1000

    def _run(self, client: EngineClient, jobs: Sequence[SubmittedJob]) -> None:
        for job in jobs:
            client.run(job.resolved(tuple(job.inputs)), InputFolder(self.folder))

    @contextmanager
    def sockets(self, count: int) -> Iterator[str]:
        """The executor for workers behind sockets."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, f"echo-{n}.sock") for n in range(count)]
            command = (*CLM, "workers", "serve", "--socket")
            engines = [subprocess.Popen([*command, str(path)]) for path in paths]
            try:
                until(lambda: all(path.exists() for path in paths), "the sockets")
                yield f"socket://{folder}"
            finally:
                for engine in engines:
                    engine.terminate()
                    engine.wait()


def show(name: str, figures: Sequence[float]) -> None:
    print(f"{name:24}" + "".join(f"{figure:12.1f}" for figure in figures), flush=True)


def containers(folder: Path, image: str) -> tuple[str, ...]:
    """The command for an engine in a container, with the plugin `echo` in a mounted folder."""
    return (
        *("docker", "run", "--rm", "--interactive", "--init", "--log-driver=none"),
        *("--network=none", "--read-only", "--tmpfs=/tmp:mode=1777,exec", "--user=10001"),
        *(f"--volume={folder / 'site'}:/site:ro", "--env=PYTHONPATH=/site"),
        *("--env=CLM_LOAD_PLUGINS=echo", image, "clm", "workers", "serve"),
    )


def measure(bench: Bench, image: str | None) -> None:
    print(f"{'ms a job, workers:':24}" + "".join(f"{n:12}" for n in WORKERS))
    show("local queue", [bench.by_backend(QUEUE, n) for n in WORKERS])
    show("pipe", [bench.by_pipe(PIPE, n) for n in WORKERS])
    if image:
        command = containers(bench.folder, image)
        show("container", [bench.by_pipe(command, n) for n in WORKERS])
    figures = []
    for n in WORKERS:
        with bench.sockets(n) as executor:
            figures.append(bench.by_backend(QUEUE, n, executor))
    show("queue and sockets", figures)
    broker = RabbitmqBroker(bench.folder / "broker")
    figures = []
    try:
        broker.start()
        os.environ["CLM_BROKER"] = broker.url
        for n in WORKERS:
            arguments = ("--jobs", str(n))
            machine = BrokerWorkers(broker.url, bench.folder / "log", arguments=arguments)
            machine.start()
            figures.append(bench.by_backend(BROKER, n))
            machine.stop()
    finally:
        broker.close()
    show("broker", figures)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--image")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # containers have another user
        site = folder / "site"
        write_metadata(site, "clm-echo", "1", {"echo": "echo_plugin"})
        shutil.copy(echo_plugin.__file__, site)  # images have no pytest, which clm.testing needs
        sys.path.insert(0, str(site))
        os.environ["PYTHONPATH"] = str(site)
        os.environ["CLM_LOAD_PLUGINS"] = "echo,rabbitmq"
        measure(Bench(folder, arguments.count, PluginRegistry.load()), arguments.image)


if __name__ == "__main__":
    main()
