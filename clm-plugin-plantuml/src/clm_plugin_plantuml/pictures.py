"""Checks of finished pictures: complete and not blank."""

from __future__ import annotations

import struct

from clm import ConversionError, Place
from clm_plugin_plantuml.machine import LARGEST_SIDE
from clm_plugin_plantuml.svg import sanitised

_PNG = b"\x89PNG\r\n\x1a\n"


def checked_picture(data: bytes, format: str, source: str) -> bytes:
    """The picture to deliver; SVG is sanitised.

    Raises:
        ConversionError: PlantUML has cropped the picture.
        ValueError: the data are not of the format.
    """
    if format == "svg":
        return sanitised(data)
    width, height = _png_size(data)
    if max(width, height) >= LARGEST_SIDE:
        raise ConversionError(
            f"the picture is cropped, since it would be larger than {LARGEST_SIDE} pixels",
            place=Place(source),
            hint="lower dpi, split the diagram, or use the format svg",
        )
    return data


def _png_size(data: bytes) -> tuple[int, int]:
    if not data.startswith(_PNG) or len(data) < 24:
        raise ValueError("PlantUML's output is not PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height
