"""What plugins claimed when they last loaded, so that a broken one only keeps back such files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import evolve, frozen

from clm.jobs.job_type import JobType
from clm.plugins.discovery import FoundPlugin, PluginStatus
from clm.plugins.loaded import LoadedPlugin
from clm.plugins.registry import PluginRegistry
from clm.regular_files import read_regular


@frozen(repr=False)
class Claims:
    """The file-name `patterns` of a plugin's sources.

    If it also `guards` other files, which students must not see, any file may be one of its own;
    likewise if it claims others with the settings of a course (`is_configured`).
    """

    patterns: tuple[str, ...] = ()
    guards: bool = False
    is_configured: bool = False

    @classmethod
    def of(cls, job_types: Iterable[JobType]) -> Claims:
        """What these job types claim."""
        made = list(job_types)
        guards = any(
            jt.private_folders or jt.private_files or jt.has_private_content or jt.public_text
            for jt in made
        )
        patterns = sorted({pattern for job_type in made for pattern in job_type.patterns})
        return cls(tuple(patterns), guards, any(jt.configure for jt in made))

    def have(self, path: PurePosixPath) -> bool:
        """Whether the file is a source by its name."""
        return any(fnmatchcase(path.name, pattern) for pattern in self.patterns)

    def may_have_others(self, *, has_settings: bool) -> bool:
        """Whether the plugin, with settings in the spec or not, may know other files."""
        return self.guards or (self.is_configured and has_settings)


def claims_of_lost(plugins: PluginRegistry) -> dict[str, Claims | None]:
    """What cannot be converted of the plugins that are unusable, by name; None if unknown."""
    found: dict[str, Claims | None] = {}
    for plugin in plugins.plugins:
        if plugin.status is PluginStatus.BROKEN:
            found[plugin.name] = plugins.claims.get(_key(plugin.found))
        elif plugin.status is PluginStatus.CONFLICT and plugin.offer is not None:
            lost = [jt for jt in plugin.offer.job_types if jt.name not in plugins.job_types]
            found[plugin.name] = Claims.of(lost)
    return found


def with_remembered_claims(
    plugins: PluginRegistry, file: Path, *, write: bool = False
) -> PluginRegistry:
    """The registry with what its broken plugins claimed, by the record in the file.

    With `write`, what the others claim is recorded there.
    """
    known = _read(file)
    claims: dict[str, Claims] = {}
    for plugin in plugins.plugins:
        key = _key(plugin.found)
        found = _claims(plugin) or known.get(key)
        if found is not None:
            claims[key] = found
    if write and claims != known:
        _write(file, claims)
    return evolve(plugins, claims=claims)


def _claims(plugin: LoadedPlugin) -> Claims | None:
    return Claims.of(plugin.offer.job_types) if plugin.offer is not None else None


def _key(found: FoundPlugin) -> str:
    return f"{found.name} of {found.distribution} {found.version}"


def _read(file: Path) -> dict[str, Claims]:
    try:
        data = json.loads(read_regular(file))
        return {str(key): _structured(value) for key, value in data.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}  # then any file may be a source of a broken plugin


def _structured(value: Mapping[str, Any]) -> Claims:
    patterns = value["patterns"]
    if not isinstance(patterns, list) or not all(isinstance(p, str) for p in patterns):
        raise TypeError("the patterns are no texts")
    return Claims(tuple(patterns), value["guards"] is True, value["is_configured"] is True)


def _write(file: Path, claims: Mapping[str, Claims]) -> None:
    data = {
        key: {
            "patterns": list(found.patterns),
            "guards": found.guards,
            "is_configured": found.is_configured,
        }
        for key, found in sorted(claims.items())
    }
    temporary = file.with_suffix(".tmp")
    with suppress(OSError):  # it is only a help for a later build
        temporary.write_text(json.dumps(data), encoding="utf-8")
        temporary.replace(file)
