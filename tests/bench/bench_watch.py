"""Latency of `clm watch`: from a save to the start of its job, and from Ctrl-C to the exit.

    python bench_watch.py [--decks 50] [--saves 10] [--folder FOLDER] [--profile FILE]

The course is that of `bench_large_course.py`, built first unless `FOLDER` has it from an earlier
run. Besides wall time it prints the CPU time of the watching process, which depends less on the
load of the machine. With `--profile` the watch runs under cProfile.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import psutil
from bench_large_course import built_course, parser_of

_CLM = [sys.executable, "-c", "from clm.cli.main import run; run()"]
_STARTED = ("job-started", "job-finished")  # for a short job there may be only the end
_PROFILED = """\
import atexit, cProfile, sys
profile = cProfile.Profile()
path = sys.argv.pop(1)
atexit.register(lambda: (profile.disable(), profile.dump_stats(path)))
profile.enable()
from clm.cli.main import run
run()
"""


class Watch:
    """A running `clm watch` and its events."""

    def __init__(self, spec: Path, profile: Path | None, program: Sequence[str] = _CLM) -> None:
        command = [sys.executable, "-c", _PROFILED, str(profile)] if profile else program
        self._process = subprocess.Popen(
            [*command, "watch", str(spec), "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def until(self, *events: str) -> dict[str, Any]:
        """Wait for the next of these events and return it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event: dict[str, Any] = json.loads(line)
            if event["event"] in events:
                return event
        raise RuntimeError("watch stopped")

    def saved(self, deck: Path, number: int, events: Sequence[str]) -> float:
        """Save a deck; returns the seconds until one of the events."""
        started = time.monotonic()
        save(deck, number)
        self.until(*events)
        return time.monotonic() - started

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu_seconds(self) -> float:
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system

    def interrupt(self) -> float:
        """Send Ctrl-C; returns the seconds until the exit."""
        started = time.monotonic()
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)
        return time.monotonic() - started


def save(deck: Path, number: int) -> None:
    """Replace the file, as editors do."""
    text = deck.read_text(encoding="utf-8") + f"\n# %%\n{number} + {time.time_ns()}\n"
    temporary = deck.with_name(f".{deck.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(deck)


def measure_saves(watch: Watch, decks: Sequence[Path], saves: int) -> None:
    walls, cpus, jobs, whole = [], [], [], []
    for number in range(saves):
        before, started = watch.cpu_seconds(), time.monotonic()
        save(decks[number * 7 % len(decks)], number)
        watch.until(*_STARTED)
        walls.append(time.monotonic() - started)
        cpus.append(watch.cpu_seconds() - before)
        watch.until("summary")
        jobs.append(time.monotonic() - started)
        whole.append(watch.cpu_seconds() - before)
    results = {
        "save to job start": walls,
        "CPU until then": cpus,
        "save to summary": jobs,
        "CPU until summary": whole,
    }
    for name, seconds in results.items():
        shown = {"median": statistics.median(seconds), "worst": max(seconds)}
        print(name, json.dumps({k: round(v, 3) for k, v in shown.items()}), flush=True)


def main() -> None:
    parser = parser_of(decks=50)
    parser.add_argument("--saves", type=int, default=10)
    arguments = parser.parse_args()
    with built_course(arguments.folder, arguments.decks) as spec:
        decks = sorted(spec.parent.glob("slides/*/*/slides_*.py"))
        os.environ["PYTHONUNBUFFERED"] = "1"
        with Watch(spec, arguments.profile) as watch:
            watch.until("summary")
            save(decks[-1], 0)  # starts a worker
            watch.until("summary")
            measure_saves(watch, decks, arguments.saves)
            print("Ctrl-C to exit", round(watch.interrupt(), 3))
        with Watch(spec, None) as watch:
            watch.until("summary")
            save(decks[0], 0)
            watch.until(*_STARTED)
            print("Ctrl-C during a job to exit", round(watch.interrupt(), 3))


if __name__ == "__main__":
    main()
