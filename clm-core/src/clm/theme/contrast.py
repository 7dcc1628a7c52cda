"""Contrast of colours, as WCAG 2 defines it, and the pairs of tokens that must have enough."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product

from attrs import frozen

from clm.theme.names import BOXED, CODE, GROUNDS

ENOUGH = 4.5
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})", re.I)

_INK = ("text", "strong", "faint")
_SOFT = tuple(f"{name}-soft" for name in BOXED)

# What is written on what. Results of programs, with the colours of terminals, stand on `raised`,
# on `amber-soft` (errors) and on `rose-soft` (tracebacks).
PAIRS = (
    *product((*_INK, *BOXED), GROUNDS),
    *product(_INK, (*_SOFT, "tint-strong")),
    *((name, f"{name}-soft") for name in BOXED),
    *product((*CODE, "text", "amber"), (*GROUNDS, "marked")),
    *product((*BOXED, "name"), ("rose-soft", "amber-soft")),
    ("accent", "accent-soft"),
    ("on-accent", "accent"),
)


@frozen
class PoorContrast:
    """A colour that is too similar to its ground, in light or dark pages."""

    mode: str
    token: str
    color: str
    ground: str
    ground_color: str
    ratio: float

    def __str__(self) -> str:
        return (
            f"{self.token} {self.color} on {self.ground} {self.ground_color} in {self.mode} pages "
            f"has a contrast of {self.ratio:.1f}, which is less than {ENOUGH}"
        )


def parse_color(text: str) -> tuple[int, int, int]:
    """The red, green and blue of a colour such as `#0a6a68` or `#fff`.

    Raises:
        ValueError: it is none.
    """
    if not _HEX.fullmatch(text):
        raise ValueError(f"{text!r} is not a colour such as #0a6a68")
    digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return red, green, blue


def mix(color: str, ground: str, share: float) -> str:
    """A colour laid on a ground, of which it covers a share from 0 to 1."""
    pairs = zip(parse_color(color), parse_color(ground), strict=True)
    return "#" + "".join(f"{round(c * share + g * (1 - share)):02x}" for c, g in pairs)


def contrast(first: str, second: str) -> float:
    """The ratio of the luminances of two colours, from 1 to 21."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def inked(color: str, ink: str) -> Iterator[str]:
    """The colour, mixed with more and more of `ink`, up to ink itself."""
    return (mix(ink, color, step / 20) for step in range(21))


def readable(color: str, ground: str, ink: str, least: float = ENOUGH) -> str:
    """The first of the `inked` colours that has at least this contrast to the ground, or ink."""
    return next((made for made in inked(color, ink) if contrast(made, ground) >= least), ink)


def poor_contrasts(colors: Mapping[str, tuple[str, str]]) -> Iterator[PoorContrast]:
    """All pairs of tokens that cannot be read; `colors` has each in light and in dark pages."""
    for at, mode in enumerate(("light", "dark")):
        for token, ground in dict.fromkeys(PAIRS):
            color, below = colors[token][at], colors[ground][at]
            ratio = contrast(color, below)
            if ratio < ENOUGH:
                yield PoorContrast(mode, token, color, ground, below, ratio)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(part / 255) for part in parse_color(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
