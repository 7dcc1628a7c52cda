"""Benchmark of the job queue; prints JSON, each figure with its target.

    python tests/bench/bench_queue.py [--jobs 10000] [--journal delete wal] [--force-wal]

Rely on CPU time and ratios: rates depend on the machine and its load. The write-ahead log is
measured if this SQLite does not have its bug, or with --force-wal, for comparison only.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from clm.database.queue.job_queue import ClaimedJob, JobQueue, QueuedJob
from clm.database.queue.registry import Registry, WorkerStatistics
from clm.database.sqlite.journal import wal_is_sound
from clm.jobs.status import JobStatus
from clm.workers.wakeup import WakeupReceiver, WakeupSender
from clm.workers.worker.heartbeat import Heartbeat

BUILD, TYPE = "build", "conversion"
POLL_SECONDS = 2.0
PAYLOAD = json.dumps({"type": TYPE, "version": 1, "payload": {"text": "x" * 300}})
TARGETS = {
    "transactions_per_job": 3,
    "worker_cpu_us_per_job": {"delete": 150, "wal": 60},
    "start_latency_ms_p99": 15,
    "idle_cpu_percent": 0.05,
}


def new_jobs(count: int, start: int = 0) -> list[QueuedJob]:
    return [
        QueuedJob(BUILD, f"request-{start + i}", TYPE, PAYLOAD, source=f"slides_{i}.py")
        for i in range(count)
    ]


# -- workers, each in a process of its own -----------------------------------------------------


def drain(queue: JobQueue, worker_id: str, limit: int = sys.maxsize) -> int:
    """Run all jobs, or at most `limit`, as worker processes do; returns their number."""
    done = 0
    job = queue.get_next_job(worker_id, BUILD, TYPE)
    while job is not None and done < limit:
        _, job = queue.finish_and_get_next(job, JobStatus.COMPLETED, worker_id, result_key="k")
        done += 1
    return done


def draining_worker(path: Path, worker_id: str) -> dict[str, Any]:
    with JobQueue(path, create=False) as queue:
        say({"ready": True})
        sys.stdin.readline()
        cpu, wall = time.process_time(), time.monotonic()
        done = drain(queue, worker_id)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    return {"jobs": done, "cpu": cpu, "seconds": wall}


def waiting_worker(path: Path, worker_id: str, *, beats: bool = True) -> dict[str, Any]:
    """Claim jobs on wakeups until the standard input ends; returns the latency of each claim.

    With `beats` it has a heartbeat thread, as worker processes do.
    """
    with JobQueue(path, create=False) as queue:
        receiver, registry = WakeupReceiver(), Registry(queue)
        registry.register_worker(worker_id, BUILD, TYPE, "direct", receiver.address)
        heartbeat = Heartbeat(path, worker_id, lambda: WorkerStatistics(0, 0, 0.0), _ignore)
        if beats:
            heartbeat.start()
        stop = threading.Event()

        def until_stdin_ends() -> None:
            sys.stdin.read()
            stop.set()

        threading.Thread(target=until_stdin_ends, daemon=True).start()
        latencies: list[float] = []
        job = queue.get_next_job(worker_id, BUILD, TYPE)
        say({"ready": True})
        cpu, wall = time.process_time(), time.monotonic()
        while not stop.is_set():
            while job is not None:
                latencies.append(time.monotonic() - float(job.correlation_id))
                _, job = queue.finish_and_get_next(
                    job, JobStatus.COMPLETED, worker_id, result_key="k"
                )
            if receiver.wait(POLL_SECONDS) or queue.claimable(BUILD, TYPE):
                job = queue.get_next_job(worker_id, BUILD, TYPE)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        if beats:
            heartbeat.stop()
    return {"latencies": latencies, "cpu": cpu, "seconds": wall}


def _ignore(job: ClaimedJob) -> None:
    pass


# -- measurements ------------------------------------------------------------------------------


class Bench:
    """The measurements of one journal mode, each in a fresh database below `folder`."""

    def __init__(self, folder: Path, journal: str, jobs: int) -> None:
        self._folder = folder
        self._journal = journal
        self._jobs = jobs
        self._databases = 0

    def run(self) -> dict[str, Any]:
        cpu_target = TARGETS["worker_cpu_us_per_job"]
        workers = {str(count): self.throughput(count) for count in (1, 2, 4)}
        return {
            "put_per_second": {"single": self.put(1), "batched": self.put(self._jobs)},
            "workers": workers,
            "worker_cpu_us_per_job": {
                "measured": workers["1"]["cpu_us_per_job"],
                "target": cpu_target[self._journal],  # type: ignore[index]
            },
            "per_job": self.statements(),
            "cpu_us_per_job_by_pending": self.flatness(),
            **self.latency(),
            "idle_cpu_percent": {
                "queue": self.idle("wait-without-heartbeat"),
                "with_heartbeat": self.idle("wait"),
                "target": TARGETS["idle_cpu_percent"],
            },
        }

    def open(self) -> JobQueue:
        self._databases += 1
        return JobQueue(self._folder / f"{self._journal}-{self._databases}" / "clm_jobs.db")

    def put(self, batch: int) -> int:
        count = max(batch, min(self._jobs, 2000))
        jobs = new_jobs(count)
        with self.open() as queue:
            started = time.monotonic()
            for i in range(0, count, batch):
                queue.add_jobs(jobs[i : i + batch])
            return round(count / (time.monotonic() - started))

    def throughput(self, workers: int) -> dict[str, float]:
        runs = [self._throughput(workers) for _ in range(3)]
        return {name: statistics.median(run[name] for run in runs) for name in runs[0]}

    def _throughput(self, workers: int) -> dict[str, float]:
        with self.open() as queue:
            queue.add_jobs(new_jobs(self._jobs))
            running = [self._start("drain", queue.path, f"w{i}") for i in range(workers)]
            started = time.monotonic()
            results = [finish(process) for process in running_together(running)]
            seconds = time.monotonic() - started
            assert len(queue.collect_finished(BUILD)) == self._jobs
        cpu = sum(result["cpu"] for result in results)
        return {
            "jobs_per_second": round(self._jobs / seconds),
            "cpu_us_per_job": round(cpu / self._jobs * 1e6, 1),
        }

    def statements(self) -> dict[str, Any]:
        """Statements and transactions of a worker per job, in a long run."""
        count = 200
        seen: Counter[str] = Counter()
        with self.open() as queue:
            queue.add_jobs(new_jobs(count))
            queue.connection.set_trace_callback(lambda sql: seen.update([sql.split()[0]]))
            drain(queue, "w0")
        return {
            "statements": round(sum(seen.values()) / count, 2),
            "transactions": round(seen["COMMIT"] / count, 2),
            "transactions_target": TARGETS["transactions_per_job"],
        }

    def flatness(self) -> dict[str, float]:
        figures: dict[str, float] = {}
        for pending in (1_000, 3_000, 10_000):
            with self.open() as queue:
                queue.add_jobs(new_jobs(pending))
                parts = []
                for _ in range(5):
                    cpu = time.process_time()
                    done = drain(queue, "w0", 150)
                    parts.append((time.process_time() - cpu) / done * 1e6)
            figures[str(pending)] = round(statistics.median(parts), 1)
        return figures

    def latency(self) -> dict[str, Any]:
        """The time from before a job is added until a waiting worker has claimed it."""
        samples = 400
        with self.open() as queue:
            registry, sender = Registry(queue), WakeupSender()
            process = self._start("wait", queue.path, "w0")
            for i in range(samples):
                time.sleep(0.01 + 0.0007 * (i % 17))
                now = repr(time.monotonic())
                queue.add_job(QueuedJob(BUILD, f"r{i}", TYPE, PAYLOAD, correlation_id=now))
                sender.send(registry.idle_addresses(BUILD))
            time.sleep(2 * POLL_SECONDS)
            found = [1000 * second for second in finish(process)["latencies"]]
        assert len(found) == samples
        cuts = statistics.quantiles(found, n=100)
        return {
            "start_latency_ms": {
                "p50": round(cuts[49], 2),
                "p99": round(cuts[98], 2),
                "max": round(max(found), 2),
                "p99_target": TARGETS["start_latency_ms_p99"],
            }
        }

    def idle(self, role: str, seconds: float = 20.0) -> float:
        with self.open() as queue:
            process = self._start(role, queue.path, "w0")
            time.sleep(seconds)
            result = finish(process)
        return round(100 * float(result["cpu"]) / float(result["seconds"]), 4)

    def _start(self, role: str, path: Path, worker_id: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, __file__, "--worker", role, str(path), worker_id, self._journal],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["ready"]
        return process


def running_together(processes: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(process.communicate()[0])
    return result


def say(data: dict[str, Any]) -> None:
    print(json.dumps(data), flush=True)


def with_journal(mode: str, action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    with mock.patch("clm.database.sqlite.connection.journal_mode", lambda folder: mode):
        return action()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--journal", nargs="+", choices=["delete", "wal"])
    parser.add_argument("--force-wal", action="store_true")
    parser.add_argument("--folder", type=Path, help="create the databases here")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        role, path, worker_id, journal = options.worker
        roles: dict[str, Callable[[Path, str], dict[str, Any]]] = {
            "drain": draining_worker,
            "wait": waiting_worker,
            "wait-without-heartbeat": partial(waiting_worker, beats=False),
        }
        work = roles[role]
        say(with_journal(journal, lambda: work(Path(path), worker_id)))
        return
    sound = wal_is_sound(sqlite3.sqlite_version_info)
    modes = options.journal or (["delete", "wal"] if sound or options.force_wal else ["delete"])
    report: dict[str, Any] = {
        "sqlite": sqlite3.sqlite_version,
        "python": sys.version.split()[0],
        "cpus": os.cpu_count(),
        "jobs": options.jobs,
        "wal_is_sound": sound,
    }
    for mode in modes:
        if mode == "wal" and not (sound or options.force_wal):
            parser.error("this SQLite has the bug of the write-ahead log; see --force-wal")
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            bench = Bench(Path(folder), mode, options.jobs)
            report[mode] = with_journal(mode, bench.run)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
