"""Objects of other plugins, by the import strings in payloads."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from clm.errors import PluginLoadError
from clm.hints import cause
from clm.plugins.discovery import FoundPlugin, discover
from clm.plugins.local import loaded_local_plugins
from clm.plugins.sources import sources_digest
from clm.workers.import_string import resolve


def plugin_object(
    import_string: str, *, plugin: str, distribution: str, version: str, sources: str = ""
) -> Any:
    """The object that an import string `module:name` of a plugin names.

    `distribution`, `version` and `sources` are those of the plugin's `HookResult` where the job
    was planned: the job may run elsewhere.

    Raises:
        PluginError: the plugin is not installed here, or differs, or the object cannot be imported.
    """
    label = f"plugin {plugin!r} of {distribution} {version}"
    if fault := _difference(import_string, plugin, (distribution, version), sources):
        raise PluginLoadError(
            f"the job needs the {label}, but {fault} where the job runs",
            plugin=plugin,
            hint="install the same version there; images of containers must be built with it",
        )
    try:
        return resolve(import_string)
    except Exception as error:
        raise PluginLoadError(
            f"{label}: {import_string} cannot be loaded: {cause(error)}",
            plugin=plugin,
            hint="reinstall the plugin with its dependencies",
        ) from error


def _difference(
    import_string: str, plugin: str, identity: tuple[str, str], sources: str
) -> str | None:
    if (plugin, *identity) in loaded_local_plugins():
        return None
    found = _installed().get(plugin)
    if found is None or (found.distribution, found.version) != identity:
        _installed.cache_clear()  # it may have been installed since
        found = _installed().get(plugin)
    if found is None:
        return "it is not installed"
    if (found.distribution, found.version) != identity:
        return f"{found.distribution} {found.version} is installed"
    if sources and _sources(found, import_string) != sources:
        return "its files are others"
    return None


@lru_cache(maxsize=1)
def _installed() -> dict[str, FoundPlugin]:
    return {found.name: found for found in discover()}


@lru_cache(maxsize=128)
def _sources(found: FoundPlugin, import_string: str) -> str:
    return sources_digest(found, import_string)
