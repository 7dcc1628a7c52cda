"""Registries of job types without a plugin."""

from __future__ import annotations

from attrs import evolve

from clm import JobType
from clm.plugins import FoundPlugin, LoadedPlugin, PluginRegistry, PluginStatus


def registry_of(*job_types: JobType) -> PluginRegistry:
    """Return a registry with one plugin, `test`, that offers these job types."""
    by_name = {job_type.name: job_type for job_type in job_types}
    found = FoundPlugin("test", "clm-test", "1", "")
    owner = LoadedPlugin("test", "clm-test", "1", PluginStatus.OK, tuple(by_name), found=found)
    return evolve(PluginRegistry.load({}, []), plugins=(owner,), job_types=by_name)
