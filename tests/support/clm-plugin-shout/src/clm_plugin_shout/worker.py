"""Workers that upper-case texts and follow the orders in their sources."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clm import ConversionError, Diagnostic, Job, Place, Result, Severity, TransientJobError, Worker
from clm_plugin_shout.orders import orders_in, without_orders

_CHILD = "import sys, time; open(sys.argv[1], 'w').write('up'); time.sleep(600)"


class Shouter(Worker):
    """Follows the orders of a source, then upper-cases its other lines and the needed files."""

    def convert(self, payload: Any, job: Job) -> Result:
        text = (job.folder / payload.name).read_text(encoding="utf-8")
        notes: list[Diagnostic] = []
        outputs: dict[str, Any] = {}
        orders = orders_in(text)
        for order, arguments in orders.items():
            for argument in arguments:
                ORDERS.get(order, _ignore)(argument, job, notes, outputs)
        needed = [
            (job.folder / name).read_text(encoding="utf-8") for name in orders.get("needs", [])
        ]
        if "none" in orders:
            return None  # type: ignore[return-value]
        if not outputs and "missing" not in orders:
            loud = without_orders(text).upper() + "".join(needed).upper()
            outputs = dict.fromkeys(job.outputs, loud.encode())
        return Result(outputs, tuple(notes), {"length": len(text)})


class Mute(Worker):
    def start(self) -> None:
        raise RuntimeError("this worker cannot start")

    def convert(self, payload: Any, job: Job) -> Result:
        raise AssertionError("never reached")


class SlowStarter(Shouter):
    """Starts slowly, and starts a child process in a session of its own."""

    def start(self) -> None:
        subprocess.Popen([sys.executable, "-c", _CHILD, os.devnull], start_new_session=True)
        time.sleep(0.5)


class Asleep(Shouter):
    """Never finishes starting."""

    def start(self) -> None:
        time.sleep(600)


Order = Callable[[str, Job, list[Diagnostic], dict[str, Any]], None]


def _ignore(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """Ignore orders that are handled elsewhere."""


def _log(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    with Path(argument).open("a", encoding="utf-8") as log:
        log.write(f"{os.getpid()} {os.environ.get('CLM_WORKER_ID', 'inline')}\n")


def _wait_for(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    while not Path(argument).exists() and not job.is_cancelled():
        time.sleep(0.005)


def _announced(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """`SECONDS`: sleeps for this time, announced with `Job.waiting`."""
    with job.waiting(float(argument)):
        time.sleep(float(argument))


def _hang(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """`N FILE`: waits for a sleeping child the first N times, counted by the lines of FILE."""
    times, _, name = argument.partition(" ")
    with Path(name).open("a+", encoding="utf-8") as file:
        file.seek(0)
        attempts = len(file.readlines())
        file.write(f"{os.getpid()}\n")
    if attempts < int(times):
        subprocess.run([sys.executable, "-c", _CHILD, os.devnull], start_new_session=True)


def _progress(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """`FRACTION TEXT`: reports progress; `?` is an unknown fraction."""
    fraction, _, text = argument.partition(" ")
    job.progress(None if fraction == "?" else float(fraction), text)


def _burn(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """`SECONDS`: uses this much CPU time."""
    end = time.process_time() + float(argument)
    data = b""
    while time.process_time() < end:
        data = hashlib.sha256(data).digest()


def _spin(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """Never returns, in Python."""
    while True:
        pass


def _hold(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """Never returns, in native code that lets no other thread of the worker run."""
    sum(itertools.repeat(0))


def _write(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    Path(argument).write_text("here", encoding="utf-8")


def _print(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    sys.stdout.write(f"{argument}\n")


def _abort(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    os.abort()


def _abort_once(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    if not Path(argument).exists():
        Path(argument).touch()
        os.abort()


def _error(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    raise ConversionError(argument, hint="use another word")


def _transient(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """`N FILE`: fails the first N times, counted by the lines of FILE."""
    times, _, name = argument.partition(" ")
    log = Path(name)
    attempts = len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0
    with log.open("a", encoding="utf-8") as file:
        file.write("attempt\n")
    if attempts < int(times):
        raise TransientJobError(f"attempt {attempts + 1} failed")


def _raise(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    raise ZeroDivisionError(argument)


def _warn(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    notes.append(Diagnostic(argument, Severity.WARNING))


def _warn_at(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """`N TEXT`: warns about the text in line N."""
    line, _, text = argument.partition(" ")
    place = Place(job.source, int(line))
    notes.append(Diagnostic("something", Severity.WARNING, place=place, excerpt=text))


def _say_error(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    notes.append(Diagnostic(argument, Severity.ERROR))


def _extra(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    outputs |= {"text": b"", argument: b""}


def _output(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """`PATH`: makes this file, relative to the job's folder, the output."""
    outputs["text"] = Path(argument)


def _text(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    outputs["text"] = argument


def _link(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    (job.folder / "link").symlink_to(argument)
    outputs["text"] = job.folder / "link"


def _read_only(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    folder = job.folder / "locked" / "inner"
    folder.mkdir(parents=True)
    (folder / "file").write_text("kept", encoding="utf-8")
    for path in (folder / "file", folder, folder.parent):
        path.chmod(0o400 if path.is_file() else 0o000)


def _child(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    """`FILE`: starts a process that outlives the job; waits until the process has written FILE."""
    subprocess.Popen([sys.executable, "-c", _CHILD, argument], start_new_session=True)
    _wait_for(argument, job, notes, outputs)


def _loop(argument: str, job: Job, notes: list[Diagnostic], outputs: dict[str, Any]) -> None:
    asyncio.run(asyncio.sleep(0))


ORDERS: dict[str, Order] = {
    "loop": _loop,
    "log": _log,
    "write": _write,
    "wait-for": _wait_for,
    "announced": _announced,
    "hang": _hang,
    "burn": _burn,
    "spin": _spin,
    "hold": _hold,
    "progress": _progress,
    "print": _print,
    "abort": _abort,
    "abort-once": _abort_once,
    "error": _error,
    "transient": _transient,
    "raise": _raise,
    "warn": _warn,
    "warn-at": _warn_at,
    "say-error": _say_error,
    "extra": _extra,
    "output": _output,
    "text": _text,
    "link": _link,
    "read-only": _read_only,
    "child": _child,
}
