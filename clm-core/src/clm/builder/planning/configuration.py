"""Job types for a course: with its settings, or failing for each of their sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from attrs import evolve, frozen

from clm.errors import PluginError
from clm.jobs.job_type import JobType
from clm.plugins import PluginRegistry


@frozen(eq=False, repr=False)
class ConfiguredJobTypes:
    """The job types for a course, and the `faults` of plugins that cannot be configured.

    A job type of such a plugin fails for each source that it claims by default.
    """

    job_types: tuple[JobType, ...]
    faults: tuple[PluginError, ...]

    @classmethod
    def of(cls, plugins: PluginRegistry, settings: Mapping[str, Any]) -> ConfiguredJobTypes:
        """The plugins' job types with these settings, by the names of the job types."""
        made: list[JobType] = []
        faults: list[PluginError] = []
        for job_type in plugins.job_types.values():
            try:
                made.append(job_type.configured(settings[job_type.name]))
            except PluginError as error:
                made.append(_failing(job_type, error))
                faults.append(error)
        return cls(tuple(made), tuple(faults))


def _failing(job_type: JobType, error: PluginError) -> JobType:
    def fail(*arguments: Any) -> NoReturn:
        raise error

    has_sources = job_type.plan is not None or job_type.plan_section is not None
    return evolve(
        job_type,
        plan=fail if has_sources else None,
        plan_derived=fail if job_type.plan_derived is not None else None,
        is_mirror=None,
        public_text=None,
        check=None,
    )
