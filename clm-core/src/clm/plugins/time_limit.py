"""Time limits for third-party code in this process."""

from __future__ import annotations

import _thread
import gc
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType

from clm.errors import UsageError
from clm_start import guard

_AGAIN_SECONDS = 0.5
_SOON_SECONDS = 0.001
_END_SECONDS = 1.0  # in which a call ends that was stopped: it may have much memory to free
_LONGEST_SECONDS = 1e9  # what timers of all systems take


CALL_SECONDS_VARIABLE = "CLM_PLUGIN_SECONDS"
LOAD_SECONDS_VARIABLE = "CLM_PLUGIN_LOAD_SECONDS"
HOOK_SECONDS_VARIABLE = "CLM_PLUGIN_HOOK_SECONDS"
CALL_MEMORY_VARIABLE = "CLM_PLUGIN_MEMORY"
_CALL_SECONDS = 60.0
_CALL_MEMORY = 2_000_000_000
_CHECKS = 4  # of a call before it has taken too long


class TookTooLongError(BaseException):
    """The code was stopped after `seconds`.

    It is no `Exception`, so that the code is unlikely to catch it.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(f"it took longer than {seconds:g} s")
        self.seconds = seconds


class CallTookTooLongError(TookTooLongError):
    """A single call of a plugin was stopped."""


def _loses_exceptions(frame: FrameType | None) -> bool:
    """Whether `frame` is a callback of the garbage collector, out of which no exception comes.

    A timer that repeats gives another chance soon.
    """
    codes = [getattr(callback, "__code__", None) for callback in gc.callbacks]
    return frame is not None and frame.f_code in codes


def call_seconds() -> float:
    """The time limit for a call of a plugin's function while a build is planned, or of a check."""
    return seconds_in(CALL_SECONDS_VARIABLE, _CALL_SECONDS)


def seconds_in(variable: str, default: float) -> float:
    """The time limit in an environment variable, or the default.

    Raises:
        UsageError: the variable has no positive number.
    """
    text = os.environ.get(variable, "")
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:  # nor nan
        raise UsageError(f"{variable}: invalid number of seconds: {text!r}", hint="for example 30")
    return min(max(seconds, _SOON_SECONDS), _LONGEST_SECONDS)


def check_limits() -> None:
    """Raise a UsageError if an environment variable for a limit has an invalid value."""
    for variable in (CALL_SECONDS_VARIABLE, LOAD_SECONDS_VARIABLE, HOOK_SECONDS_VARIABLE):
        seconds_in(variable, _CALL_SECONDS)
    call_memory()


def call_memory() -> int:
    """The bytes of memory that a call of a plugin may take before the program is ended."""
    if CALL_MEMORY_VARIABLE not in os.environ:
        return _CALL_MEMORY
    from clm.limits import parse_size  # hardly ever needed, and loaded by each command else

    return parse_size(os.environ[CALL_MEMORY_VARIABLE], CALL_MEMORY_VARIABLE)


@contextmanager
def _guarded(seconds: float, what: str = "") -> Iterator[None]:
    """A block with calls of plugins, or the call `what`, in which this process has a guard."""
    calls = guard.calls
    if calls is None:
        yield
        return
    calls.begin(seconds, call_memory())
    if what:
        calls.enter(what.encode(errors="replace"), seconds)
    try:
        yield
    finally:
        if what:
            calls.leave()
        calls.end()


@contextmanager
def time_limit(seconds: float, what: str = "") -> Iterator[None]:
    """Raise TookTooLongError in the `with` block if it runs longer than `seconds`.

    `what` names the block in the message of the guard, which ends the program if the block
    neither ends nor raises; without it there is no such limit.

    It uses a signal, which Python handles in the main thread: there is no limit in other threads,
    and native code that never returns to Python is not stopped. Within another limit, the one that
    ends first counts.
    """
    with _guarded(seconds, what) if what else nullcontext(), _raising(seconds):
        yield


