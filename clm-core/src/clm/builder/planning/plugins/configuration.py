"""Job types for a course: with its settings, or failing for each of their sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from attrs import evolve, frozen

from clm.errors import PluginError
from clm.jobs.job_type import JobType
from clm.jobs.planning import PageLinks
from clm.plugins import PluginRegistry


@frozen(eq=False, repr=False)
class ConfiguredJobTypes:
    """The job types for a course, and the `faults` of plugins that cannot be configured.

    A job type of such a plugin fails for each source that it claims by default. `page_links` are
    those of the others.
    """

    job_types: tuple[JobType, ...]
    faults: tuple[PluginError, ...]
    page_links: tuple[PageLinks, ...] = ()

    @classmethod
    def of(cls, plugins: PluginRegistry, settings: Mapping[str, Any]) -> ConfiguredJobTypes:
        """The plugins' job types with these settings, by the names of the job types."""
        made: list[JobType] = []
        faults: list[PluginError] = []
        links: list[PageLinks] = []
        for job_type in plugins.job_types.values():
            own = settings[job_type.name]
            try:
                configured = job_type.configured(own)
                found = configured.page_links(own) if configured.page_links else None
            except PluginError as error:
                made.append(_failing(job_type, error))
                faults.append(error)
                continue
            made.append(configured)
            links += [found] if found else []
        return cls(tuple(made), tuple(faults), tuple(links))


def _failing(job_type: JobType, error: PluginError) -> JobType:
    def fail(*arguments: Any) -> NoReturn:
        raise error

    has_sources = job_type.plan is not None or job_type.plan_section is not None
    return evolve(
        job_type,
        plan=fail if has_sources else None,
        plan_course=fail if job_type.plan_course is not None else None,
        plan_derived=fail if job_type.plan_derived is not None else None,
        is_mirror=None,
        public_text=None,
        check=None,
    )
