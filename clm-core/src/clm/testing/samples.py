"""What a contract is tried on: little courses, and what is to come of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen


@frozen
class Sample:
    """The files of a course that are converted without an error.

    `files` are named `<topic>/<path in the topic>`, or by their paths in the course where these
    begin with `slides/` or `templates/`. `settings` are the plugin's own; `more_spec` is YAML at
    the end of the course spec, such as `output-targets`.
    """

    files: Mapping[str, str | bytes]
    settings: Mapping[str, Any] = field(factory=dict)
    more_spec: str = ""

    def __str__(self) -> str:
        return next(iter(self.files), "nothing")


@frozen
class BadSample:
    """A sample with a mistake of its author.

    `message` is a regular expression that the messages match, `line` the line that they name.
    """

    files: Mapping[str, str | bytes]
    message: str
    line: int | None = None
    settings: Mapping[str, Any] = field(factory=dict)
    more_spec: str = ""

    def __str__(self) -> str:
        return next(iter(self.files), "nothing")
