"""The checks of job types, made where the sources are planned, with all that planning knows."""

from __future__ import annotations

import traceback
from collections.abc import Iterable

from attrs import define, evolve, field

from clm.errors import ClmError, Diagnostic, Place
from clm.jobs.job_type import CheckSource, JobType, Plan
from clm.jobs.planning import PlanContext
from clm.jobs.request import JobRequest
from clm.jobs.source import SourceFile
from clm.plugins import PluginRegistry


@define
class SourceChecks:
    """Gathers what the checks find in `found`."""

    found: list[Diagnostic] = field(factory=list)

    def before_planning(self, plugins: PluginRegistry) -> PluginRegistry:
        """The registry with job types that check each source before they plan its jobs."""
        job_types = {name: self._checking(jt) for name, jt in plugins.job_types.items()}
        return evolve(plugins, job_types=job_types)

    def _checking(self, job_type: JobType) -> JobType:
        check = job_type.check
        if check is None:
            return job_type
        return evolve(job_type, plan=self._plan(job_type.name, check, job_type.plan))

    def _plan(self, name: str, check: CheckSource, plan: Plan | None) -> Plan:
        def checked(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
            self.found += _placed(_checked(name, check, source, context), source)
            return plan(source, context) if plan is not None else ()

        return checked


def _checked(
    name: str, check: CheckSource, source: SourceFile, context: PlanContext
) -> tuple[Diagnostic, ...]:
    try:
        return tuple(check(source, context))
    except ClmError as error:
        return error.diagnostics
    except OSError as error:
        return (Diagnostic(f"cannot be read: {error.strerror}"),)
    except Exception as error:
        return (
            Diagnostic(
                f"job type {name!r} cannot check it: {type(error).__name__}: {error}",
                hint="this is a fault of the plugin; report it to its authors",
                details="".join(traceback.format_exception(error)),
            ),
        )


def _placed(diagnostics: Iterable[Diagnostic], source: SourceFile) -> list[Diagnostic]:
    place = Place(source.course_path)
    return [d if d.place else evolve(d, place=place) for d in diagnostics]
