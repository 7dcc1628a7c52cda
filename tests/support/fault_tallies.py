"""Seed of random faults, and their tallies at the end of a run.

`CLM_FAULT_SEED` is set before pytest-xdist starts its processes, so that all collect the same
tests. Each process sends its tallies when it ends.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from fault_tally import Tally
from losses_tally import LossTally

_SEED = "CLM_FAULT_SEED"
_SENT = "fault tallies"
_TALLY = pytest.StashKey[Tally]()
_LOSS_TALLY = pytest.StashKey[LossTally]()
_LINES = pytest.StashKey[list[str]]()


def fault_seed() -> int:
    return int(os.environ[_SEED])


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault(_SEED, str(random.SystemRandom().randrange(10**6)))
    config.stash[_TALLY] = Tally()
    config.stash[_LOSS_TALLY] = LossTally()
    config.stash[_LINES] = []


@pytest.fixture
def tally(pytestconfig: pytest.Config) -> Tally:
    return pytestconfig.stash[_TALLY]


@pytest.fixture
def losses(pytestconfig: pytest.Config) -> LossTally:
    return pytestconfig.stash[_LOSS_TALLY]


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    lines = [*config.stash[_TALLY].lines(), *config.stash[_LOSS_TALLY].lines()]
    config.stash[_LINES].extend(lines)
    if hasattr(config, "workeroutput"):
        config.workeroutput[_SENT] = lines


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_LINES].extend(getattr(node, "workeroutput", {}).get(_SENT, []))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if lines := config.stash[_LINES]:
        terminalreporter.write_sep("=", f"faults, {_SEED}={fault_seed()}")
        for line in lines:
            terminalreporter.write_line(line)
