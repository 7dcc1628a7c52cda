"""The distributions, built once, and clean environments for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[2]
WORKSPACE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@attrs.frozen
class Member:
    """A distribution of the workspace: its name, its import package, its folder and plugins."""

    name: str
    package: str
    folder: Path
    plugins: tuple[str, ...]


def members() -> list[Member]:
    found = []
    for folder in WORKSPACE["tool"]["uv"]["workspace"]["members"]:
        project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text("utf-8"))["project"]
        package = project["name"].replace("-", "_")
        plugins = tuple(project["entry-points"]["clm.plugins"])
        found.append(Member(project["name"], package, ROOT / folder, plugins))
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name, values in {
        "member": members(),
        "plugin": [member for member in members() if member.name != "clm"],
    }.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values, ids=[member.name for member in values])


@pytest.fixture(scope="session")
def workspace() -> list[Member]:
    return members()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Returns the file of a distribution: `built("clm", ".whl")`."""
    folder = tmp_path_factory.mktemp("dist")
    for member in members():
        call(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=member.folder)

    def file(distribution: str, suffix: str) -> Path:
        (found,) = folder.glob(f"{distribution.replace('-', '_')}-[0-9]*{suffix}")
        return found

    return file


@pytest.fixture(scope="session")
def environment(
    tmp_path_factory: pytest.TempPathFactory, built: Callable[[str, str], Path]
) -> Callable[..., Path]:
    """Creates a clean environment with some distributions; returns its folder of programs.

    A distribution is a name, with extras if any (`clm[testing]`), or a wheel. Tests with the same
    distributions share an environment, so they must not change it.
    """

    @cache
    def make(*distributions: str | Path) -> Path:
        folder = tmp_path_factory.mktemp("environment")
        call(sys.executable, "-m", "venv", "--without-pip", folder)
        programs = folder / ("Scripts" if os.name == "nt" else "bin")
        install(programs, *map(wheel, distributions))
        return programs

    def wheel(distribution: str | Path) -> str:
        if isinstance(distribution, Path):
            return str(distribution)
        name, bracket, extras = distribution.partition("[")
        return f"{built(name, '.whl')}{bracket}{extras}"

    return make


def install(programs: Path, *wheels: str) -> None:
    """Install wheels with their dependencies into an environment."""
    python = programs / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    # uv, if installed, is ten times as fast.
    uv = (shutil.which("uv") or "", "pip", "install", "--quiet", "--python", python)
    constraints = ROOT / "tests" / "constraints.txt"
    call(*(uv if uv[0] else pip), "--constraint", constraints, *wheels)


@pytest.fixture(scope="session")
def run() -> Callable[..., str]:
    """Runs a program that must succeed; returns its stdout."""
    return call


def call(*arguments: str | Path, cwd: Path | None = None) -> str:
    # The clean environment must not see packages of the caller's.
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "CLM_")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    result = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
