"""Distribution of tests to processes by `pytest -n 2`.

The tests of a module stay together, and so do those that share a container engine and its images.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling, Scheduling

_WITH_ENGINE = (
    "tests/plugin_docker/",
    "tests/faults/test_random_losses.py",
    "tests/integration/test_all_ways.py",
)


class _ByFileOrEngine(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return "engine" if nodeid.startswith(_WITH_ENGINE) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return _ByFileOrEngine(config, log)
