"""Colours of terminals on pages: those with a number become the ones that pages have names for.

A colour by number is made for one ground, and could not be read on the others.
"""

from __future__ import annotations

import colorsys
import re

_SPAN = re.compile(r'<span(?: class="([^"]*)")? style="color: rgb\((\d+),\s*(\d+),\s*(\d+)\);?">')
# By hue, from 0 to 1: where the range of each colour ends.
_HUES = ((0.05, "red"), (0.19, "yellow"), (0.44, "green"), (0.54, "cyan"), (0.72, "blue"),
         (0.92, "magenta"), (1.01, "red"))  # fmt: skip
_LEAST_SATURATION = 0.15


def with_named_colors(html: str) -> str:
    """The HTML of a terminal's text with names for the colours that have none.

    Those that also set the ground stay as they are.
    """
    return _SPAN.sub(_named, html)


def _named(span: re.Match[str]) -> str:
    red, green, blue = (int(span[n]) / 255 for n in (2, 3, 4))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    if saturation < _LEAST_SATURATION or not 0.05 < lightness < 0.97:
        # Black, white and the darker greys are for text, light greys for what matters less.
        name = "black" if lightness < 0.45 or lightness > 0.9 else "white"
    else:
        name = next(color for end, color in _HUES if hue < end)
    classes = " ".join(filter(None, (span[1], f"ansi-{name}-fg")))
    return f'<span class="{classes}">'
