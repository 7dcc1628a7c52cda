"""The sample course, built by workers of this machine and through the broker."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from broker_workers import BrokerWorkers
from clm_program import run_clm
from rabbitmq_broker import RabbitmqBroker

from clm.testing.course_project import files_below

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "sample-course"


def outputs(folder: Path) -> dict[str, bytes]:
    root = folder / "output"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files_below(root)}


def test_outputs_equal_those_of_local_workers(
    tmp_path: Path, broker: RabbitmqBroker, start_workers: Callable[..., BrokerWorkers]
) -> None:
    start_workers(broker.url)
    for name, options in {"local": [], "far": ["--broker", broker.url]}.items():
        shutil.copytree(SAMPLE, tmp_path / name)
        done = run_clm("build", tmp_path / name / "course.yaml", *options)
        assert done.returncode == 0, done.stderr
    assert len(outputs(tmp_path / "local")) > 100
    assert outputs(tmp_path / "far") == outputs(tmp_path / "local")
