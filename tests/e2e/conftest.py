"""The installed program and the built sample course."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SAMPLE_COURSE = REPOSITORY / "docs" / "examples" / "sample-course"

Clm = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def clm() -> Clm:
    """A function that runs `clm ARGUMENTS` and returns its output and exit code."""
    program = shutil.which("clm", path=str(Path(sys.executable).parent))
    assert program, "clm is not installed beside this Python"

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
            timeout=240,
        )

    return run


@pytest.fixture(scope="session")
def built_sample(
    tmp_path_factory: pytest.TempPathFactory, clm: Clm
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The folder of a copy of the sample course, built once, and the output of the build."""
    course = tmp_path_factory.mktemp("sample") / "course"
    ignored = shutil.ignore_patterns("output", ".clm")
    shutil.copytree(SAMPLE_COURSE, course, ignore=ignored)
    return course, clm("build", course / "course.yaml")
