"""Faults at random moments of real builds: who is hit, with what, and when."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from enum import StrEnum

import psutil
from attrs import define, frozen
from course_folder import until
from real_course import DECK_AND_DRAWIO, DECK_AND_PLANTUML, DECKS, EVERYTHING, Content, RealCourse

LEASE_SECONDS = 1.0
_STOPPED_SECONDS = 2.0


class Target(StrEnum):
    """Which process is hit."""

    BUILDER = "builder"
    WORKER = "worker"
    KERNEL = "kernel"
    KERNEL_SERVER = "kernel server"
    POOL_MANAGER = "pool manager"
    JAVA = "java"
    BROWSER = "browser"


class Blow(StrEnum):
    """What hits it; a stopped process goes on after its lease has ended."""

    KILL = "SIGKILL"
    TERM = "SIGTERM"
    STOP = "SIGSTOP"


@define
class Tally:
    """How many faults there were, and how many were survived."""

    seed: int
    injected: int = 0
    survived: int = 0


@frozen
class Fault:
    """One fault; `moment` is how far into the target's usual life it comes, from 0 to 1."""

    number: int
    target: Target
    blow: Blow
    moment: float

    @classmethod
    def of(cls, seed: int, number: int) -> Fault:
        """The fault of that number: all combinations come in turn, at random moments."""
        combinations = [(target, blow) for target in Target for blow in Blow]
        shuffled = random.Random(seed).sample(combinations, len(combinations))
        target, blow = shuffled[number % len(shuffled)]
        return cls(number, target, blow, random.Random(f"{seed} {number}").random())

    def __str__(self) -> str:
        return f"{self.number}-{self.target}-{self.blow}-{self.moment:.3f}"

    @property
    def content(self) -> Content:
        """The least that has such a process; all of it every second time where any would do."""
        return _CONTENTS.get(self.target, EVERYTHING if self.number % 2 else DECKS)

    @property
    def ends_the_build(self) -> bool:
        return self.target is Target.BUILDER and self.blow is not Blow.STOP


_CONTENTS = {
    Target.KERNEL: DECKS,
    Target.KERNEL_SERVER: DECKS,
    Target.POOL_MANAGER: DECKS,
    Target.JAVA: DECK_AND_PLANTUML,
    Target.BROWSER: DECK_AND_DRAWIO,
}
# Seconds, about, that a process of the kind lives in such a build.
_LIVES = {
    Target.BUILDER: 5.0,
    Target.WORKER: 4.0,
    Target.KERNEL: 0.5,
    Target.KERNEL_SERVER: 3.0,
    Target.POOL_MANAGER: 4.0,
    Target.JAVA: 3.0,
    Target.BROWSER: 3.0,
}


def inject(
    fault: Fault, course: RealCourse, build: subprocess.Popen[str], *, haste: float = 1.0
) -> bool:
    """Hits a process of a running build; False where the build ended before.

    With more `haste` it comes so many times earlier.
    """

    def victims() -> list[psutil.Process]:
        return [p for p in course.processes() if _is(fault.target, p, build)]

    def victims_or_end() -> bool:
        return bool(victims()) or build.poll() is not None

    until(victims_or_end, "a process to hit", seconds=120)
    time.sleep(fault.moment * _LIVES[fault.target] / haste)
    until(victims_or_end, "a process to hit", seconds=120)
    chosen = victims()
    if not chosen or build.poll() is not None:
        return False
    return _hit(random.Random(fault.number).choice(chosen), fault.blow)


def _hit(victim: psutil.Process, blow: Blow) -> bool:
    try:
        victim.send_signal(signal.Signals[blow.value])
        if blow is Blow.STOP:
            time.sleep(_STOPPED_SECONDS)
    except psutil.NoSuchProcess:
        return False
    try:
        if blow is Blow.STOP:
            victim.send_signal(signal.SIGCONT)
    except psutil.NoSuchProcess:
        pass  # somebody took it for dead, as it may
    return True


def _is(target: Target, process: psutil.Process, build: subprocess.Popen[str]) -> bool:
    try:
        return _TESTS[target](process, build)
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
