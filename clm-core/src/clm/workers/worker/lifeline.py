"""Lifeline: a pipe between a worker and the process that started it.

The starting process keeps the writing end open as long as it needs the worker. However it dies,
the system closes that end and the worker reads end-of-file at once: without polling, on every
platform, also during the worker's start. A line `stop` requests a clean end of the worker.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

STOP = b"stop\n"


def take_stdin() -> BinaryIO:
    """This process's standard input, withheld from the tools that it will start."""
    private = os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, sys.stdin.fileno())
    os.close(null)
    return private


def watch(pipe: BinaryIO, *, on_stop: Callable[[], None], on_lost: Callable[[], None]) -> None:
    """Reads the pipe in a separate thread; calls `on_stop` on a request, `on_lost` at its end."""

    def read() -> None:
        for line in iter(pipe.readline, b""):
            if line == STOP:
                on_stop()
        on_lost()

    threading.Thread(target=read, name="lifeline", daemon=True).start()
