"""The time limit for third-party code."""

from __future__ import annotations

import signal
import threading

import pytest

from clm.plugins import time_limit as module
from clm.plugins.time_limit import TookTooLongError, time_limit


def wait_forever() -> None:
    threading.Event().wait()


def test_slow_code_stopped() -> None:
    with pytest.raises(TookTooLongError), time_limit(0.01):
        wait_forever()


def test_exception_catching_code_stopped() -> None:
    def stubborn() -> None:
        while True:
            try:
                wait_forever()
            except Exception:
                continue

    with pytest.raises(TookTooLongError), time_limit(0.01):
        stubborn()


def test_timely_end_restores_signals() -> None:
    before = signal.getsignal(signal.SIGINT)
    with time_limit(60):
        pass
    assert signal.getsignal(signal.SIGINT) is before
    if hasattr(signal, "getitimer"):
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_no_limit_in_other_threads() -> None:
    done = []

    def work() -> None:
        with time_limit(0.000001):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_thread_fallback_without_setitimer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(module.signal, "setitimer", raising=False)
    with pytest.raises(TookTooLongError), time_limit(0.01):
        while True:
            pass


def test_interrupt_passes_without_setitimer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(module.signal, "setitimer", raising=False)
    with pytest.raises(KeyboardInterrupt), time_limit(60):
        signal.raise_signal(signal.SIGINT)
