"""A time limit for third-party code in this process."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_AGAIN_SECONDS = 0.5


class TookTooLongError(BaseException):
    """The code was stopped; not an `Exception`, so that the code is unlikely to catch it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLongError in the `with` block if it runs longer than `seconds`.

    It uses a signal, which Python handles in the main thread: there is no limit in other threads,
    and native code that never returns to Python is not stopped.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
    elif hasattr(signal, "setitimer"):
        with _handler(signal.SIGALRM):
            signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
            try:
                yield
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    else:
        with _handler(signal.SIGINT, time.monotonic() + seconds):
            timer = threading.Timer(seconds, _thread.interrupt_main)
            timer.daemon = True
            timer.start()
            try:
                yield
            finally:
                timer.cancel()


@contextmanager
def _handler(number: int, deadline: float = 0.0) -> Iterator[None]:
    def stop(*_: Any) -> None:
        # Before the deadline, the signal comes from the user's Ctrl-C.
        raise TookTooLongError if time.monotonic() >= deadline else KeyboardInterrupt

    before = signal.signal(number, stop)
    try:
        yield
    finally:
        signal.signal(number, before)
