"""Connections that wait for another process's lock in Python, so that Ctrl-C ends the wait."""

from __future__ import annotations

import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from typing import Any

from clm.errors import DatabaseBusyError
from clm.event_loop import is_interrupted

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PAUSES = (0.001, 0.002, 0.005, 0.01)  # most locks are held for less than a millisecond
_CALL_SECONDS = 1.0
_AFTER_INTERRUPT = 0.2  # for what is still to be written at the end


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection's lock caused the error."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _BUSY


class PatientConnection(sqlite3.Connection):
    """A connection whose `execute` waits for locks for `patience` seconds.

    Meanwhile it calls `on_wait` about once a second.
    Once Ctrl-C has ended a wait, or is noticed by an `Interruption`, it hardly waits any more.
    """

    patience = 0.0
    on_wait: Callable[[], None] | None = None

    @property
    def longest_wait(self) -> float:
        """The seconds for which `execute` waits now."""
        return min(self.patience, _AFTER_INTERRUPT) if _interruptions else self.patience

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        try:
            return super().execute(sql, parameters)
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            return self._insist(sql, parameters, error)

    def _insist(self, sql: str, parameters: Any, error: sqlite3.OperationalError) -> sqlite3.Cursor:
        now = time.monotonic()
        deadline, next_call = now + self.longest_wait, now + _CALL_SECONDS
        pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
        with _interruptible():
            while (now := time.monotonic()) < deadline:
                if self.on_wait and now >= next_call:
                    next_call = now + _CALL_SECONDS
                    self.on_wait()
                try:
                    time.sleep(next(pauses))
                    return super().execute(sql, parameters)
                except KeyboardInterrupt:
                    self.patience = _AFTER_INTERRUPT
                    raise
                except sqlite3.OperationalError as again:
                    if not is_busy(again):
                        raise
                    error = again
        raise error


_interruptions: set[int] = set()  # those that are noticed and have not ended


class Interruption:
    """The end of work that Ctrl-C interrupts: it does not wait for the locks of others.

    What the work's end does not write, the next build finds to be that of a dead one.
    """

    @contextmanager
    def noticed(self) -> Iterator[None]:
        """The work itself."""
        try:
            yield
        except BaseException as error:
            if _is_from_interrupt(error):
                _interruptions.add(id(self))
            raise

    @contextmanager
    def ended(self) -> Iterator[None]:
        """The work and its end; raises KeyboardInterrupt where the end could not be written."""
        try:
            yield
        except DatabaseBusyError:
            if id(self) in _interruptions:
                raise KeyboardInterrupt from None
            raise
        finally:
            _interruptions.discard(id(self))


def _is_from_interrupt(error: BaseException | None) -> bool:
    """Whether an error is an interrupt, or was raised while one was handled.

    An event loop's own handler makes it a CancelledError.
    """
    if is_interrupted() or not isinstance(error, Exception):
        return True
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def connect(path: object, seconds: float, **options: Any) -> PatientConnection:
    """A connection in autocommit mode that waits for locks for so many seconds."""
    connection = sqlite3.connect(
        str(path),
        timeout=0,  # a signal would not end SQLite's own wait
        isolation_level=None,
        factory=PatientConnection,
        **options,
    )
    connection.patience = seconds
    return connection


@contextmanager
def _interruptible() -> Iterator[None]:
    """Handles Ctrl-C at once: an event loop's own handler waits for the next `await`."""
    if not _is_in_event_loop():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if is_interrupted() and not _interruptions:
            raise KeyboardInterrupt
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _is_in_event_loop() -> bool:
    if threading.current_thread() is not threading.main_thread():
        return False
    asyncio = sys.modules.get("asyncio")  # most processes do not load it
    if asyncio is None or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
