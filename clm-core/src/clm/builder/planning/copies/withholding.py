"""Files that are not copied, since they may be sources of a plugin that cannot be used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath

from attrs import frozen

from clm.builder.planning.copies.checks import is_medium
from clm.course.course import Course
from clm.errors import PluginError
from clm.plugins import PluginRegistry
from clm.plugins.remembered import BROKEN, NOT_INSTALLED, LostPlugin, lost_plugins


@frozen(eq=False, repr=False)
class Withholding:
    """Which files may be sources of the `lost` plugins.

    If it is unknown what one of them claims, any file that no other plugin claims may be its
    source, except media. `with_settings` are the plugins with settings in the spec.
    """

    lost: Sequence[LostPlugin] = ()
    with_settings: Collection[str] = ()

    @classmethod
    def of(
        cls, plugins: PluginRegistry, course: Course, faults: Iterable[PluginError]
    ) -> Withholding:
        """For these plugins; `faults` are those of plugins that cannot be configured."""
        spec = course.spec
        unusable = {error.plugin for error in faults}
        needed = {*spec.plugins, *spec.requires}
        lost = [LostPlugin(name, BROKEN, None) for name in sorted(unusable)]
        for plugin in lost_plugins(plugins, needed):
            if plugin.name not in unusable and (plugin.name in needed or _has(course, plugin)):
                lost.append(plugin)
        return cls(lost, spec.plugins)

    def __bool__(self) -> bool:
        return bool(self.lost)

    def holds(self, path: PurePosixPath) -> bool:
        """Whether the file, which no usable plugin claims, may be a source."""
        return any(self._holds(path, plugin) for plugin in self.lost)

    @property
    def cause(self) -> str:
        """Which plugins are lost and why, as the end of a sentence."""
        return " and ".join(f"the plugin {p.name!r}, which {p.state}" for p in self.lost)

    def _holds(self, path: PurePosixPath, plugin: LostPlugin) -> bool:
        claims = plugin.claims
        if claims is not None and claims.have(path):
            return True
        has_settings = plugin.name in self.with_settings
        is_unknown = claims is None or claims.may_have_others(has_settings=has_settings)
        return is_unknown and not is_medium(path)


def _has(course: Course, plugin: LostPlugin) -> bool:
    """Whether the plugin matters: one that was removed does only if it has sources left."""
    if plugin.state != NOT_INSTALLED or plugin.claims is None:
        return True
    files = (file for s in course.sections for topic in s.topics for file in topic.files)
    return any(plugin.claims.have(file.topic_path) for file in files)
