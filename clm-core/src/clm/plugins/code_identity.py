"""Identity of the code that plans and checks: that of CLM, of plugins, and of what they import."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from importlib_metadata import PackageNotFoundError, distribution

import clm
from clm.plugins.discovery import OWN_DISTRIBUTION, PluginStatus
from clm.plugins.loaded import LoadedPlugin
from clm.plugins.registry import PluginRegistry
from clm.plugins.sources import is_from_index, sources_digest

_METADATA = (".dist-info", ".egg-info")


def code_identity(plugins: PluginRegistry) -> str | None:
    """The digest of all code that plans and checks a course; None if it is not known.

    It covers Python, the names and versions of all installed distributions, the plugins that are
    loaded, and the source files of CLM and plugins that are not installed from an index.
    """
    try:
        parts = [sys.version, clm.__version__, _own_sources(), *_distributions()]
        for plugin in plugins.plugins:
            if plugin.found.entry_point is None:
                return None
            parts += _identity(plugin)
    except OSError:
        return None  # a source file was removed after it was imported, or cannot be read
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()


def _identity(plugin: LoadedPlugin) -> Iterator[str]:
    found = plugin.found
    yield from (found.name, found.distribution, found.version, found.value, plugin.status)
    if plugin.status is not PluginStatus.BLOCKED:
        workers = [jt.worker for jt in plugin.offer.job_types] if plugin.offer else []
        yield from (sources_digest(found, module) for module in workers or [found.value])


def _own_sources() -> str:
    try:
        own = distribution(OWN_DISTRIBUTION)
    except PackageNotFoundError:
        own = None
    if is_from_index(own):
        return ""
    from clm.installed import tree_digest  # only in a checkout

    return tree_digest(Path(clm.__file__).parent)


def _distributions() -> Iterator[str]:
    """The names of the folders with metadata, which have the names and versions."""
    for folder in dict.fromkeys(sys.path):
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208  # hundreds, in every validation
        except OSError:
            continue  # such as an archive of modules, or a folder that does not exist
        yield from sorted(name for name in names if name.endswith(_METADATA))
