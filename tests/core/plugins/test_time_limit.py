"""The limit on how long foreign code may take."""

from __future__ import annotations

import signal
import threading

import pytest

from clm.plugins import time_limit as module
from clm.plugins.time_limit import TookTooLongError, time_limit


def wait_for_ever() -> None:
    threading.Event().wait()


def test_what_takes_too_long_is_stopped() -> None:
    with pytest.raises(TookTooLongError), time_limit(0.01):
        wait_for_ever()


def test_what_catches_exceptions_is_stopped_all_the_same() -> None:
    def stubborn() -> None:
        while True:
            try:
                wait_for_ever()
            except Exception:
                continue

    with pytest.raises(TookTooLongError), time_limit(0.01):
        stubborn()


def test_what_ends_in_time_leaves_no_trace() -> None:
    before = signal.getsignal(signal.SIGINT)
    with time_limit(60):
        pass
    assert signal.getsignal(signal.SIGINT) is before
    if hasattr(signal, "getitimer"):
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_in_another_thread_there_is_no_limit() -> None:
    done = []

    def work() -> None:
        with time_limit(0.000001):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_without_timers_of_the_system_a_thread_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(module.signal, "setitimer", raising=False)
    with pytest.raises(TookTooLongError), time_limit(0.01):
        while True:
            pass


def test_without_timers_of_the_system_an_interrupt_is_still_the_users(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(module.signal, "setitimer", raising=False)
    with pytest.raises(KeyboardInterrupt), time_limit(60):
        signal.raise_signal(signal.SIGINT)
