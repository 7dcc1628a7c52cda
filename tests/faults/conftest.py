"""Seed and number of random faults, clean builds for comparison, and the tally.

`CLM_FAULT_MOMENTS` sets the number of random faults, `CLM_LOSS_MOMENTS` that of random losses in
builds whose jobs run elsewhere, `CLM_FAULT_SEED` the seed of both.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fault_injection import Fault, Tally
from losses import Loss
from losses_tally import LossTally
from real_course import Content, RealCourse

_MOMENTS = 7
_LOSSES = 4
_TALLY = pytest.StashKey[Tally]()
_LOSS_TALLY = pytest.StashKey[LossTally]()
_VICTIMS = {
    "docker": ("container", "engine", "worker", "builder"),
    "rabbitmq": ("broker", "workers", "engine", "builder"),
    "socket": ("engine", "service", "worker", "builder"),
    "ssh": ("engine", "connection", "worker", "builder"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "fault" in metafunc.fixturenames:
        seed = _tally(metafunc.config).seed
        moments = int(os.environ.get("CLM_FAULT_MOMENTS", _MOMENTS))
        metafunc.parametrize("fault", [Fault.of(seed, n) for n in range(moments)], ids=str)
    if "loss" in metafunc.fixturenames:
        seed = _tally(metafunc.config).seed
        moments = int(os.environ.get("CLM_LOSS_MOMENTS", _LOSSES))
        chosen = [Loss.of(seed, n, _VICTIMS) for n in range(moments)]
        metafunc.parametrize("loss", chosen, ids=str)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    tally = _tally(config)
    if tally.injected:
        terminalreporter.write_sep("=", "faults")
        terminalreporter.write_line(
            f"faults injected: {tally.injected}, survived: {tally.survived} "
            f"(CLM_FAULT_SEED={tally.seed} repeats them)"
        )
    losses = _loss_tally(config)
    if losses.injected:
        terminalreporter.write_sep("=", f"losses, CLM_FAULT_SEED={tally.seed}")
        for line in losses.lines():
            terminalreporter.write_line(line)


def _tally(config: pytest.Config) -> Tally:
    if _TALLY not in config.stash:
        seed = os.environ.get("CLM_FAULT_SEED") or random.SystemRandom().randrange(10**6)
        config.stash[_TALLY] = Tally(int(seed))
    return config.stash[_TALLY]


def _loss_tally(config: pytest.Config) -> LossTally:
    if _LOSS_TALLY not in config.stash:
        config.stash[_LOSS_TALLY] = LossTally()
    return config.stash[_LOSS_TALLY]


@pytest.fixture
def losses(pytestconfig: pytest.Config) -> LossTally:
    return _loss_tally(pytestconfig)


@pytest.fixture
def tally(pytestconfig: pytest.Config) -> Tally:
    return _tally(pytestconfig)


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
