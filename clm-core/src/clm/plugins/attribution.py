"""Wrappers for the functions of job types: an error from one names its plugin."""

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

# These errors are not faults of the plugin, or are reported elsewhere: a mistake in the course,
# a file that cannot be read, a time limit.
_NOT_ATTRIBUTED = (ClmError, OSError, TookTooLongError)


def attributed(found: FoundPlugin, job_type: JobType) -> JobType:
    """The job type with functions whose unexpected errors become PluginLoadErrors."""
    where = f"job type {job_type.name!r}"

    def guard(
        task: str, function: Callable[..., Any] | None, finish: Callable[[Any], T]
    ) -> Callable[..., T] | None:
        if function is None:
            return None

        def call(*arguments: Any) -> T:
            return guarded(
                found,
                f"{where} failed to {task}",
                lambda: finish(function(*arguments)),
                hint=PLUGIN_FAULT,
                passing=_NOT_ATTRIBUTED,
            )

        return call

    # `list`, since a generator raises when it is iterated over, not when it is called.
    return evolve(
        job_type,
        plan=guard("plan the source", job_type.plan, list),
        plan_section=guard("plan the section", job_type.plan_section, list),
        plan_derived=guard("plan the derived output", job_type.plan_derived, list),
        public_text=guard("read the source's text", job_type.public_text, list),
        has_private_content=guard("look for private content", job_type.has_private_content, bool),
        check=guard("check the source", job_type.check, list),
        is_mirror=guard("detect mirrors", job_type.is_mirror, bool),
        configure=guard("apply the settings", job_type.configure, _job_type),
    )


def _job_type(configured: Any) -> JobType:
    if not isinstance(configured, JobType):
        raise TypeError(f"configure returned {configured!r}, not a JobType")
    return configured
