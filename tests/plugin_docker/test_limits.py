"""Limits that an engine must enforce, and that a course cannot raise."""

from __future__ import annotations

import json
import stat
from itertools import pairwise
from pathlib import Path

import pytest
from docker_engine import running_engine
from engine_fixtures import require_engine

from clm.errors import UsageError
from clm_plugin_docker.engine import ContainerEngine, ContainerError
from clm_plugin_docker.executor import isolation
from clm_plugin_docker.settings import DockerSettings, allowed, docker_command, image_name
from clm_plugin_docker.wheels import ImagePython


def saying(folder: Path, words: str) -> ContainerEngine:
    """An engine whose command answers everything with these words."""
    program = folder / "engine"
    program.write_text(f"#!/bin/sh\necho '{words}'\n", encoding="utf-8")
    program.chmod(0o755)
    return ContainerEngine((str(program),))


def answering(folder: Path, info: object) -> ContainerEngine:
    """An engine whose command answers everything with this."""
    program = folder / "engine"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(info)}\nEND\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return ContainerEngine((str(program),))


DOCKER = {"MemoryLimit": True, "SwapLimit": True, "CpuCfsQuota": True, "PidsLimit": True}


def test_enforcing_engine_accepted(tmp_path: Path):
    assert answering(tmp_path, DOCKER | {"NCPU": 3}).check_limits() == 3


@pytest.mark.parametrize("limit", sorted(DOCKER))
def test_discarded_limit_refused(tmp_path: Path, limit: str):
    with pytest.raises(ContainerError, match="does not limit"):
        answering(tmp_path, DOCKER | {limit: False}).check_limits()


def test_unknown_engine_refused(tmp_path: Path):
    with pytest.raises(ContainerError, match="does not limit memory, swap, CPUs, processes"):
        answering(tmp_path, {}).check_limits()


def test_podman_controllers_checked(tmp_path: Path):
    host = {"cgroupControllers": ["cpu", "memory", "pids"], "cpus": 4}
    assert answering(tmp_path, {"host": host}).check_limits() == 4
    host["cgroupControllers"] = ["cpu", "memory"]
    with pytest.raises(ContainerError, match="does not limit processes"):
        answering(tmp_path, {"host": host}).check_limits()


def test_nonsense_refused(tmp_path: Path):
    with pytest.raises(ContainerError, match="nonsense: 'hello"):
        saying(tmp_path, "hello").check_limits()


@pytest.mark.parametrize("words", ["hello", "3", "[1]"])
def test_talkative_python_refused(tmp_path: Path, words: str):
    with pytest.raises(ContainerError, match="'base:1' answers nonsense"):
        ImagePython.of(saying(tmp_path, words), "base:1")


def test_missing_program_named(tmp_path: Path):
    with pytest.raises(ContainerError, match="'none-here' is not installed") as caught:
        ContainerEngine(("none-here",)).check_limits()
    assert "CLM_DOCKER_COMMAND" in str(caught.value.hint)


@pytest.mark.slow
def test_real_discarding_engine_refused(monkeypatch: pytest.MonkeyPatch):
    require_engine()
    with running_engine(limits=False) as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.environment["DOCKER_HOST"])
        with pytest.raises(ContainerError, match="does not limit memory"):
            ContainerEngine().check_limits()
    with pytest.raises(ContainerError, match="not running"):
        ContainerEngine().check_limits()


@pytest.mark.parametrize(
    ("name", "value"),
    [("memory", "3GB"), ("temporary_size", "1GB"), ("cpus", 3.0), ("processes", 1000)],
)
def test_course_cannot_raise_limit(name: str, value: str | float):
    settings = DockerSettings(**{name: value})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=f"course sets {name.replace('_', '-')}"):
        allowed(settings, {})
    assert allowed(settings, {f"CLM_DOCKER_{name.upper()}": str(value)}) is settings


def test_course_can_lower_limit():
    settings = DockerSettings(memory="500MB", cpus=0.5)
    assert allowed(settings, {}) is settings


def test_limits_reach_command():
    options = isolation(DockerSettings(memory="1GB", temporary_size="100MB", processes=99), 1.5)
    pairs = set(pairwise(options))
    assert {("--memory", "1000000000"), ("--memory-swap", "1000000000")} <= pairs
    assert {("--pids-limit", "99"), ("--cpus", "1.5"), ("--network", "none")} <= pairs
    assert ("--tmpfs", "/tmp:mode=1777,size=100000000") in pairs


def test_command_from_environment_only():
    assert docker_command({}) == ("docker",)
    assert docker_command({"CLM_DOCKER_COMMAND": "podman --remote"}) == ("podman", "--remote")


def test_image_name_valid():
    assert image_name("notes", "1.0+local", {}) == "clm-notes:1.0-local"
    environ = {"CLM_DOCKER_IMAGES": "registry.example.org/courses/clm-"}
    assert image_name("notes", "1.0", environ) == "registry.example.org/courses/clm-notes:1.0"
