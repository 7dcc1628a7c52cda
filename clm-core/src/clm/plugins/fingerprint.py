"""The fingerprint of a job type: the versions of everything that affects its results."""

from __future__ import annotations

from clm.plugins.loading import guarded
from clm.plugins.registry import PluginRegistry


def fingerprint_of(plugins: PluginRegistry, job_type: str) -> str:
    """The plugin's distribution and version, and the fingerprint from the job type.

    Raises:
        PluginLoadError: the job type's own fingerprint function failed.
        UnknownJobTypeError, PluginConflictError: no plugin, or several, offer the job type.
    """
    plugin = plugins.plugin_of(job_type)
    own = guarded(
        plugin.found,
        f"job type {job_type!r} failed to determine the versions of its tools",
        plugins.job_type(job_type).fingerprint,
        hint="run `clm doctor` to see which tools are missing",
    )
    return f"{plugin.distribution} {plugin.version}; {own}"


def provider_in(fingerprint: str) -> str:
    """The distribution and version in a fingerprint from `fingerprint_of`."""
    return fingerprint.partition(";")[0]
