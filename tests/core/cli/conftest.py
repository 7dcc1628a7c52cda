"""Environment of the program in tests."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def colours_by_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the environment forces colours, as many CI systems do."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the environment configures CLM."""
    for name in [name for name in os.environ if name.startswith("CLM_")]:
        monkeypatch.delenv(name)
