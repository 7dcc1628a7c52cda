"""The job queue against its model, in random sequences of operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test


def test_queue_matches_model(machine: Callable[..., Any]) -> None:
    run_state_machine_as_test(
        machine(),
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
        ),
    )
