"""The fingerprint of a job type: what affects its results and is not an input."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from clm.errors import ClmError
from clm.hints import shown
from clm.jobs.job_type import JobType
from clm.jobs.tools import Tools, tools_in
from clm.plugins.discovery import canonical
from clm.plugins.loading import guarded
from clm.plugins.registry import PluginRegistry
from clm.plugins.time_limit import call_seconds, time_limit

_SOURCES = "; sources "


def tools_of(plugins: PluginRegistry, job_type: str, names: Iterable[str] = ()) -> Tools:
    """The tools of a job type on this machine, with these names of the environment.

    Raises:
        PluginLoadError: a function of the job type failed.
        UnknownJobTypeError, PluginConflictError: no plugin, or several, offer the job type.
    """
    own = plugins.job_type(job_type)
    environment = environment_of(plugins, job_type, names)
    return Tools(fingerprint_of(plugins, job_type), environment, own.payload_version)


def environment_of(plugins: PluginRegistry, job_type: str, names: Iterable[str]) -> dict[str, str]:
    """The values of these names on this machine; raises the errors of `tools_of`."""
    found, plugin = plugins.job_type(job_type), plugins.plugin_of(job_type)

    return {
        name: guarded(
            plugin.found,
            f"job type {job_type!r} failed to determine {name!r} of its environment",
            partial(_value, found, name, plugin.found.label),
        )
        for name in names
    }


def fingerprint_of(plugins: PluginRegistry, job_type: str) -> str:
    """The name of the plugin's distribution, and the fingerprint from the job type.

    A plugin that is not installed from an index counts with the files of its package, too, as they
    are when this is first called; the distribution's version counts for none.

    Raises:
        PluginLoadError: the job type's own fingerprint function failed.
        UnknownJobTypeError, PluginConflictError: no plugin, or several, offer the job type.
    """
    plugin = plugins.plugin_of(job_type)
    own = guarded(
        plugin.found,
        f"job type {job_type!r} failed to determine the versions of its tools",
        partial(_own, plugins.job_type(job_type), plugin.found.label),
        hint="run `clm doctor` to see which tools are missing",
    )
    sources = plugins.sources_of(job_type)
    return f"{canonical(plugin.distribution)}: {own}{_SOURCES * bool(sources)}{sources}"


def _own(job_type: JobType, label: str) -> str:
    what = f"{label}: the versions of the tools of {job_type.name!r}"
    with time_limit(call_seconds(), what):
        own = job_type.fingerprint()
    if not isinstance(own, str) or not own:
        raise TypeError(f"fingerprint returned {shown(own)}, not a text with the versions")
    return own


def _value(job_type: JobType, name: str, label: str) -> str:
    if job_type.environment is None:
        raise TypeError("a job asks for it, but the job type has no `environment`")
    what = f"{label}: {name!r} of the environment of {job_type.name!r}"
    with time_limit(call_seconds(), what):
        value = job_type.environment(name)
    if not isinstance(value, str):
        raise TypeError(f"environment returned {shown(value)}, not a text")
    return value


def refuse_other_sources(plugins: PluginRegistry, job_type: str, fingerprint: str) -> None:
    """Refuses a job that was planned with other files of the plugin than this process has.

    Raises:
        ClmError: they have changed meanwhile.
    """
    sources = plugins.sources_of(job_type)
    if sources and tools_in(fingerprint).partition(_SOURCES)[2] != sources:
        raise ClmError(
            f"the files of {plugins.plugin_of(job_type).label} have changed since this build began",
            hint="build again; restart `clm watch`",
        )
