"""Hooks: one job for each folder of outputs in a language, after all other jobs."""

from __future__ import annotations

from clm import JobType, hookimpl
from clm_plugin_site.payload import SitePayload, SiteSettings
from clm_plugin_site.planning import page_links, plan_course

clm_api_version = 1

REVISION = 5
"""Incremented whenever the same pages give another site than before."""


@hookimpl
def clm_job_types() -> list[JobType]:
    """Register the job type `site`."""
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
    return SiteSettings
