"""Digests of the source files of plugins that are not installed from an index.

There a version says which files a plugin has; files of a checkout may change at any time.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from clm.plugins.discovery import FoundPlugin

_OWN_PACKAGE = __name__.partition(".")[0]


def sources_digest(found: FoundPlugin, worker: str) -> str:
    """The digest of the files of a loaded plugin; empty if it is installed from an index.

    It covers the packages of the entry point and of `worker`, an import string, but not CLM, which
    is in no key. They are the same files, with the same digest, whether the plugin is editable or
    installed from its folder.
    """
    if found.is_local:
        return found.version
    if found.entry_point is None or is_from_index(found.entry_point.dist):
        return ""
    modules = (found.value.partition(":")[0], worker.partition(":")[0])
    places = {name: place for module in modules for name, place in _outermost(module).items()}
    places.pop(_OWN_PACKAGE, None)  # that of plugins in `clm.testing`
    digests = [f"{name} {_content(place)}" for name, place in sorted(places.items())]
    if not digests:
        return ""
    import hashlib  # it loads OpenSSL, which plugins from an index do not need

    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def is_from_index(distribution: object) -> bool:
    """Whether a distribution is installed from an index, so that its version says all."""
    read = getattr(distribution, "read_text", None)
    # RECORD is what only installed wheels have, direct_url.json those that are not from an index.
    return read is not None and read("direct_url.json") is None and read("RECORD") is not None


def _outermost(module: str) -> dict[str, Path]:
    """The outermost package of a module that is no namespace, or the module, with its place."""
    parts = module.split(".")
    for number in range(1, len(parts) + 1):
        name = ".".join(parts[:number])
        try:
            spec = find_spec(name)
        except (ImportError, ValueError):
            return {}  # running a job reports the error
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            return {name: origin.parent if spec.submodule_search_locations else origin}
    return {}


def _content(place: Path) -> str:
    import hashlib  # as above

    from clm.installed import tree_digest

    if place.is_dir():
        return tree_digest(place)
    return hashlib.sha256(place.read_bytes()).hexdigest()
