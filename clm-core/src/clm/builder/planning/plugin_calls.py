"""Guarded calls of plugins' functions: an error in one fails only its source."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from attrs import define, evolve, field

from clm.errors import PLUGIN_FAULT, ClmError, Diagnostic, Place, UnknownJobTypeError
from clm.jobs.job_type import CheckSource, JobType, Plan
from clm.jobs.planning import PlanContext
from clm.jobs.request import JobRequest
from clm.jobs.source import SourceFile
from clm.plugins import PluginRegistry

_T = TypeVar("_T")


def call_plan(
    job_type: str,
    plan: Callable[[], Iterable[JobRequest]],
    known: Collection[str],
    *,
    for_topic: bool = True,
) -> tuple[list[JobRequest], tuple[Diagnostic, ...]]:
    """Call a planning function of the job type; return its requests, or diagnostics on failure.

    `known` are the names of all job types. Only requests `for_topic` may have outputs with a
    `topic_path`.
    """
    return _guarded(lambda: _valid_requests(plan(), known, for_topic), job_type, "plan")


def _valid_requests(
    requests: Iterable[JobRequest], known: Collection[str], for_topic: bool
) -> list[JobRequest]:
    valid = list(requests)
    for request in valid:
        if not isinstance(request, JobRequest):
            raise TypeError(f"{request!r} is not a JobRequest")
        if request.job_type not in known:
            raise UnknownJobTypeError(request.job_type, known=known)
        if not for_topic and any(output.topic_path is not None for output in request.outputs):
            raise TypeError(f"{request.id!r} has an output with a topic_path, but no topic")
    return valid


@define
class SourceChecks:
    """Collects the diagnostics of the checks in `found`."""

    found: list[Diagnostic] = field(factory=list)

    def before_planning(self, plugins: PluginRegistry) -> PluginRegistry:
        """The registry, with job types that check each source before planning its jobs."""
        job_types = {name: self._checking(jt) for name, jt in plugins.job_types.items()}
        return evolve(plugins, job_types=job_types)

    def _checking(self, job_type: JobType) -> JobType:
        check = job_type.check
        if check is None:
            return job_type
        return evolve(job_type, plan=self._plan(job_type.name, check, job_type.plan))

    def _plan(self, name: str, check: CheckSource, plan: Plan | None) -> Plan:
        def checked(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
            found, faults = _guarded(lambda: check(source, context), name, "check")
            place = Place(source.course_path)
            self.found += [diagnostic.at(place) for diagnostic in (*found, *faults)]
            return plan(source, context) if plan is not None else ()

        return checked


def _guarded(
    call: Callable[[], Iterable[_T]], job_type: str, action: str
) -> tuple[list[_T], tuple[Diagnostic, ...]]:
    """The results of a plugin's function, or diagnostics on failure."""
    try:
        return list(call()), ()
    except ClmError as error:
        return [], error.diagnostics
    except OSError as error:
        return [], (Diagnostic(f"cannot be read: {error.strerror}"),)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        message = f"job type {job_type!r} failed to {action} the source: {reason}"
        details = "".join(traceback.format_exception(error))
        return [], (Diagnostic(message, hint=PLUGIN_FAULT, details=details),)
