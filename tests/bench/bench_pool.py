"""Benchmark of a persistent pool with the three official plugins; prints JSON with targets.

    python tests/bench/bench_pool.py [--idle-seconds 60] [--folder FOLDER]

Starts `python -m clm.workers.pool`, then a build of a deck and two diagrams that uses it. Times
are from the start of the pool's process to the start of a job; CPU time is that of the pool and all
of its descendants. On a loaded machine, rely on the CPU time and the memory (PSS, in which pages
that processes share count once).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from attrs import frozen
from measuring import proportional_bytes, resident_bytes, total_megabytes

from clm.builder import BuildListener, BuildOptions, build_course
from clm.database.queue.job_queue import JobQueue
from clm.database.queue.pools import PoolRegistry
from clm.workers.process_tree import MARKER

SAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "sample-course" / "slides"
WAIT_SECONDS = 120.0
TARGETS = {
    "first_job_seconds": 1.0,
    "all_types_seconds": 10.0,
    "memory_mb": 800,
    "idle_cpu_percent_per_worker": 0.1,
}
_SPEC = """\
name: {de: Kurs, en: Course}
sections:
  - name: {de: Woche, en: Week}
    topics: [deck, drawing, diagram]
"""
_DECK = "# %% [markdown]\n#\n# # A deck\n\n# %%\n1 + 1\n"


def write_course(folder: Path) -> Path:
    """Write a course with jobs for each of the three plugins; returns its spec."""
    module = folder / "slides" / "module_100_bench"
    drawing = module / "topic_100_drawing" / "drawio" / "drawing.drawio"
    drawing.parent.mkdir(parents=True)
    shutil.copyfile(min(SAMPLE.rglob("*.drawio")), drawing)
    diagram = module / "topic_100_diagram" / "pu" / "diagram.pu"
    diagram.parent.mkdir(parents=True)
    diagram.write_text("@startuml\nA -> B\n@enduml\n", encoding="utf-8")
    deck = module / "topic_100_deck" / "slides_deck.py"
    deck.parent.mkdir()
    deck.write_text(_DECK, encoding="utf-8")
    spec = folder / "course.yaml"
    spec.write_text(_SPEC, encoding="utf-8")
    return spec


@frozen
class Pool:
    """A pool's process and the database that it serves."""

    process: psutil.Process
    jobs_db: Path
    started: float

    def tree(self) -> list[psutil.Process]:
        """The pool, its workers and their descendants."""
        workers = {worker for worker, _, _ in self.workers()}
        found = [self.process]
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get(MARKER) in workers:
                    found.append(process)
        return found

    def workers(self) -> list[tuple[str, str, str]]:
        """Id, job type and status of each worker."""
        connection = sqlite3.connect(self.jobs_db, timeout=30)
        try:
            return connection.execute("SELECT id, job_type, status FROM workers").fetchall()
        finally:
            connection.close()

    def are_idle(self) -> bool:
        states = [status for *_, status in self.workers()]
        return len(states) >= 3 and set(states) == {"idle"}


@contextmanager
def running_pool(jobs_db: Path) -> Iterator[Pool]:
    """A pool that is ready for builds."""
    started = time.time()
    command = [sys.executable, "-m", "clm.workers.pool", "--db-path", str(jobs_db)]
    log = jobs_db.parent / "pool.log"
    with log.open("ab") as output:
        process = subprocess.Popen([*command, "--jobs", "3"], stdout=output, stderr=output)
    try:
        with JobQueue(jobs_db) as queue:
            pools = PoolRegistry(queue)
            until(pools.live)
        yield Pool(psutil.Process(process.pid), jobs_db, started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the pool is not ready in time; see pool.log")
        time.sleep(0.005)


# -- the measurements ----------------------------------------------------------------------------


def measure(folder: Path, idle_seconds: float) -> dict[str, Any]:
    jobs_db = folder / ".clm" / "clm_jobs.db"
    jobs_db.parent.mkdir(parents=True)
    spec = write_course(folder)
    with running_pool(jobs_db) as pool:
        ready = time.time() - pool.started
        report = build_course(BuildOptions(spec_path=spec, jobs=3), BuildListener())
        if not report.ok:
            raise RuntimeError(f"the build failed: {report.jobs} {report.problems}")
        cpu = cpu_seconds(pool.tree())
        begun: dict[str, float] = {}
        for job in report.jobs:
            seconds = round(job.started - pool.started, 2)
            begun[job.job_type] = min(seconds, begun.get(job.job_type, seconds))
        until(pool.are_idle)
        time.sleep(2.0)  # for converters to release memory once they are idle
        return {
            "pool_ready_seconds": round(ready, 2),
            "first_job_seconds": beside(min(begun.values()), "first_job_seconds"),
            "all_types_seconds": beside(max(begun.values()), "all_types_seconds"),
            "first_job_of_type_seconds": begun,
            "pool_cpu_seconds_of_build": round(cpu, 2),
            "after_jobs": idle(pool, idle_seconds),
        }


def measure_fresh(folder: Path, idle_seconds: float) -> dict[str, Any]:
    """The pool before its first job."""
    jobs_db = folder / ".clm" / "clm_jobs.db"
    jobs_db.parent.mkdir(parents=True)
    with running_pool(jobs_db) as pool:
        until(pool.are_idle)
        ready, cpu = time.time() - pool.started, cpu_seconds(pool.tree())
        return {
            "all_workers_idle_seconds": round(ready, 2),
            "cpu_seconds_until_idle": round(cpu, 2),
            **idle(pool, idle_seconds),
        }


def idle(pool: Pool, seconds: float) -> dict[str, Any]:
    """Memory, and CPU time over some seconds, of an idle pool."""
    tree = pool.tree()
    memory = {
        "pss": beside(total_megabytes(tree, proportional_bytes), "memory_mb"),
        "rss": beside(total_megabytes(tree, resident_bytes), "memory_mb"),
    }
    by_process = {
        f"{process.name()} {process.pid} {process.environ().get(MARKER, 'pool').split('-')[0]}": (
            round(proportional_bytes(process) / 1e6, 1)
        )
        for process in tree
    }
    before, started = cpu_seconds(tree), time.monotonic()
    time.sleep(seconds)
    used = cpu_seconds(pool.tree()) - before
    percent = 100 * used / (time.monotonic() - started) / len(pool.workers())
    return {
        "processes": len(tree),
        "memory_mb": memory,
        "pss_mb_by_process": by_process,
        "idle_cpu_percent_per_worker": beside(percent, "idle_cpu_percent_per_worker", digits=3),
    }


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def beside(measured: float, name: str, *, digits: int = 2) -> dict[str, Any]:
    value, target = round(measured, digits), TARGETS[name]
    return {"measured": value, "target": target, "met": value <= target}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--idle-seconds", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, help="create the course and the databases here")
    options = parser.parse_args()
    report: dict[str, Any] = {"python": sys.version.split()[0], "cpus": os.cpu_count()}
    for name, action in (("fresh", measure_fresh), ("with_jobs", measure)):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            report[name] = action(Path(folder), options.idle_seconds)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
