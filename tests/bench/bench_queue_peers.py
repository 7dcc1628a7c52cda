"""Benchmark of the job queue and others in one run; prints JSON.

    python -m pip install clm litequeue huey persist-queue
    python tests/bench/bench_queue_peers.py [--jobs 5000] [--only clm huey] [--durability wal]

The others are not dependencies of CLM: install them by hand, into a separate environment
(litequeue needs Python 3.12). Those that are not installed are skipped. All run with the same
journal and `synchronous` setting, in turns, and each figure is the median of its rounds.

A job is put in a transaction of its own, claimed and completed. Rates depend on the machine and
its load; CPU time per job and ratios are more reliable. `jobs_done` is the number of jobs that the
workers have run: more than were put, if a queue hands out jobs twice.
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
import time
from pathlib import Path
from typing import Any

from queue_contenders import CONTENDERS, DURABILITIES, Contender, installed

PAYLOAD = json.dumps({"type": "conversion", "version": 1, "payload": {"text": "x" * 300}})
WORKERS = (1, 2, 4)
SAMPLES = 400
LATENCY_TARGET_MS = 15

Figures = dict[str, float]


# -- roles of the processes ----------------------------------------------------------------------


def opened(options: argparse.Namespace) -> Contender:
    name, folder, durability, worker_id = options.role[1:]
    return CONTENDERS[name](Path(folder), DURABILITIES[durability], worker_id)


def put(options: argparse.Namespace) -> dict[str, Any]:
    queue = opened(options)
    cpu, wall = time.process_time(), time.monotonic()
    for _ in range(options.jobs):
        queue.put(PAYLOAD)
    return {"cpu": time.process_time() - cpu, "seconds": time.monotonic() - wall}


def drain(options: argparse.Namespace) -> dict[str, Any]:
    queue = opened(options)
    say({"ready": True})
    sys.stdin.readline()
    cpu = time.process_time()
    done = queue.drain()
    return {"cpu": time.process_time() - cpu, "done": done}


def wait(options: argparse.Namespace) -> dict[str, Any]:
    queue = opened(options)
    queue.before_waiting()
    latencies: list[float] = []
    say({"ready": True})
    queue.wait(SAMPLES, lambda added: latencies.append(time.monotonic() - float(added)))
    return {"latencies": latencies}


ROLES = {"put": put, "drain": drain, "wait": wait}


def say(data: dict[str, Any]) -> None:
    print(json.dumps(data), flush=True)


# -- measurements --------------------------------------------------------------------------------


class Bench:
    """One queue with one durability; each measurement has its own folder."""

    def __init__(self, name: str, durability: str, jobs: int, folder: Path) -> None:
        self._name = name
        self._durability = durability
        self._jobs = jobs
        self._folder = folder
        self._folders = 0

    def round(self) -> dict[str, Figures]:
        """Figures by number of workers."""
        return {str(workers): self._throughput(workers) for workers in WORKERS}

    def _throughput(self, workers: int) -> Figures:
        folder = self._new_folder()
        added = finish(self._start("put", folder, "p"))
        running = [self._start("drain", folder, f"w{i}") for i in range(workers)]
        for process in running:
            assert process.stdout is not None
            json.loads(process.stdout.readline())
        started = time.monotonic()
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        results = [finish(process) for process in running]
        seconds = time.monotonic() - started
        cpu = sum(result["cpu"] for result in results)
        return {
            "put_per_second": self._jobs / added["seconds"],
            "done_per_second": self._jobs / seconds,
            "jobs_per_second": self._jobs / (added["seconds"] + seconds),
            "put_cpu_us": added["cpu"] / self._jobs * 1e6,
            "done_cpu_us": cpu / self._jobs * 1e6,
            "cpu_us_per_job": (added["cpu"] + cpu) / self._jobs * 1e6,
            "jobs_done": sum(result["done"] for result in results),
        }

    def latency(self) -> Figures:
        """Milliseconds from before a job is put until a waiting worker has claimed it."""
        folder = self._new_folder()
        durability = DURABILITIES[self._durability]
        queue = CONTENDERS[self._name](folder, durability, "p")
        process = self._start("wait", folder, "w0")
        assert process.stdout is not None
        json.loads(process.stdout.readline())
        for i in range(SAMPLES):
            time.sleep(0.01 + 0.0007 * (i % 17))
            queue.put(repr(time.monotonic()))
            queue.after_put()
        found = [1000 * seconds for seconds in finish(process)["latencies"]]
        cuts = statistics.quantiles(found, n=100)
        return {"p50": cuts[49], "p99": cuts[98], "max": max(found)}

    def _new_folder(self) -> Path:
        self._folders += 1
        folder = self._folder / f"{self._name}-{self._durability}-{self._folders}"
        folder.mkdir()
        return folder

    def _start(self, role: str, folder: Path, worker_id: str) -> subprocess.Popen[str]:
        what = [role, self._name, str(folder), self._durability, worker_id]
        return subprocess.Popen(
            [sys.executable, __file__, "--jobs", str(self._jobs), "--role", *what],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(process.communicate()[0])
    return result


def measure(options: argparse.Namespace, durability: str, folder: Path) -> dict[str, Any]:
    benches = {
        name: Bench(name, durability, options.jobs, folder) for name in installed(options.only)
    }
    rounds: dict[str, list[dict[str, Figures]]] = {name: [] for name in benches}
    for _ in range(options.rounds):
        for name, bench in benches.items():  # in turns, so that the load is the same for all
            rounds[name].append(bench.round())
    found: dict[str, Any] = {name: medians(rounds[name]) for name in benches}
    for name, bench in benches.items():
        latency = bench.latency()
        found[name]["start_latency_ms"] = {k: round(v, 2) for k, v in latency.items()}
    return {"contenders": found, "clm_is_ahead": ahead(found)}


def medians(rounds: list[dict[str, Figures]]) -> dict[str, Any]:
    return {
        workers: {
            name: round(statistics.median(figures[workers][name] for figures in rounds), 1)
            for name in rounds[0][workers]
        }
        for workers in rounds[0]
    }


def ahead(found: dict[str, Any]) -> dict[str, Any]:
    """The factors by which CLM is faster and takes less CPU time than each other queue."""
    if "clm" not in found:
        return {}
    own = found["clm"]
    return {
        name: {
            workers: {
                "rate": round(own[workers]["jobs_per_second"] / it[workers]["jobs_per_second"], 2),
                "cpu": round(it[workers]["cpu_us_per_job"] / own[workers]["cpu_us_per_job"], 2),
            }
            for workers in map(str, WORKERS)
        }
        for name, it in found.items()
        if name != "clm"
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument(
        "--durability", nargs="+", choices=DURABILITIES, default=["rollback", "wal"]
    )
    parser.add_argument("--folder", type=Path, help="create the databases here")
    parser.add_argument("--role", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        say(ROLES[options.role[0]](options))
        return
    report: dict[str, Any] = {
        "sqlite": sqlite3.sqlite_version,
        "python": sys.version.split()[0],
        "cpus": os.cpu_count(),
        "jobs": options.jobs,
        "start_latency_ms_p99_target": LATENCY_TARGET_MS,
    }
    for durability in options.durability:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            report[durability] = measure(options, durability, Path(folder))
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
