"""Job queue, one rule per test; test_state_machine covers arbitrary sequences."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from clm.database.queue.job_queue import JobQueue, QueuedJob
from clm.database.queue.registry import Registry, WorkerStatistics
from clm.errors import DatabaseError, Diagnostic
from clm.jobs.serialization import load_diagnostics
from clm.jobs.status import JobStatus

BUILD, TYPE, WORKER = "build", "conversion", "worker"
DIAGNOSTICS = [Diagnostic("the tool is gone")]


def new_job(request_id: str, *needs: str, **values: Any) -> QueuedJob:
    source = f"{request_id}.py"
    return QueuedJob(
        **({"build_id": BUILD, "job_type": TYPE, "source": source} | values),
        request_id=request_id,
        payload="{}",
        needs=needs,
    )


def complete_next(queue: JobQueue) -> None:
    job = queue.get_next_job(WORKER, BUILD, TYPE)
    assert job is not None
    assert queue.update_job_status(job, JobStatus.COMPLETED, result_key=f"key of {job.request_id}")


def fail_next(queue: JobQueue) -> None:
    job = queue.get_next_job(WORKER, BUILD, TYPE)
    assert job is not None
    assert queue.update_job_status(job, JobStatus.FAILED, diagnostics=DIAGNOSTICS)


def ends(queue: JobQueue) -> dict[str, str]:
    return {job.request_id: job.status for job in queue.collect_finished(BUILD)}


# -- adding ------------------------------------------------------------------------------------


def test_ids_assigned_in_order(queue: JobQueue) -> None:
    assert queue.add_jobs([new_job("a"), new_job("b")]) == [1, 2]
    assert queue.add_job(new_job("c")) == 3


def test_adding_nothing_returns_nothing(queue: JobQueue) -> None:
    assert queue.add_jobs([]) == []


def test_ids_never_reused(queue: JobQueue) -> None:
    registry = Registry(queue)
    registry.add_build(BUILD, "")
    queue.add_job(new_job("a"))
    registry.finish_build(BUILD)
    registry.prune(keep_builds=0)
    assert queue.add_job(new_job("a")) == 2


@pytest.mark.parametrize(
    "faulty",
    [
        pytest.param([new_job("b", "unknown")], id="needs-unknown"),
        pytest.param([new_job("b"), new_job("b")], id="twice"),
        pytest.param([new_job("a")], id="there-already"),
        pytest.param([new_job("b", "b")], id="needs-itself"),
        pytest.param([new_job("b", "c"), new_job("c", "b")], id="circle"),
        pytest.param([new_job("b", "a", build_id="other")], id="needs-another-build's"),
    ],
)
def test_jobs_added_all_or_none(queue: JobQueue, faulty: list[QueuedJob]) -> None:
    queue.add_job(new_job("a"))
    with pytest.raises(ValueError):
        queue.add_jobs([new_job("fine"), *faulty])
    assert queue.count_open(BUILD) == {TYPE: 1}
    assert not queue.connection.in_transaction


def test_dependency_cycle_named(queue: JobQueue) -> None:
    with pytest.raises(ValueError, match=r"cycle: .*b -> .*c|cycle: .*c -> .*b"):
        queue.add_jobs([new_job("b", "c"), new_job("c", "b")])


def test_same_request_in_two_builds(queue: JobQueue) -> None:
    assert queue.add_jobs([new_job("a"), new_job("a", build_id="other")]) == [1, 2]


# -- dependencies ------------------------------------------------------------------------------


def blockers(queue: JobQueue, request_id: str) -> int:
    row = queue.connection.execute(
        "SELECT blockers FROM jobs WHERE request_id = ?", (request_id,)
    ).fetchone()
    return int(row[0])


def test_duplicate_dependency_blocks_once(queue: JobQueue) -> None:
    queue.add_jobs([new_job("a"), new_job("b", "a", "a")])
    assert blockers(queue, "b") == 1


def test_completed_dependency_does_not_block(queue: JobQueue) -> None:
    queue.add_job(new_job("a"))
    complete_next(queue)
    queue.add_jobs([new_job("b"), new_job("c", "a", "b")])
    assert blockers(queue, "c") == 1


def test_dependency_may_follow_in_batch(queue: JobQueue) -> None:
    queue.add_jobs([new_job("b", "a"), new_job("a")])
    job = queue.get_next_job(WORKER, BUILD, TYPE)
    assert job is not None and job.request_id == "a"


def test_claimable_when_dependencies_completed(queue: JobQueue) -> None:
    queue.add_jobs([new_job("a"), new_job("b"), new_job("c", "a", "b", priority=9)])
    complete_next(queue)
    complete_next(queue)
    job = queue.get_next_job(WORKER, BUILD, TYPE)
    assert job is not None and job.request_id == "c"


def test_failure_propagates_to_dependents(queue: JobQueue) -> None:
    queue.add_jobs([new_job("a", priority=1), new_job("b", "a"), new_job("c", "b"), new_job("d")])
    fail_next(queue)
    finished = {job.request_id: job for job in queue.collect_finished(BUILD)}
    assert finished.keys() == {"a", "b", "c"}
    for name in ("b", "c"):
        assert finished[name].status is JobStatus.FAILED
        (diagnostic,) = load_diagnostics(finished[name].error or "")
        assert diagnostic.message == "not run: it needs a.py, which failed"


def test_failed_source_named_verbatim(queue: JobQueue) -> None:
    queue.add_jobs([new_job("a", source="was failed.py"), new_job("b", "a")])
    fail_next(queue)
    _, b = queue.collect_finished(BUILD)
    assert "was failed.py, which failed" in (b.error or "")


def test_cancellation_propagates_to_dependents(queue: JobQueue) -> None:
    a, *_ = queue.add_jobs([new_job("a"), new_job("b", "a"), new_job("c", "b"), new_job("d")])
    assert queue.cancel_job(a)
    assert ends(queue) == dict.fromkeys("abc", JobStatus.CANCELLED)


def test_job_with_failed_dependency_fails(queue: JobQueue) -> None:
    queue.add_job(new_job("a"))
    fail_next(queue)
    queue.add_jobs([new_job("c", "b"), new_job("b", "a")])
    assert ends(queue) == dict.fromkeys("abc", JobStatus.FAILED)


# -- claims and completion ---------------------------------------------------------------------


def test_claim_by_build_and_type(queue: JobQueue) -> None:
    queue.add_jobs([new_job("a", build_id="other"), new_job("b", job_type="other")])
    assert queue.get_next_job(WORKER, BUILD, TYPE) is None
    job = queue.get_next_job(WORKER, BUILD, "other")
    assert job is not None and job.request_id == "b"


@pytest.mark.parametrize("asked", ["", '; environment [["kernel","xcpp 1"]]'])
def test_claim_by_tools(queue: JobQueue, asked: str) -> None:
    queue.add_jobs([new_job("a", fingerprint="tool 2"), new_job("b", fingerprint=f"tool{asked}")])

    assert queue.claimable(BUILD, TYPE, "tool")
    job = queue.get_next_job(WORKER, BUILD, TYPE, "tool")

    assert job is not None and job.request_id == "b"
    assert not queue.claimable(BUILD, TYPE, "tool")
    assert queue.get_next_job(WORKER, BUILD, TYPE, "tool") is None
    assert queue.claimable(BUILD, TYPE)


def test_worker_idle_without_job(queue: JobQueue) -> None:
    registry = Registry(queue)
    registry.register_worker(WORKER, BUILD, TYPE, "direct", "127.0.0.1:1")
    seen: list[str] = []
    queue.connection.set_trace_callback(seen.append)
    assert queue.get_next_job(WORKER, BUILD, TYPE) is None
    assert registry.idle_addresses(BUILD) == ["127.0.0.1:1"]
    words = [statement.split()[0] for statement in seen]
    assert words[:4] == ["BEGIN", "UPDATE", "UPDATE", "COMMIT"]  # in the claim's transaction


def test_heartbeat_never_holds_lock(queue: JobQueue) -> None:
    """Its thread may be stopped for ever between any two calls of SQLite."""
    queue.add_job(new_job("a"))
    job = queue.get_next_job(WORKER, BUILD, TYPE)
    registry = Registry(queue)
    registry.register_worker(WORKER, BUILD, TYPE, "direct", "")
    seen: list[str] = []
    queue.connection.set_trace_callback(seen.append)
    assert job is not None and queue.renew_lease(job)
    assert not registry.heartbeat(WORKER, 0.0, WorkerStatistics(0, 0, 0.0)).stop
    assert [statement.split()[0] for statement in seen] == ["UPDATE", "UPDATE"]


def test_heartbeat_tells_of_stop(queue: JobQueue) -> None:
    registry = Registry(queue)
    registry.register_worker(WORKER, BUILD, TYPE, "direct", "")
    registry.request_worker_stop(WORKER)
    assert registry.heartbeat(WORKER, 7.0, WorkerStatistics(0, 0, 0.0)).stop
    assert registry.cpu_seconds(BUILD) == 7.0


def test_stopped_worker_stays_stopped(queue: JobQueue) -> None:
    registry = Registry(queue)
    registry.register_worker(WORKER, BUILD, TYPE, "direct", "")
    registry.set_worker_status(WORKER, "stopped")
    queue.get_next_job(WORKER, BUILD, TYPE)
    assert registry.worker_status(WORKER) == "stopped"


def test_only_claim_sets_processing(queue: JobQueue) -> None:
    queue.add_job(new_job("a"))
    job = queue.get_next_job(WORKER, BUILD, TYPE)
    assert job is not None
    with pytest.raises(ValueError):
        queue.update_job_status(job, JobStatus.PROCESSING)
    assert queue.update_job_status(job, JobStatus.COMPLETED)


def test_finished_job_collected_once(queue: JobQueue) -> None:
    queue.add_jobs([new_job("a"), new_job("b")])
    complete_next(queue)
    assert ends(queue) == {"a": JobStatus.COMPLETED}
    assert ends(queue) == {}
    complete_next(queue)
    assert ends(queue) == {"b": JobStatus.COMPLETED}


def test_completed_job_keeps_result_key(queue: JobQueue) -> None:
    queue.add_jobs([new_job("a"), new_job("b")])
    complete_next(queue)
    assert queue.result_key(BUILD, "a") == "key of a"
    assert queue.result_key(BUILD, "b") is None


def test_finish_and_claim_one_transaction(queue: JobQueue) -> None:
    queue.add_jobs([new_job("a"), new_job("b")])
    job = queue.get_next_job(WORKER, BUILD, TYPE)
    assert job is not None
    seen: list[str] = []
    queue.connection.set_trace_callback(seen.append)
    moved, following = queue.finish_and_get_next(job, JobStatus.COMPLETED, WORKER)
    assert moved and following is not None and following.request_id == "b"
    assert [s.split()[0] for s in seen].count("COMMIT") == 1


def test_fail_pending_keeps_given_diagnostics(queue: JobQueue) -> None:
    queue.add_jobs([new_job("a"), new_job("b", "a")])
    assert queue.fail_pending(BUILD, TYPE, DIAGNOSTICS) == 2
    a, b = queue.collect_finished(BUILD)
    assert load_diagnostics(a.error or "") == tuple(DIAGNOSTICS)
    assert "needs a.py" in (b.error or "")


# -- the file ----------------------------------------------------------------------------------


def test_queue_not_shared_between_threads(queue: JobQueue) -> None:
    caught: list[BaseException] = []

    def use() -> None:
        try:
            queue.count_open(BUILD)
        except sqlite3.ProgrammingError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert caught


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
def test_removed_or_replaced_file_detected(tmp_path: Path, replaced: bool) -> None:
    path = tmp_path / "clm_jobs.db"
    with JobQueue(path) as queue:
        queue.add_job(new_job("a"))
        try:
            path.rename(tmp_path / "moved.db")
        except PermissionError:
            pytest.skip("the system keeps open files")
        if replaced:
            JobQueue(path).close()
        with pytest.raises(DatabaseError, match="removed or replaced"):
            queue.claimable(BUILD, TYPE)
        with pytest.raises(DatabaseError, match="removed or replaced"):
            queue.count_open(BUILD)


def test_emptying_open_file_is_error(tmp_path: Path) -> None:
    path = tmp_path / "clm_jobs.db"
    with JobQueue(path) as queue:
        queue.add_job(new_job("a"))
        path.write_bytes(b"")
        with pytest.raises(DatabaseError):
            queue.get_next_job(WORKER, BUILD, TYPE)


FREQUENT = {
    "claim": lambda queue: queue.get_next_job(WORKER, BUILD, TYPE),
    "claimable": lambda queue: queue.claimable(BUILD, TYPE),
    "count_open": lambda queue: queue.count_open(BUILD),
    "processing": lambda queue: queue.processing(BUILD),
    "collect": lambda queue: queue.collect_finished(BUILD),
    "rescue": lambda queue: queue.rescue_expired(DIAGNOSTICS),
}


@pytest.mark.parametrize("name", FREQUENT)
def test_frequent_queries_use_indexes(queue: JobQueue, name: str) -> None:
    queue.add_job(new_job("a"))
    complete_next(queue)
    queue.add_job(new_job("b"))
    seen: list[str] = []
    queue.connection.set_trace_callback(seen.append)
    FREQUENT[name](queue)
    queue.connection.set_trace_callback(None)
    steps = [
        step
        for statement in seen
        if statement.split()[0] not in ("BEGIN", "COMMIT", "PRAGMA")
        for *_, step in queue.connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    ]
    assert steps
    assert [step for step in steps if "SCAN jobs" in step or "TEMP B-TREE" in step] == []


def test_failed_transaction_releases_lock(queue: JobQueue) -> None:
    with pytest.raises(ValueError):
        queue.add_job(new_job("a", "unknown"))
    with JobQueue(queue.path, busy_seconds=0) as other:
        other.add_job(new_job("a"))


def test_queued_work_compressed(tmp_path: Path) -> None:
    outputs = [f'{{"format":"html","language":"en","name":"output-{n}"}}' for n in range(50)]
    payload = f'{{"outputs":[{",".join(outputs)}],"title":"Schöne Übung"}}'
    with JobQueue(tmp_path / "jobs.db") as queue:
        before = queue.path.stat().st_size
        queue.add_jobs(
            [
                QueuedJob("build", f"job {n}", "test", payload, "tools", '[["file"]]', '["a"]')
                for n in range(100)
            ]
        )
        size = queue.path.stat().st_size - before
        job = queue.get_next_job("worker", "build", "test")
    assert size < 100 * len(payload) / 4
    assert job is not None
    assert (job.payload, job.inputs, job.outputs) == (payload, '[["file"]]', '["a"]')
