"""Number of random faults, and clean builds for comparison.

`CLM_FAULT_MOMENTS` sets the number of random faults, `CLM_LOSS_MOMENTS` that of random losses in
builds whose jobs run elsewhere.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fault_injection import Fault
from fault_tallies import fault_seed
from losses import Loss
from real_course import Content, RealCourse

_MOMENTS = 7
_LOSSES = 4
_VICTIMS = {
    "docker": ("container", "engine", "worker", "builder"),
    "rabbitmq": ("broker", "workers", "engine", "builder"),
    "socket": ("engine", "service", "worker", "builder"),
    "ssh": ("engine", "connection", "worker", "builder"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault" in metafunc.fixturenames:
        moments = int(os.environ.get("CLM_FAULT_MOMENTS", _MOMENTS))
        metafunc.parametrize("fault", [Fault.of(fault_seed(), n) for n in range(moments)], ids=str)
    if "loss" in metafunc.fixturenames:
        moments = int(os.environ.get("CLM_LOSS_MOMENTS", _LOSSES))
        chosen = [Loss.of(fault_seed(), n, _VICTIMS) for n in range(moments)]
        metafunc.parametrize("loss", chosen, ids=str)


@pytest.fixture(autouse=True)
def own_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLM_DB_PATH", "CLM_LOAD_PLUGINS", "CLM_BLOCK_PLUGINS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def real_course() -> Iterator[Callable[[Content], RealCourse]]:
    """Creates courses, each in its own folder."""
    made: list[RealCourse] = []

    def make(content: Content) -> RealCourse:
        # A short path, since browsers and kernels create sockets in it.
        folder = Path(tempfile.mkdtemp(prefix="clm-fault-"))
        folder.rmdir()
        made.append(RealCourse.make(folder, content))
        return made[-1]

    yield make
    for course in made:
        course.remove()


@pytest.fixture(scope="session")
def clean_outputs() -> Callable[[Content], dict[str, bytes]]:
    """The outputs of a build without faults."""
    known: dict[Content, dict[str, bytes]] = {}

    def build(content: Content) -> dict[str, bytes]:
        if content not in known:
            folder = Path(tempfile.mkdtemp(prefix="clm-clean-"))
            folder.rmdir()
            course = RealCourse.make(folder, content)
            try:
                code, output = course.build()
                assert code == 0, output
                known[content] = course.outputs()
            finally:
                course.remove()
        return known[content]

    return build
