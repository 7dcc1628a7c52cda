"""Number of random faults, and clean builds for comparison.

`CLM_FAULT_ROUNDS` sets the number of builds with random faults, and `CLM_FAULT_SECONDS` the time
after which no more of them begins; `CLM_LOSS_MOMENTS` is the number of random losses in builds
whose jobs run elsewhere.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fault_rounds import Round
from fault_tallies import fault_seed
from losses import Loss
from process_clock import ProcessClock
from real_course import Content, RealCourse
from small_disk import SmallDisks

_ROUNDS = 4
_LOSSES = 4
_VICTIMS = {
    "docker": ("container", "engine", "worker", "builder"),
    "rabbitmq": ("broker", "workers", "engine", "builder"),
    "socket": ("engine", "service", "worker", "builder"),
    "ssh": ("engine", "connection", "worker", "builder"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "faults" in metafunc.fixturenames:
        rounds = int(os.environ.get("CLM_FAULT_ROUNDS", _ROUNDS))
        metafunc.parametrize("faults", [Round.of(fault_seed(), n) for n in range(rounds)], ids=str)
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


@pytest.fixture
def disks(real_course: object) -> Iterator[SmallDisks]:
    """The small disks of a test, which are gone before its courses."""
    disks = SmallDisks()
    yield disks
    disks.unmount()


@pytest.fixture
def clock(tmp_path: Path) -> ProcessClock:
    clock = ProcessClock(tmp_path)
    clock.set(0)
    return clock


@pytest.fixture(scope="session")
def begin_round() -> Callable[[], None]:
    """Skips the test if no more rounds may begin."""
    end = time.monotonic() + float(os.environ.get("CLM_FAULT_SECONDS", "inf"))

    def begin() -> None:
        if time.monotonic() > end:
            pytest.skip("CLM_FAULT_SECONDS are over")

    return begin


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
