"""Cost of a command: wall time, CPU time of its process tree, and peak memory.

`python measuring.py RESULT MEMORY COMMAND...` runs a command as a subreaper, which inherits its
orphans (on Linux), so that the CPU time of processes that outlive their parents is counted, too.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from attrs import asdict, frozen

_PR_SET_CHILD_SUBREAPER = 36
_SAMPLE_SECONDS = 0.05


@frozen
class Cost:
    """Seconds and megabytes; `peak_rss` is the largest sum over all processes at one time.

    In it, pages that processes share count once per process; `peak_pss` is the sum at about the
    same time in which they count once (Linux only, else 0).
    """

    wall: float
    cpu: float
    peak_rss: float
    peak_pss: float
    exit_code: int

    def plain(self) -> dict[str, Any]:
        return {k: round(v, 3) for k, v in asdict(self).items()}


def measure(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    memory: bool = True,
) -> Cost:
    """Run a command to its end; its output is appended to `log`.

    Sampling memory slows down commands of less than a second; without `memory` it is 0.
    """
    with tempfile.TemporaryDirectory() as folder, log.open("ab") as output:
        result = Path(folder) / "cost.json"
        subprocess.run(
            [sys.executable, __file__, str(result), str(int(memory)), *map(str, command)],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=True,
        )
        return Cost(**json.loads(result.read_text()))


def _run(command: Sequence[str], memory: bool) -> Cost:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    started = time.monotonic()
    process = subprocess.Popen(command)
    sampler = _Sampler()
    if memory:
        sampler.start()
    exit_code = process.wait()
    wall = time.monotonic() - started
    _wait_for_orphans()
    sampler.done.set()
    times = os.times()
    cpu = times.children_user + times.children_system
    return Cost(wall, cpu, sampler.peak_rss, sampler.peak_pss, exit_code)


def _wait_for_orphans() -> None:
    for child in psutil.Process().children():
        try:
            child.wait(10)
        except psutil.Error:
            continue


class _Sampler(threading.Thread):
    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.peak_rss = 0.0
        self.peak_pss = 0.0

    def run(self) -> None:
        while not self.done.wait(_SAMPLE_SECONDS):
            processes = psutil.Process().children(recursive=True)
            rss = total_megabytes(processes, resident_bytes)
            if rss > self.peak_rss:
                self.peak_rss = rss
                # Slow, so only at a new peak.
                self.peak_pss = max(self.peak_pss, total_megabytes(processes, proportional_bytes))


def total_megabytes(
    processes: Iterable[psutil.Process], bytes_of: Callable[[psutil.Process], int]
) -> float:
    """The memory of the processes that have not ended meanwhile, in megabytes."""
    total = 0
    for process in processes:
        with suppress(psutil.Error, OSError):
            total += bytes_of(process)
    return total / 1e6


def resident_bytes(process: psutil.Process) -> int:
    rss: int = process.memory_info().rss
    return rss


def proportional_bytes(process: psutil.Process) -> int:
    for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(asdict(_run(sys.argv[3:], sys.argv[2] == "1"))))
