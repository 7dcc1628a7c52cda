"""The hook that other plugins implement to add kinds of destinations."""

from __future__ import annotations

from typing import Any

from clm import hookspec
from clm_plugin_publish.api import DestinationKind
from clm_plugin_publish.settings import KINDS


@hookspec
def clm_publish_destinations() -> list[DestinationKind]:
    """Kinds of destinations beside those of this plugin.

    A course uses one by its name, as `kind` of a destination.
    """
    raise NotImplementedError


def check(hook: str, value: Any) -> None:
    """Check the result of the hook.

    Raises:
        TypeError, ValueError: it is not what the hook asks for.
    """
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{hook} returns {type(value).__name__}, not a list")
    for kind in value:
        if not isinstance(kind, DestinationKind):
            raise TypeError(f"{hook} returns {kind!r}, which is not a DestinationKind")
        if not isinstance(kind.name, str) or not kind.name or kind.name in KINDS:
            raise ValueError(f"{hook}: {kind.name!r} cannot be the name of a kind")
        if not callable(kind.place):
            raise TypeError(f"{hook}: the place of {kind.name!r} is not callable")
