"""The examples' own tests and checks, run as by their authors."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from clm.testing.installing import write_metadata

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "plugins"
NAMES = sorted(folder.parent.name for folder in EXAMPLES.glob("*/pyproject.toml"))

pytestmark = pytest.mark.integration


def run(folder: Path, site: Path, *command: str) -> None:
    """Run a Python module in the example's folder, as if the example were installed."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    plugins = project["entry-points"]["clm.plugins"]
    write_metadata(site, project["name"], project["version"], plugins)
    path = os.pathsep.join([str(site), str(folder / "src")])
    environ = os.environ | {"PYTHONPATH": path, "MYPYPATH": "src"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_its_tests_pass(name: str, tmp_path: Path) -> None:
    run(EXAMPLES / name, tmp_path, "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "tests")


@pytest.mark.parametrize("name", NAMES)
def test_strict_type_check_passes(name: str, tmp_path: Path) -> None:
    cache = f"--cache-dir={tmp_path / 'cache'}"
    run(EXAMPLES / name, tmp_path, "mypy", "--strict", cache, "src", "tests")


@pytest.mark.parametrize("name", NAMES)
def test_clm_dependency_declared(name: str) -> None:
    project = tomllib.loads((EXAMPLES / name / "pyproject.toml").read_text())["project"]
    assert any(need.startswith("clm>=") for need in project["dependencies"])
