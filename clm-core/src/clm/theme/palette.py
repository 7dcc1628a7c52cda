"""The colours of a course's theme: given ones, and those that follow from them."""

from __future__ import annotations

from collections.abc import Mapping

from clm.theme.contrast import ENOUGH, contrast, mix, readable
from clm.theme.names import BOXED, CODE, GROUNDS, SETTABLE
from clm.theme.tokens import token_colors

_INK = ("text", "strong", "faint", *BOXED, *CODE)
# Light and dark: the share of the colour in the ground and the rule of its box.
_SOFT, _RULE = (0.1, 0.13), (0.4, 0.36)

Pair = tuple[str, str]


def palette(given: Mapping[str, Pair]) -> dict[str, Pair]:
    """All colours that differ from the design tokens.

    `given` has a colour for light pages, for dark ones, or both; the other one is empty. A missing
    colour for dark pages is the one for light pages, so much lighter that it can be read there, if
    it is one to write with, and that of the tokens if it is one to write on.
    """
    usual = token_colors()
    grounds = {name: _filled(given.get(name, ("", "")), usual[name]) for name in GROUNDS}
    changed = {name: pair for name, pair in grounds.items() if name in given}
    for name in (name for name in SETTABLE if name in given and name not in grounds):
        light, dark = given[name]
        if light and not dark and name in _INK:
            # More than enough, since the ground of its box has some of the colour.
            dark = readable(light, grounds["tint"][1], "#ffffff", ENOUGH + 1)
        changed[name] = _filled((light, dark), usual[name])
        if name in BOXED:
            changed[f"{name}-soft"] = _mixed(changed[name], grounds["page"], _SOFT)
            changed[f"{name}-rule"] = _mixed(changed[name], grounds["page"], _RULE)
    if "accent" in changed:
        light, dark = (_on(color) for color in changed["accent"])
        changed["on-accent"] = (light, dark)
    return changed


def _filled(given: Pair, usual: Pair) -> Pair:
    return given[0] or usual[0], given[1] or usual[1]


def _mixed(color: Pair, ground: Pair, share: tuple[float, float]) -> Pair:
    light, dark = (mix(c, g, s) for c, g, s in zip(color, ground, share, strict=True))
    return light, dark


def _on(color: str) -> str:
    return max(("#ffffff", "#0d1f1e"), key=lambda ink: contrast(ink, color))
