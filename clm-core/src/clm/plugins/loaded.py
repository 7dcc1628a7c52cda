"""Plugins after loading."""

from __future__ import annotations

from attrs import field, frozen

from clm.errors import PluginError
from clm.plugins.discovery import FoundPlugin, PluginStatus
from clm.plugins.loading import Offer


@frozen(repr=False)
class LoadedPlugin:
    """A plugin after loading, with the names that it registers.

    `problems` are the errors of the plugin, each with its remedy as `hint`. `seconds` is the time
    that it took to load, `modules` the number of modules that this newly imported.
    """

    name: str
    distribution: str
    version: str
    status: PluginStatus
    job_types: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    executors: tuple[str, ...] = ()
    problems: tuple[PluginError, ...] = ()
    seconds: float = field(default=0.0, eq=False)
    modules: int = field(default=0, eq=False)
    found: FoundPlugin = field(kw_only=True, repr=False)
    offer: Offer | None = field(default=None, kw_only=True, repr=False, eq=False)

    @property
    def label(self) -> str:
        """The plugin in messages, with its distribution and version."""
        return self.found.label

    @property
    def problem(self) -> str | None:
        """The messages of all problems, one per line; None if there are none."""
        return "\n".join(error.message for error in self.problems) or None

    @property
    def remedy(self) -> str | None:
        """The hints of all problems, one per line; None if there are none."""
        return "\n".join(dict.fromkeys(e.hint for e in self.problems if e.hint)) or None
