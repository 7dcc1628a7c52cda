"""Engines that end while their workers are in use."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.plugins import PluginRegistry
from clm.workers.api import ExecutorContext
from clm_plugin_docker.executor import DockerWorkerExecutor


@pytest.fixture
def executor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DockerWorkerExecutor:
    """An executor whose engine fails as long as there is no file `up`."""
    program = tmp_path / "engine"
    program.write_text(
        f"#!/bin/sh\ntest -e {tmp_path}/up || {{ echo cannot connect >&2; exit 1; }}\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("CLM_DOCKER_COMMAND", str(program))
    return DockerWorkerExecutor(ExecutorContext(PluginRegistry.load({}, []), "", tmp_path))


def test_lost_engine_awaited(executor: DockerWorkerExecutor, tmp_path: Path):
    assert not executor.is_away("notes")
    executor.ended("notes-1")
    assert executor.is_away("notes")
    (tmp_path / "up").touch()
    assert not executor.is_away("notes")


def test_removed_container_is_no_loss(executor: DockerWorkerExecutor, tmp_path: Path):
    (tmp_path / "up").touch()
    executor.ended("notes-1")
    assert not executor.is_away("notes")


def test_engine_awaited_for_a_minute(
    executor: DockerWorkerExecutor, monkeypatch: pytest.MonkeyPatch
):
    executor.ended("notes-1")
    monkeypatch.setattr("clm_plugin_docker.executor._RESTART_SECONDS", 0.0)
    assert not executor.is_away("notes")
