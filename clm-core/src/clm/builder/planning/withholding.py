"""Files that are not copied, since they may be sources of a plugin that cannot be used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath

from attrs import field, frozen

from clm.builder.planning.checks import is_medium
from clm.errors import PluginError
from clm.plugins import PluginRegistry
from clm.plugins.remembered import Claims, claims_of_lost


@frozen(eq=False, repr=False)
class Withholding:
    """Which files may be sources of unusable plugins.

    `lost` has what each of these claims, or None if that is unknown: then any file that no other
    plugin claims may be its source, except media. `with_settings` are the plugins with settings
    in the spec.
    """

    lost: Mapping[str, Claims | None] = field(factory=dict)
    with_settings: Collection[str] = ()

    @classmethod
    def of(
        cls, plugins: PluginRegistry, settings: Collection[str], faults: Iterable[PluginError]
    ) -> Withholding:
        """For these plugins; `faults` are those of plugins that cannot be configured."""
        unknown: dict[str, Claims | None] = {error.plugin: None for error in faults}
        return cls(claims_of_lost(plugins) | unknown, settings)

    def __bool__(self) -> bool:
        return bool(self.lost)

    def holds(self, path: PurePosixPath) -> bool:
        """Whether the file, which no usable plugin claims, may be a source."""
        return any(self._holds(path, name, claims) for name, claims in self.lost.items())

    def _holds(self, path: PurePosixPath, name: str, claims: Claims | None) -> bool:
        if claims is not None and claims.have(path):
            return True
        has_settings = name in self.with_settings
        is_unknown = claims is None or claims.may_have_others(has_settings=has_settings)
        return is_unknown and not is_medium(path)
