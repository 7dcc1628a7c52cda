"""The fingerprint of a job type: everything installed that shapes its results."""

from __future__ import annotations

from clm.plugins.loading import guarded
from clm.plugins.registry import PluginRegistry


def fingerprint_of(plugins: PluginRegistry, job_type: str) -> str:
    """The plugin's distribution and version, and what the job type says of its tools.

    Raises:
        PluginLoadError: the plugin cannot say it.
        UnknownJobTypeError, PluginConflictError: there is no such job type.
    """
    plugin = plugins.plugin_of(job_type)
    own = guarded(
        plugin.found,
        f"job type {job_type!r} cannot say which tools it uses",
        plugins.job_type(job_type).fingerprint,
        hint="run `clm doctor` to see which tools are missing",
    )
    return f"{plugin.distribution} {plugin.version}; {own}"


def provider_in(fingerprint: str) -> str:
    """The distribution and version that `fingerprint_of` has put into a fingerprint."""
    return fingerprint.partition(";")[0]