@contextmanager
def _raising(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
    elif hasattr(signal, "setitimer"):
        with _handler(signal.SIGALRM, seconds), _timer(seconds):
            yield
    else:
        with _handler(signal.SIGINT, seconds):
            timer = threading.Timer(seconds, _thread.interrupt_main)
            timer.daemon = True
            timer.start()
            try:
                yield
            finally:
                timer.cancel()


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    outer, _ = signal.getitimer(signal.ITIMER_REAL)
    began = time.monotonic()
    first = min(seconds, outer) if outer else seconds
    signal.setitimer(signal.ITIMER_REAL, first, _AGAIN_SECONDS)
    try:
        yield
    finally:
        # The timer of an outer limit goes on, also if it should have ended meanwhile.
        rest = max(outer - (time.monotonic() - began), _SOON_SECONDS) if outer else 0.0
        signal.setitimer(signal.ITIMER_REAL, rest, _AGAIN_SECONDS)


@contextmanager
def _handler(number: int, seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds - _SOON_SECONDS

    def stop(signum: int, frame: FrameType | None) -> None:
        if time.monotonic() >= deadline:
            if number == signal.SIGINT or not _loses_exceptions(frame):
                raise TookTooLongError(seconds)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt  # before the deadline, the signal comes from the user's Ctrl-C
        elif callable(before):
            before(signum, frame)  # the timer of an outer limit

    before = signal.signal(number, stop)
    try:
        yield
    finally:
        signal.signal(number, before)


class _Calls:
    """The calls of plugins in the main thread: `current` is a number of its own, or 0 for none.

    A timer looks at it now and then, which costs a call nothing; a timer for each call would take
    longer than most calls.
    """

    def __init__(self) -> None:
        self.count = self.current = 0
        self._seen = 0
        self._seen_at = 0.0

    def is_overdue(self, seconds: float) -> bool:
        if self.current != self._seen:
            self._seen, self._seen_at = self.current, time.monotonic()
        return self.current != 0 and time.monotonic() - self._seen_at >= seconds

    def postpone(self, seconds: float) -> None:
        """Lets the overdue call end: it is overdue again only if it has not done so in time."""
        self._seen_at = time.monotonic() - seconds + _END_SECONDS


_calls = _Calls()


def enter_call(what: bytes = b"", file: str = "") -> int:
    """Begins a call of a plugin, to which the limit of `limited_calls` applies.

    `what` says which call of which plugin it is, for the guard. Returns what `leave_call` takes.
    These are no context manager, since some plugins are asked about each file of a course.
    """
    before = _calls.current
    _calls.count += 1
    _calls.current = _calls.count
    if guard.calls is not None:
        guard.calls.enter(what + b": " + file.encode(errors="replace") if file else what)
    return before


def leave_call(before: int) -> None:
    """Ends the call."""
    _calls.current = before
    if guard.calls is not None:
        guard.calls.leave()


@contextmanager
def limited_calls(seconds: float) -> Iterator[None]:
    """Raise CallTookTooLongError in each call in the block that takes longer than `seconds`.

    As for `time_limit`, there is no limit in other threads. In a `time_limit`, only that counts.
    """
    with _guarded(seconds), _interrupting(seconds):
        yield


@contextmanager
def _interrupting(seconds: float) -> Iterator[None]:
    timed = hasattr(signal, "setitimer")
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or (timed and signal.getitimer(signal.ITIMER_REAL)[0] > 0):
        yield
    else:
        with _ticks(seconds / _CHECKS, seconds) if timed else _thread_ticks(seconds):
            yield


@contextmanager
def _ticks(interval: float, seconds: float) -> Iterator[None]:
    def look(_signum: int, frame: FrameType | None) -> None:
        if _calls.is_overdue(seconds) and not _loses_exceptions(frame):
            _calls.postpone(seconds)
            raise CallTookTooLongError(seconds)

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, interval, interval)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _thread_ticks(seconds: float) -> Iterator[None]:
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(seconds / _CHECKS):
            if _calls.is_overdue(seconds):
                _thread.interrupt_main()

    def stop(*_: object) -> None:
        if _calls.is_overdue(seconds):
            _calls.postpone(seconds)
            raise CallTookTooLongError(seconds)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    threading.Thread(target=watch, name="plugin-calls", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        signal.signal(signal.SIGINT, before)
