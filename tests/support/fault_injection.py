"""Injection of faults into real builds: target process, signal and moment."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from enum import StrEnum

import psutil
from attrs import define, field, frozen
from course_folder import until
from real_course import DECK_AND_DRAWIO, DECK_AND_PLANTUML, DECKS, EVERYTHING, Content, RealCourse

LEASE_SECONDS = 2.0  # with less, a busy machine delays the heartbeats of other workers too long
_STOPPED_SECONDS = 4.0


FINDINGS = ("incomplete files", "lost", "differing", "left over")


class Target(StrEnum):
    """The process to hit."""

    BUILDER = "builder"
    WORKER = "worker"
    KERNEL = "kernel"
    KERNEL_SERVER = "kernel server"
    POOL_MANAGER = "pool manager"
    JAVA = "java"
    BROWSER = "browser"


class Blow(StrEnum):
    """The signal; a stopped process is continued after its lease has expired."""

    KILL = "SIGKILL"
    TERM = "SIGTERM"
    STOP = "SIGSTOP"


@define
class Tally:
    """Injected and survived faults, what the others did, and the longest delay in seconds.

    A delay is the time from the fault to the end of its build.
    """

    injected: int = 0
    hits: Counter[str] = field(factory=Counter)
    faults: Counter[str] = field(factory=Counter)
    survived: int = 0
    longest: float = 0.0
    longest_of: str = ""

    def hit(self, fault: Fault, seconds: float) -> None:
        """Counts a fault whose build has ended after that time."""
        self.injected += 1
        self.hits[f"{fault.target} {fault.blow}"] += 1
        if seconds > self.longest:
            self.longest, self.longest_of = seconds, str(fault)

    def lines(self) -> list[str]:
        """The figures, if there are any."""
        if not self.injected:
            return []
        text = f"faults injected: {self.injected}, survived: {self.survived}"
        if not self.hits:
            return [text]
        found = ", ".join(f"{name}: {self.faults[name]}" for name in FINDINGS)
        hits = ", ".join(f"{name} {number}" for name, number in sorted(self.hits.items()))
        delay = f"longest delay: {self.longest:.1f} s ({self.longest_of})"
        return [text, found, f"hits: {hits}", delay]


@frozen
class Fault:
    """A fault; `moment` is its time as a fraction (0 to 1) of the target's usual lifetime."""

    number: int
    target: Target
    blow: Blow
    moment: float

    @classmethod
    def of(cls, seed: int, number: int) -> Fault:
        """The fault with this number: all combinations in turn, at random moments."""
        combinations = [(target, blow) for target in Target for blow in Blow]
        shuffled = random.Random(seed).sample(combinations, len(combinations))
        target, blow = shuffled[number % len(shuffled)]
        return cls(number, target, blow, random.Random(f"{seed} {number}").random())

    def __str__(self) -> str:
        return f"{self.number}-{self.target}-{self.blow}-{self.moment:.3f}"

    @property
    def content(self) -> Content:
        """The smallest content that has such a process; every second time all, if any would do."""
        return CONTENTS.get(self.target, EVERYTHING if self.number % 2 else DECKS)

    @property
    def ends_the_build(self) -> bool:
        return self.target is Target.BUILDER and self.blow is not Blow.STOP


CONTENTS = {
    Target.KERNEL: DECKS,
    Target.KERNEL_SERVER: DECKS,
    Target.POOL_MANAGER: DECKS,
    Target.JAVA: DECK_AND_PLANTUML,
    Target.BROWSER: DECK_AND_DRAWIO,
}
# Approximate lifetimes, in seconds, of such processes in such a build.
_LIFETIMES = {
    Target.BUILDER: 5.0,
    Target.WORKER: 4.0,
    Target.KERNEL: 0.5,
    Target.KERNEL_SERVER: 3.0,
    Target.POOL_MANAGER: 4.0,
    Target.JAVA: 3.0,
    Target.BROWSER: 3.0,
}


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


def inject(
    fault: Fault, course: RealCourse, build: subprocess.Popen[str], *, haste: float = 1.0
) -> bool:
    """Hits a process of a running build; False if the build ended before.

    `haste` divides the delay before the fault.
    """

    def victims_or_end() -> bool:
        return bool(victims(fault.target, course, build)) or build.poll() is not None

    until(victims_or_end, "a process to hit", seconds=120)
    time.sleep(fault.moment * _LIFETIMES[fault.target] / haste)
    until(victims_or_end, "a process to hit", seconds=120)
    chosen = victims(fault.target, course, build)
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
        pass  # it was killed as unresponsive, which is correct
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
