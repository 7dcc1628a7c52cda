"""Remarks of the Markdown parser about the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen


@frozen
class MarkdownRemark:
    """A warning about a line of a Markdown text, from 1."""

    line: int
    message: str
    hint: str


def add_remark(env: Any, line: int, message: str, hint: str) -> None:
    """Note a remark about a line, from 0, in the environment of a parse."""
    env.setdefault("remarks", []).append(MarkdownRemark(line + 1, message, hint))


def remarks_of(env: Any) -> Sequence[MarkdownRemark]:
    """Return the remarks of a parse, in order."""
    return tuple(sorted(env.get("remarks", ()), key=lambda remark: remark.line))
