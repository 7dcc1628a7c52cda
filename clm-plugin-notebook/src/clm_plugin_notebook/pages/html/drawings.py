"""Drawings, which dark pages show with light lines: no `<img>` follows the button of a page."""

from __future__ import annotations

_OTHERWISE = (b"<image", b"prefers-color-scheme", b"light-dark(")


def is_drawing(svg: bytes) -> bool:
    """Whether an SVG picture has lines and areas only, and is drawn for light pages.

    Photographs would be wrong in other colours, and some pictures follow the reader's system.
    """
    return not any(part in svg for part in _OTHERWISE)
