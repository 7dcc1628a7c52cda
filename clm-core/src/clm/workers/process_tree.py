"""Finding and killing everything that a worker has started.

A tool may put itself into a session or process group of its own (kernels do) and outlive its
parent. What it cannot shed is the environment that it was started with: each worker has an
entry there that all its descendants inherit.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Collection

import psutil
from attrs import frozen

MARKER = "CLM_WORKER_ID"
_SETTLING_SECONDS = 0.05

# What Python's audit events call the ways to start a process.
_STARTING = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "os.system",
        "subprocess.Popen",
    }
)


def marked_processes(worker_ids: Collection[str]) -> list[psutil.Process]:
    """All processes of this user, except this one, that were started under these workers."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARKER) in worker_ids:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or not ours to look at
    return found


def descendants(process: psutil.Process) -> list[psutil.Process]:
    """The living children, grandchildren, ... of a process; none where it is gone."""
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def kill_all(processes: list[psutil.Process]) -> None:
    """SIGKILL, or its counterpart, to each that still lives."""
    for process in processes:
        try:
            process.kill()
        except psutil.Error:
            continue  # gone meanwhile


def kill_tree(pid: int) -> None:
    """Kills a process of ours with its descendants, also those that hide their environment."""
    try:
        process = psutil.Process(pid)
    except psutil.Error:
        return  # gone
    kill_all([process, *descendants(process)])


def kill_started_by(*worker_ids: str, rounds: int = 3) -> None:
    """Kills all that the workers have started, including what is started meanwhile."""
    for _ in range(rounds):
        started = marked_processes(worker_ids)
        if not started:
            return
        kill_all(started)


def forbid_new_processes() -> None:
    """Stops every other thread of this process that is about to start a process, for good.

    For a process that is about to end: else its other threads might start one that nobody kills
    any more.
    """
    mine = threading.get_ident()

    def hook(event: str, arguments: object) -> None:
        if event in _STARTING and threading.get_ident() != mine:
            threading.Event().wait()

    sys.addaudithook(hook)


def kill_tools(worker_id: str) -> None:
    """Kills all that this process, the worker of that id, has started."""
    kill_all(descendants(psutil.Process()))
    kill_started_by(worker_id, rounds=1)


def end_at_once(worker_id: str, exit_code: int) -> None:
    """Ends this process, a worker, and everything that it has started, without any clean-up."""
    try:
        forbid_new_processes()
        kill_tools(worker_id)
        # One more may have been on its way when new ones were forbidden; it is a child of ours.
        time.sleep(_SETTLING_SECONDS)
        kill_all(descendants(psutil.Process()))
    finally:
        os._exit(exit_code)


@frozen
class TreeUsage:
    """What this process and its descendants have used of the processors, those waited for
    included, and hold in memory now."""

    cpu_seconds: float
    memory_bytes: int


def usage_of_tree() -> TreeUsage:
    """The usage of this process and of all that it has started."""
    me = psutil.Process()
    cpu_seconds, memory_bytes = 0.0, 0
    for process in (me, *descendants(me)):
        try:
            with process.oneshot():
                times = process.cpu_times()
                memory = process.memory_info()
        except psutil.Error:
            continue
        cpu_seconds += times.user + times.system + times.children_user + times.children_system
        # Forked processes share most of their memory: what is shared counts once.
        shared = getattr(memory, "shared", 0) if process.pid != me.pid else 0
        memory_bytes += max(0, memory.rss - shared)
    return TreeUsage(cpu_seconds, memory_bytes)
