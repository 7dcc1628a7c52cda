"""Throughput of the queue with real and killed workers: no job is lost or run twice."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from clm.database.queue.job_queue import JobQueue, QueuedJob
from clm.errors import Diagnostic
from clm.jobs.status import JobStatus

pytestmark = pytest.mark.integration

BUILD, TYPE = "build", "conversion"
ERRORS = [Diagnostic("its worker died")]

# Logs "begun ID TOKEN" before and "done ID TOKEN" after the job is marked as completed.
WORKER = """
import sys
from pathlib import Path
from clm.database.queue.job_queue import JobQueue
from clm.jobs.status import JobStatus
path, log, worker_id = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
with JobQueue(path, create=False) as queue, log.open("a", encoding="utf-8", buffering=1) as out:
    print("ready", flush=True)
    sys.stdin.readline()
    job = queue.get_next_job(worker_id, "build", "conversion")
    while job is not None:
        out.write(f"begun {job.id} {job.token}\\n")
        done, following = queue.finish_and_get_next(
            job, JobStatus.COMPLETED, worker_id, result_key=f"{worker_id} {job.token}")
        if done:
            out.write(f"done {job.id} {job.token}\\n")
        job = following
"""


class Workers:
    """Worker processes that run all pending jobs and end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / "clm_jobs.db"
        self._started = 0

    def start(self) -> tuple[str, subprocess.Popen[str]]:
        worker_id = f"worker-{self._started}"
        self._started += 1
        log = self._folder / f"{worker_id}.log"
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(self.path), str(log), worker_id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        return worker_id, process

    def lines(self, word: str) -> list[str]:
        """The entries `ID TOKEN` of all logs, without lines that a kill has cut off."""
        found: list[str] = []
        for log in self._folder.glob("*.log"):
            complete = log.read_text(encoding="utf-8").split("\n")[:-1]
            found += [line.removeprefix(word + " ") for line in complete if line.startswith(word)]
        return found


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def add(queue: JobQueue, count: int) -> set[int]:
    jobs = [QueuedJob(BUILD, f"r{i}", TYPE, "{}", max_attempts=1000) for i in range(count)]
    return set(queue.add_jobs(jobs))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_no_job_lost_or_repeated(workers: int, tmp_path: Path) -> None:
    crew = Workers(tmp_path)
    with JobQueue(crew.path) as queue:
        ids = add(queue, 10_000)
        processes = [crew.start()[1] for _ in range(workers)]
        for process in processes:
            go(process)
        for process in processes:
            process.communicate()
            assert process.returncode == 0
        finished = queue.collect_finished(BUILD)
    assert {job.id for job in finished} == ids
    assert {job.status for job in finished} == {JobStatus.COMPLETED}
    assert Counter(crew.lines("begun")) == Counter(f"{job_id} 1" for job_id in ids)
    assert sorted(crew.lines("done")) == sorted(f"{job_id} 1" for job_id in ids)


@pytest.mark.faults
def test_killed_workers_lose_no_job(tmp_path: Path) -> None:
    crew = Workers(tmp_path)
    chance = random.Random(11)
    with JobQueue(crew.path) as queue:
        ids = add(queue, 3_000)
        for _ in range(12):
            running = [crew.start() for _ in range(2)]
            for _, process in running:
                go(process)
            for worker_id, process in running:
                timeout = chance.uniform(0.005, 0.06)
                try:
                    process.wait(timeout=timeout)
                except subprocess.TimeoutExpired:
                    process.kill()
                process.communicate()
                queue.release_jobs_of(worker_id, ERRORS)
        _, last = crew.start()
        go(last)
        last.communicate()
        finished = queue.collect_finished(BUILD)
        assert queue.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert queue.count_open(BUILD) == {}
    check(crew, finished_keys={job.id: job.result_key for job in finished}, ids=ids)


@pytest.mark.faults
def test_expired_lease_requeues_job(tmp_path: Path) -> None:
    crew = Workers(tmp_path)
    now = [0.0]
    with JobQueue(crew.path) as queue:
        ids = add(queue, 50)
    with JobQueue(crew.path, clock=lambda: now[0]) as queue:
        for number in range(5):  # workers that die at once after a claim
            assert queue.get_next_job(f"dead-{number}", BUILD, TYPE) is not None
        _, process = crew.start()
        go(process)
        process.communicate()
        assert queue.count_open(BUILD) == {TYPE: 5}
        assert queue.rescue_expired(ERRORS) == 0
        now[0] += 31.0
        assert queue.rescue_expired(ERRORS) == 5
        _, process = crew.start()
        go(process)
        process.communicate()
        finished = queue.collect_finished(BUILD)
    check(crew, finished_keys={job.id: job.result_key for job in finished}, ids=ids)


def check(crew: Workers, finished_keys: dict[int, str | None], ids: set[int]) -> None:
    """Each job was completed once, by its last claim; no claim was issued twice."""
    assert finished_keys.keys() == ids
    assert max(Counter(crew.lines("begun")).values()) == 1
    done = [line.split() for line in crew.lines("done")]
    assert max(Counter(job_id for job_id, _ in done).values()) == 1
    for job_id, token in done:
        assert (finished_keys[int(job_id)] or "").endswith(f" {token}")
