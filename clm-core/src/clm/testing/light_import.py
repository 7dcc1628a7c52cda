"""Modules that a no-op build imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import sys
from pathlib import Path
from clm.builder import BuildOptions
from clm.builder.sessions.session import load_course
from clm.builder.digests import FileDigests
from clm.builder.planning.planner import plan_build
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import fingerprint_of
plugins = PluginRegistry.load()
plan = plan_build(load_course(BuildOptions(Path(sys.argv[1])), plugins), plugins, FileDigests())
for job in plan.jobs:
    fingerprint_of(plugins, job.job_type)
sys.stdout.write("\\n".join(["", *sys.modules]))
"""


def modules_imported_by_planning(spec: Path) -> list[str]:
    """Return the modules that a new process imports to plan the course, sorted by name.

    The process loads the plugins, calls all hooks and computes the fingerprints of all job types
    in the plan.
    """
    path = os.pathsep.join(filter(None, sys.path))
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(spec)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return sorted(done.stdout.split())
