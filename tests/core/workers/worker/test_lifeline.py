"""Lifeline pipe between a worker and the process that started it, with real processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clm.workers.worker.lifeline import STOP

_WATCHER = """
import subprocess, sys, threading
from clm.workers.worker import lifeline
ended = threading.Event()
pipe = lifeline.take_stdin()
lifeline.watch(pipe, on_stop=lambda: print("stop", flush=True), on_lost=ended.set)
assert sys.stdin.read() == ""  # it is no longer the lifeline
{more}
print("up", flush=True)
ended.wait()
print("lost", flush=True)
"""


@contextmanager
def watcher(more: str = "") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _WATCHER.format(more=more)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_stop_then_loss_reported() -> None:
    with watcher() as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert process.stdin is not None
        process.stdin.write(STOP.decode())
        process.stdin.flush()
        assert process.stdout.readline() == "stop\n"

        process.stdin.close()

        assert process.wait(timeout=20) == 0
        assert process.stdout.read() == "lost\n"


@pytest.mark.parametrize("sent", ["", "sto", "something else\n"])
def test_other_input_is_not_stop(sent: str) -> None:
    with watcher() as process:
        out, _ = process.communicate(sent, timeout=20)

    assert out == "up\nlost\n"


def test_loss_reported_while_tool_runs() -> None:
    tool = 'subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"]).wait()'
    with watcher(tool) as process:
        out, _ = process.communicate(timeout=20)

    assert out == "up\nlost\n"
