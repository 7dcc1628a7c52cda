"""Limits of plugins' code: as long as they say, neither shorter nor longer.

The clock is a number here, and the timers are noted and not started.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from attrs import define, field

from clm.builder.hooks import hook_seconds
from clm.errors import UsageError
from clm.plugins import PluginRegistry
from clm.plugins import time_limit as module
from clm.plugins.loading import load_seconds
from clm.plugins.time_limit import (
    CallTookTooLongError,
    TookTooLongError,
    call_seconds,
    enter_call,
    leave_call,
    limited_calls,
    seconds_in,
    time_limit,
)

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="the system has no timers of this kind"
)


@define
class Clock:
    """A clock that the test sets, and the timers that were asked for: delay and interval."""

    now: float = 1000.0
    timers: list[tuple[float, float]] = field(factory=list)

    def monotonic(self) -> float:
        return self.now

    def start_timer(self, which: int, delay: float, interval: float = 0.0) -> tuple[float, float]:
        self.timers.append((delay, interval))
        return 0.0, 0.0

    def ring(self, after: float) -> None:
        """The timer's signal, after this time."""
        self.now += after
        signal.raise_signal(signal.SIGALRM)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    monkeypatch.setattr(signal, "setitimer", made.start_timer)
    return made


@pytest.mark.parametrize("seconds", [0.5, 20.0, 3600.0])
def test_limit_lasts_as_asked(clock: Clock, seconds: float) -> None:
    with time_limit(seconds):
        assert clock.timers[0][0] == seconds
        clock.ring(seconds * 0.99)  # such as of an outer limit
        with pytest.raises(TookTooLongError):
            clock.ring(seconds * 0.011)


@pytest.mark.parametrize("seconds", [0.5, 60.0])
def test_call_lasts_as_asked(clock: Clock, seconds: float) -> None:
    with limited_calls(seconds):
        delay, interval = clock.timers[0]
        assert delay == interval <= seconds / 2
        clock.ring(seconds * 9)  # between calls
        before = enter_call()
        clock.ring(0)
        clock.ring(seconds * 0.99)
        with pytest.raises(CallTookTooLongError):
            clock.ring(seconds * 0.011)
        leave_call(before)
        clock.ring(seconds * 9)


@pytest.mark.parametrize(
    ("limit", "variable", "seconds"),
    [
        (call_seconds, "CLM_PLUGIN_SECONDS", 60),
        (load_seconds, "CLM_PLUGIN_LOAD_SECONDS", 20),
        (hook_seconds, "CLM_PLUGIN_HOOK_SECONDS", 600),
    ],
)
def test_limit_is_that_of_guide(
    monkeypatch: pytest.MonkeyPatch, limit: Callable[[], float], variable: str, seconds: float
) -> None:
    monkeypatch.delenv(variable, raising=False)
    assert limit() == seconds
    monkeypatch.setenv(variable, "7.5")
    assert limit() == 7.5


@pytest.mark.parametrize(("text", "seconds"), [("inf", 1e9), ("", 5), ("1e-9", 0.001)])
def test_timers_take_every_limit(
    monkeypatch: pytest.MonkeyPatch, text: str, seconds: float
) -> None:
    monkeypatch.setenv("CLM_SOME_SECONDS", text)
    assert seconds_in("CLM_SOME_SECONDS", 5) == seconds
    with time_limit(seconds_in("CLM_SOME_SECONDS", 5) + 1):
        pass


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("CLM_PLUGIN_SECONDS", "soon"),
        ("CLM_PLUGIN_LOAD_SECONDS", "nan"),
        ("CLM_PLUGIN_HOOK_SECONDS", "-1"),
        ("CLM_PLUGIN_MEMORY", "much"),
    ],
)
def test_invalid_limit_is_error(monkeypatch: pytest.MonkeyPatch, variable: str, text: str) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(UsageError, match=rf"{variable}: invalid .*'{text}'"):
        PluginRegistry.load(entry_points=[])
