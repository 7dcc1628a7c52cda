"""Each example passes its own tests and checks, as its author would run them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "plugins"
NAMES = sorted(folder.parent.name for folder in EXAMPLES.glob("*/pyproject.toml"))

pytestmark = pytest.mark.integration


def run(folder: Path, *command: str) -> None:
    environ = os.environ | {"PYTHONPATH": str(folder / "src"), "MYPYPATH": "src"}
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
def test_its_tests_pass(name: str) -> None:
    run(EXAMPLES / name, "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "tests")


@pytest.mark.parametrize("name", NAMES)
def test_its_types_are_right(name: str, tmp_path: Path) -> None:
    run(EXAMPLES / name, "mypy", "--strict", f"--cache-dir={tmp_path}", "src", "tests")


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_needs(name: str) -> None:
    project = tomllib.loads((EXAMPLES / name / "pyproject.toml").read_text())["project"]
    assert any(need.startswith("clm>=") for need in project["dependencies"])
