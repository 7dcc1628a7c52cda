"""The pipe between a worker and its starter, in real processes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clm.workers.lifeline import STOP

_WATCHER = """
import subprocess, sys, threading
from clm.workers import lifeline
ended = threading.Event()
pipe = lifeline.take_stdin()
lifeline.watch(pipe, on_stop=lambda: print("stop", flush=True), on_lost=ended.set)
assert sys.stdin.read() == ""  # it is no longer the lifeline
{more}
print("up", flush=True)
ended.wait()
print("lost", flush=True)
"""


def watcher(more: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WATCHER.format(more=more)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_stop_is_told_and_then_the_loss() -> None:
    with watcher() as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert process.stdin is not None
        process.stdin.write(STOP.decode())
        process.stdin.flush()
        assert process.stdout.readline() == "stop\n"

        process.stdin.close()

        assert process.stdout.readline() == "lost\n"


@pytest.mark.parametrize("sent", ["", "sto", "something else\n"])
def test_anything_but_a_stop_is_none(sent: str) -> None:
    with watcher() as process:
        out, _ = process.communicate(sent, timeout=20)

    assert out == "up\nlost\n"


def test_the_loss_is_told_though_a_tool_is_running() -> None:
    tool = 'subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"]).wait()'
    with watcher(tool) as process:
        out, _ = process.communicate(timeout=20)

    assert out == "up\nlost\n"
