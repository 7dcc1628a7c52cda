"""Hooks: one job for each folder of outputs in a language, after all other jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clm import JobType, hookimpl

if TYPE_CHECKING:
    from clm_plugin_site.payload import SiteSettings

clm_api_version = 1

REVISION = 5
"""Incremented whenever the same pages give another site than before."""


@hookimpl
def clm_job_types() -> list[JobType]:
    """Register the job type `site`."""
    # Here since the list of commands needs no job types.
    from clm_plugin_site.payload import SitePayload
    from clm_plugin_site.planning import page_links, plan_course

    return [
        JobType(
            name="site",
            patterns=(),
            payload=SitePayload,
            plan_course=plan_course,
            page_links=page_links,
            worker="clm_plugin_site.worker:SiteWorker",
            fingerprint=lambda: f"revision {REVISION}",
        )
    ]


@hookimpl
def clm_settings() -> type[SiteSettings]:
    """Register the settings."""
    from clm_plugin_site.payload import SiteSettings  # as above

    return SiteSettings
