"""Check that the colours of a theme can be read."""

from __future__ import annotations

from clm.course.notes import Notes
from clm.course.spec import ThemeSpec
from clm.theme.contrast import PoorContrast, inked, poor_contrasts
from clm.theme.names import GROUNDS
from clm.theme.palette import palette
from clm.theme.tokens import token_colors


def checked_palette(theme: ThemeSpec, notes: Notes) -> dict[str, tuple[str, str]]:
    """All colours that differ from the usual ones; what cannot be read is a problem."""
    changed = palette(theme.colors)
    everything = {**token_colors(), **changed}
    reported = set()
    for poor in poor_contrasts(everything):
        token = _given(poor, theme)
        if (token, poor.mode) not in reported:
            reported.add((token, poor.mode))
            place = theme.places.get(token, theme.place)
            notes.problem(str(poor), place, excerpt=token, hint=_hint(poor, token, theme))
    return changed


def _given(poor: PoorContrast, theme: ThemeSpec) -> str:
    """The colour of the theme from which a poor contrast follows."""
    names = [poor.token, poor.ground, poor.ground.removesuffix("-soft")]
    if poor.token == "on-accent":
        names.insert(0, "accent")
    return next((name for name in names if name in theme.colors), poor.token)


def _hint(poor: PoorContrast, token: str, theme: ThemeSpec) -> str:
    if token not in theme.colors or token in (*GROUNDS, "marked"):
        return "use a ground that is lighter in light pages, or darker in dark ones"
    is_light = poor.mode == "light"
    usual = palette(theme.colors)[token]
    for color in inked(usual[0 if is_light else 1], "#000000" if is_light else "#ffffff"):
        pair = (color, usual[1]) if is_light else (usual[0], color)
        everything = {**token_colors(), **palette({**theme.colors, token: pair})}
        poor_ones = (p for p in poor_contrasts(everything) if p.mode == poor.mode)
        if not any(_given(p, theme) == token for p in poor_ones):
            return f'{color} can be read: {token}: {{{poor.mode}: "{color}"}}'
    return "use other grounds"
