"""Injection of faults into real builds."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from attrs import define, field
from fault_rounds import Blow, Fault, Target
from process_clock import ProcessClock
from real_course import RealCourse
from small_disk import SmallDisks

LEASE_SECONDS = 3.0  # with less, a busy machine delays the heartbeats of other workers too long
DISK_SIZE = "500m"
_STOPPED_SECONDS = 6.0
_FULL_SECONDS = 2.0
_POLL_SECONDS = 0.02
_DAY = 86_400


def victims(
    target: Target, course: RealCourse, build: subprocess.Popen[str]
) -> list[psutil.Process]:
    """The living processes of a kind that the build has started."""
    return [process for process in course.processes() if _is(target, process, build)]


def stop(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Stops the processes; returns those that have not ended before."""
    stopped = []
    for process in processes:
        try:
            process.suspend()
        except psutil.NoSuchProcess:
            continue
        stopped.append(process)
    return stopped


def folder_of(disk: Target, course: RealCourse) -> Path:
    """The folder of a disk."""
    return {
        Target.OUTPUTS: course.path / "output",
        Target.DATABASES: course.own,
        Target.TEMPORARY: course.temporary,
    }[disk]


@define
class Injection:
    """Faults of a running build.

    `hits` are those that were injected, with the time of it by the monotonic clock.
    """

    course: RealCourse
    build: subprocess.Popen[str]
    disks: SmallDisks
    clock: ProcessClock
    hits: list[tuple[Fault, float]] = field(factory=list)
    _undo: list[tuple[float, Callable[[], None]]] = field(factory=list)

    def run(self, faults: Sequence[Fault]) -> None:
        """Injects each fault at its moment, until all are done or the build has ended."""
        waiting = list(faults)
        due: dict[Fault, float] = {}
        try:
            while (waiting or self._undo) and self.build.poll() is None:
                processes = self.course.processes()
                for fault in list(waiting):
                    found = [p for p in processes if _is(fault.target, p, self.build)]
                    if not found and fault.target in _TESTS:
                        continue
                    now = time.monotonic()
                    if now >= due.setdefault(fault, now + fault.delay):
                        waiting.remove(fault)
                        if self._hit(fault, found):
                            self.hits.append((fault, now))
                self._undo_those_before(time.monotonic())
                time.sleep(_POLL_SECONDS)
        finally:
            self._undo_those_before(float("inf"))

    def _hit(self, fault: Fault, found: list[psutil.Process]) -> bool:
        if fault.target is Target.CLOCK:
            self.clock.set(-_DAY if fault.blow is Blow.DAY_BACK else 365 * _DAY)
            return True
        if fault.target.is_disk:
            folder = folder_of(fault.target, self.course)
            if self.disks.missing:
                return False
            self.disks.fill(folder)
            seconds = _FULL_SECONDS if fault.blow is Blow.FULL_FOR_MOMENT else float("inf")
            self._later(seconds, lambda: self.disks.mount(folder, DISK_SIZE))
            return True
        victim = random.Random(fault.delay).choice(found)
        try:
            victim.send_signal(signal.Signals[fault.blow.value])
        except psutil.NoSuchProcess:
            return False
        if fault.blow is Blow.STOP:
            self._later(_STOPPED_SECONDS, lambda: _resume(victim))
        return True

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._undo.append((time.monotonic() + seconds, action))

    def _undo_those_before(self, now: float) -> None:
        for entry in [entry for entry in self._undo if entry[0] <= now]:
            self._undo.remove(entry)
            entry[1]()


def _resume(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):  # it was killed as unresponsive, which is correct
        process.resume()


def _is(target: Target, process: psutil.Process, build: subprocess.Popen[str]) -> bool:
    try:
        return target in _TESTS and _TESTS[target](process, build)
    except psutil.Error:
        return False


def _has(process: psutil.Process | None, word: str) -> bool:
    return process is not None and any(word in part for part in process.cmdline())


_TESTS: dict[Target, Callable[[psutil.Process, subprocess.Popen[str]], bool]] = {
    Target.BUILDER: lambda process, build: process.pid == build.pid,
    Target.WORKER: lambda process, build: _has(process, "clm.workers.worker.process"),
    Target.KERNEL: lambda process, build: (
        _has(process, "python_kernels.py") and _has(process.parent(), "python_kernels.py")
    ),
    Target.KERNEL_SERVER: lambda process, build: (
        _has(process, "python_kernels.py") and not _has(process.parent(), "python_kernels.py")
    ),
    Target.POOL_MANAGER: lambda process, build: _has(process, "clm.workers.pool"),
    Target.JAVA: lambda process, build: _has(process, "jvm_host"),
    Target.BROWSER: lambda process, build: "chrom" in process.name(),
}
