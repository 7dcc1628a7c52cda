"""Search and termination of all processes that a worker has started.

A tool may create its own session or process group (kernels do) and outlive its parent. It cannot
shed its initial environment, so each worker has a variable there that all descendants inherit.
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
_SETTLE_SECONDS = 0.05

# Python's audit events for starting a process.
_START_EVENTS = frozenset(
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
            continue  # it has ended, or its environment is not readable
    return found


def descendants(process: psutil.Process) -> list[psutil.Process]:
    """The live descendants of a process; none if it no longer exists."""
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def kill_all(processes: list[psutil.Process]) -> None:
    """Kills the processes that are still alive."""
    for process in processes:
        try:
            process.kill()
        except psutil.Error:
            continue  # it has ended


def kill_tree(pid: int) -> None:
    """Kills a child process and its descendants, also those with an unreadable environment."""
    try:
        process = psutil.Process(pid)
    except psutil.Error:
        return  # it has ended
    kill_all([process, *descendants(process)])


def kill_started_by(*worker_ids: str, rounds: int = 3) -> None:
    """Kills all processes that the workers have started, including ones started meanwhile."""
    for _ in range(rounds):
        started = marked_processes(worker_ids)
        if not started:
            return
        kill_all(started)


def block_new_processes() -> None:
    """Blocks every other thread of this process, permanently, when it tries to start a process.

    For a process that is about to end: otherwise another thread might start one that is not
    killed.
    """
    own_thread = threading.get_ident()

    def hook(event: str, arguments: object) -> None:
        if event in _START_EVENTS and threading.get_ident() != own_thread:
            threading.Event().wait()

    sys.addaudithook(hook)


def kill_tools(worker_id: str) -> None:
    """Kills all processes that this process, the worker with that id, has started."""
    kill_all(descendants(psutil.Process()))
    kill_started_by(worker_id, rounds=1)


def end_at_once(worker_id: str, exit_code: int) -> None:
    """Ends this process, a worker, and all that it has started, without any cleanup."""
    try:
        block_new_processes()
        kill_tools(worker_id)
        # A start may have been in progress when new ones were blocked; it is then a direct child.
        time.sleep(_SETTLE_SECONDS)
        kill_all(descendants(psutil.Process()))
    finally:
        os._exit(exit_code)


@frozen
class TreeUsage:
    """The CPU time of this process and its descendants, including reaped children, and their
    current memory. `is_stopped` is whether one of them is stopped (SIGSTOP)."""

    cpu_seconds: float
    memory_bytes: int
    is_stopped: bool = False


def usage_of_tree() -> TreeUsage:
    """The usage of this process and its descendants."""
    own = psutil.Process()
    cpu_seconds, memory_bytes, is_stopped = 0.0, 0, False
    for process in (own, *descendants(own)):
        try:
            with process.oneshot():
                times = process.cpu_times()
                memory = process.memory_info()
                is_stopped |= process.status() == psutil.STATUS_STOPPED
        except psutil.Error:
            continue
        cpu_seconds += times.user + times.system + times.children_user + times.children_system
        # Forked processes share most of their memory: shared memory counts once.
        shared = getattr(memory, "shared", 0) if process.pid != own.pid else 0
        memory_bytes += max(0, memory.rss - shared)
    return TreeUsage(cpu_seconds, memory_bytes, is_stopped)
