"""Samples for contract tests: small courses and their expected results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen


@frozen
class Sample:
    """The files of a course that is converted without an error.

    `files` are named `<topic>/<path in the topic>`, or by their paths in the course if these
    start with `slides/` or `templates/`. `settings` are those of the plugin; `more_spec` is YAML
    that is appended to the course spec, such as `output-targets`.
    """

    files: Mapping[str, str | bytes]
    settings: Mapping[str, Any] = field(factory=dict)
    more_spec: str = ""

    def __str__(self) -> str:
        return next(iter(self.files), "nothing")


@frozen
class BadSample:
    """A sample with an author's mistake.

    `message` is a regular expression that must match the messages, `line` the line of their place.
    """

    files: Mapping[str, str | bytes]
    message: str
    line: int | None = None
    settings: Mapping[str, Any] = field(factory=dict)
    more_spec: str = ""

    def __str__(self) -> str:
        return next(iter(self.files), "nothing")
