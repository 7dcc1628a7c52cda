"""The functions of job types: whatever one raises names the plugin that it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from attrs import evolve

from clm.errors import PLUGIN_FAULT, ClmError
from clm.jobs.job_type import JobType
from clm.plugins.discovery import FoundPlugin
from clm.plugins.loading import guarded
from clm.plugins.time_limit import TookTooLongError

T = TypeVar("T")

# What says itself whose fault it is: a mistake in the course, or a file that cannot be read.
_CLEAR = (ClmError, OSError, TookTooLongError)


def attributed(found: FoundPlugin, job_type: JobType) -> JobType:
    """The job type with functions whose faults are errors that name the plugin."""
    where = f"job type {job_type.name!r}"

    def guard(
        does: str, function: Callable[..., Any] | None, finish: Callable[[Any], T]
    ) -> Callable[..., T] | None:
        if function is None:
            return None

        def call(*arguments: Any) -> T:
            return guarded(
                found,
                f"{where} cannot {does}",
                lambda: finish(function(*arguments)),
                hint=PLUGIN_FAULT,
                passing=_CLEAR,
            )

        return call

    # A generator raises when it is run through, and not when it is called.
    return evolve(
        job_type,
        plan=guard("plan it", job_type.plan, list),
        plan_section=guard("plan it", job_type.plan_section, list),
        plan_derived=guard("plan it", job_type.plan_derived, list),
        check=guard("check it", job_type.check, list),
        is_mirror=guard("say what is a mirror", job_type.is_mirror, bool),
        configure=guard("be configured", job_type.configure, _job_type),
    )


def _job_type(configured: Any) -> JobType:
    if not isinstance(configured, JobType):
        raise TypeError(f"configure gives {configured!r}, not a JobType")
    return configured
