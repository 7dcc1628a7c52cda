"""Checks of finished PNG pictures."""

from __future__ import annotations

import io

from PIL import Image


def size(png: bytes) -> tuple[int, int]:
    """Width and height in pixels.

    Raises:
        OSError: the data is not PNG.
    """
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return image.size


def is_blank(png: bytes) -> bool:
    """Whether all pixels of a PNG are the same."""
    with Image.open(io.BytesIO(png)) as image:
        # A blank picture compresses to almost nothing, so larger data need not be decompressed.
        if len(png) > 4096 + image.width * image.height // 20:
            return False
        extrema = image.getextrema()
    bands = extrema if isinstance(extrema[0], tuple) else (extrema,)
    return all(low == high for low, high in bands)
