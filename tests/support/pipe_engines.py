"""Engines of the echo plugin behind pipes, for tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

from attrs import evolve

from clm.jobs.resolved import ResolvedJob
from clm.workers.pipe.client import EngineClient

ENGINE = (sys.executable, "-P", "-m", "clm.workers.pipe.serve")
NO_INPUTS: Mapping[str, bytes] = MappingProxyType({})

Client = Callable[..., EngineClient]
MakeJob = Callable[..., ResolvedJob]


def of_other_version(job: ResolvedJob) -> ResolvedJob:
    """The job as another version of its converter would run it."""
    return evolve(job, fingerprint=f"{job.fingerprint} other")
