"""What plugins import to add kinds of destinations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import frozen

from clm.builds import CourseInfo
from clm_plugin_publish.contents import Contents, Item
from clm_plugin_publish.destinations.folders import State
from clm_plugin_publish.destinations.places import Place
from clm_plugin_publish.settings import DestinationError

__all__ = [
    "Contents",
    "DestinationError",
    "DestinationKind",
    "DestinationRequest",
    "Item",
    "Place",
    "State",
]


@frozen
class DestinationRequest:
    """A destination of a kind of the plugin, with what it is to get.

    `contents` has passed the guard: it has only what the destination's readers may have, now.
    `options` are those of the destination in the spec. `keep` are names and patterns of what others
    put there. `folder` is the plugin's for this destination, and may not exist yet.
    """

    name: str
    path: str
    remote: str
    options: Mapping[str, str]
    keep: tuple[str, ...]
    contents: Contents
    course: CourseInfo
    folder: Path


@frozen
class DestinationKind:
    """A kind of destination; `place` returns the place for a request.

    `Place.look` is called before anything is published, also by a dry run, and must change nothing
    there; `Place.replace` publishes all or nothing. Both raise a `UsageError` for what the user has
    to mend, and a `DestinationError` for what is wrong in the spec.
    """

    name: str
    place: Callable[[DestinationRequest], Place]
