"""The time limit for third-party code."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress

import pytest

from clm.plugins import time_limit as module
from clm.plugins.time_limit import (
    CallTookTooLongError,
    TookTooLongError,
    enter_call,
    leave_call,
    limited_calls,
    time_limit,
)


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


def call(work: Callable[[], object]) -> None:
    before = enter_call()
    try:
        work()
    finally:
        leave_call(before)


@pytest.fixture(params=["timer", "thread"])
def ticks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "thread":
        monkeypatch.delattr(module.signal, "setitimer", raising=False)


def spin() -> None:
    while True:
        pass


def stubborn() -> None:
    while True:
        with suppress(Exception):
            spin()


@pytest.mark.usefixtures("ticks")
@pytest.mark.parametrize("work", [spin, stubborn])
def test_slow_call_stopped(work: Callable[[], None]) -> None:
    with pytest.raises(CallTookTooLongError, match=r"longer than 0\.02 s"), limited_calls(0.02):
        call(work)


@pytest.fixture
def slow_collection() -> Iterator[None]:
    """A callback of the garbage collector that takes longer than the limit, once."""
    slept = False

    def callback(*_: object) -> None:
        nonlocal slept
        end = time.monotonic() + (0 if slept else 0.2)
        slept = True
        while time.monotonic() < end:
            pass

    gc.callbacks.append(callback)
    yield
    gc.callbacks.remove(callback)


def collect_and_spin() -> None:
    gc.collect(0)
    spin()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a timer's signals repeat")
@pytest.mark.usefixtures("slow_collection")
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("limit", "work"),
    [
        (time_limit, collect_and_spin),
        (limited_calls, lambda: call(collect_and_spin)),
    ],
)
def test_garbage_collection_not_interrupted(
    limit: Callable[[float], AbstractContextManager[None]], work: Callable[[], None]
) -> None:
    with pytest.raises(TookTooLongError), limit(0.05):
        work()


@pytest.mark.usefixtures("ticks")
def test_each_call_has_its_own_time() -> None:
    with limited_calls(0.2):
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            call(lambda: None)


@pytest.mark.usefixtures("ticks")
def test_own_work_is_not_limited() -> None:
    with limited_calls(0.01):
        end = time.monotonic() + 0.1
        while time.monotonic() < end:
            pass


def test_outer_limit_counts() -> None:
    with pytest.raises(TookTooLongError) as caught, time_limit(0.02), limited_calls(60):
        call(wait_forever)
    assert not isinstance(caught.value, CallTookTooLongError)


@pytest.mark.usefixtures("ticks")
def test_interrupt_passes_in_call() -> None:
    with pytest.raises(KeyboardInterrupt), limited_calls(60):
        call(lambda: signal.raise_signal(signal.SIGINT))


def test_outer_limit_goes_on_after_inner() -> None:
    with pytest.raises(TookTooLongError), time_limit(0.05):
        with time_limit(60):
            pass
        wait_forever()


def test_outer_limit_ends_inner() -> None:
    with pytest.raises(TookTooLongError), time_limit(0.02), time_limit(60):
        wait_forever()


def test_longer_limit_within_calls_keeps_both() -> None:
    with pytest.raises(CallTookTooLongError), limited_calls(0.2):
        with time_limit(60):
            end = time.monotonic() + 0.3
            while time.monotonic() < end:
                pass
        call(wait_forever)
