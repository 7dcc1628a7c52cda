"""Results of hooks that one plugin offers and other plugins implement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen


@frozen(repr=False)
class HookResult:
    """What a plugin's implementation of another plugin's hook has returned.

    `hook` is the hook's name. `plugin` is the plugin that implements it, `label` its name in
    messages, with its distribution and version. `sources_of` returns, for an import string of the
    plugin, the digest of the plugin's files; it is empty if the plugin is installed from an index.
    """

    hook: str
    value: Any = field(eq=False)
    plugin: str
    label: str
    distribution: str
    version: str
    sources_of: Callable[[str], str] = field(eq=False)
