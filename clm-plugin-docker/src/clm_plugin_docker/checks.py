"""Checks of `clm doctor`."""

from __future__ import annotations

from clm import CheckResult
from clm_plugin_docker.engine import ContainerEngine, ContainerError


def check_engine() -> CheckResult:
    """Whether an engine runs and limits containers; only builds in containers need one."""
    engine = ContainerEngine()
    try:
        cpus = engine.check_limits()
    except ContainerError as error:
        return CheckResult(True, f"not usable: {error.message}", f"for containers: {error.hint}")
    return CheckResult(True, f"{' '.join(engine.command)}, {cpus} CPUs")
