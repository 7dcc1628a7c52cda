"""The pipe that ties a worker to the process that started it.

The starter holds the writing end and never closes it while it wants the worker. However the
starter dies, the system closes its end, and the worker reads the end of the file at once; no
polling, on every platform, also while the worker is still starting. A line `stop` asks the
worker to end by itself.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

STOP = b"stop\n"


def take_stdin() -> BinaryIO:
    """This process's standard input, out of reach of the tools that it will start."""
    private = os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, sys.stdin.fileno())
    os.close(null)
    return private


def watch(pipe: BinaryIO, *, on_stop: Callable[[], None], on_lost: Callable[[], None]) -> None:
    """Watches the pipe from a thread of its own: `on_stop` for a request, `on_lost` at its end."""

    def read() -> None:
        for line in iter(pipe.readline, b""):
            if line == STOP:
                on_stop()
        on_lost()

    threading.Thread(target=read, name="lifeline", daemon=True).start()
