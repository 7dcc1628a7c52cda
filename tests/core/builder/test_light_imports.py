"""Imports that a build without changes does without."""

from __future__ import annotations

import subprocess
import sys

import pytest

_HEAVY = (
    *("psutil", "rich", "clm.database.queue.job_queue", "clm.workers.pool.manager"),
    *("clm.builds", "clm.builder.outcome.finished", "clm.builder.planning.course_jobs"),
)


@pytest.mark.parametrize("module", ["clm.builder", "clm.cli.commands.courses.build"])
def test_builder_imports_no_queue(module: str) -> None:
    code = f"import {module}, sys; print([name for name in {_HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
