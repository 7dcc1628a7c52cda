"""What plugins claimed when they last loaded: what the lost ones may have as sources."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import evolve, frozen

from clm.jobs.job_type import JobType
from clm.plugins.discovery import (
    BLOCK_VARIABLE,
    FoundPlugin,
    PluginStatus,
    canonical,
    names_in,
)
from clm.plugins.loaded import LoadedPlugin
from clm.plugins.registry import PluginRegistry
from clm.regular_files import read_regular

BROKEN = "is broken"
IN_CONFLICT = "conflicts with another one"
IS_BLOCKED = "is blocked"
NOT_INSTALLED = "is not installed"
_OF = " of "


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


@frozen(repr=False)
class LostPlugin:
    """A plugin that cannot be used: its name, and its `state`, such as `is broken`.

    `claims` has what it cannot convert now, None if that is unknown.
    """

    name: str
    state: str
    claims: Claims | None


def lost_plugins(plugins: PluginRegistry, needed: Collection[str]) -> list[LostPlugin]:
    """The plugins that are unusable, and those that the course once had or that it needs.

    One that the user has blocked counts only if the course needs it by name.
    """
    found = [lost for plugin in plugins.plugins if (lost := _lost(plugin, plugins, needed))]
    installed = {plugin.name for plugin in plugins.plugins}
    blocked = names_in(os.environ, BLOCK_VARIABLE)
    once = {_name(key) for key in plugins.claims}
    for name in sorted((once | set(needed)) - installed):
        if name in needed or canonical(name) not in blocked:
            found.append(LostPlugin(name, NOT_INSTALLED, _last_claims(plugins, name)))
    return found


def _lost(
    plugin: LoadedPlugin, plugins: PluginRegistry, needed: Collection[str]
) -> LostPlugin | None:
    if plugin.status is PluginStatus.BROKEN:
        return LostPlugin(plugin.name, BROKEN, plugins.claims.get(_key(plugin.found)))
    if plugin.status is PluginStatus.CONFLICT and plugin.offer is not None:
        lost = [jt for jt in plugin.offer.job_types if jt.name not in plugins.job_types]
        return LostPlugin(plugin.name, IN_CONFLICT, Claims.of(lost))
    if plugin.status is PluginStatus.BLOCKED and plugin.name in needed:
        return LostPlugin(plugin.name, IS_BLOCKED, _last_claims(plugins, plugin.name))
    return None


def _last_claims(plugins: PluginRegistry, name: str) -> Claims | None:
    """What the plugin claimed in all versions of which that is known."""
    known = [claims for key, claims in plugins.claims.items() if _name(key) == name]
    if not known:
        return None
    return Claims(
        tuple(sorted({pattern for claims in known for pattern in claims.patterns})),
        any(claims.guards for claims in known),
        any(claims.is_configured for claims in known),
    )


def with_remembered_claims(
    plugins: PluginRegistry, file: Path, *, write: bool = False
) -> PluginRegistry:
    """The registry with what its unusable plugins, and missing ones, claimed by the record.

    With `write`, what the others claim is recorded in the file.
    """
    known = _read(file)
    installed = {plugin.name for plugin in plugins.plugins}
    claims = {key: found for key, found in known.items() if _name(key) not in installed}
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
    return f"{found.name}{_OF}{found.distribution} {found.version}"


def _name(key: str) -> str:
    return key.partition(_OF)[0]


def _read(file: Path) -> dict[str, Claims]:
    try:
        data = json.loads(read_regular(file))
        return {str(key): _structured(value) for key, value in data.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
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
