"""Colours that follow from those of a theme."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clm.course.notes import Notes
from clm.course.spec import ThemeSpec
from clm.course.theme_colors import checked_palette
from clm.theme.contrast import poor_contrasts
from clm.theme.names import BOXED, CODE, GROUNDS, SETTABLE
from clm.theme.palette import palette
from clm.theme.tokens import token_colors

COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
INK = [name for name in SETTABLE if name not in (*GROUNDS, "rule", "marked")]


def problems(colors: dict[str, tuple[str, str]]) -> Notes:
    notes = Notes()
    checked_palette(ThemeSpec(colors=colors), notes)
    return notes


@given(st.sampled_from(INK), COLORS)
@settings(max_examples=60, deadline=None)
def test_dark_color_made_is_readable(name: str, light: str) -> None:
    everything = {**token_colors(), **palette({name: (light, "")})}
    assert [str(p) for p in poor_contrasts(everything) if p.mode == "dark"] == []


@given(st.sampled_from(INK), COLORS, COLORS)
@settings(max_examples=20, deadline=None)
def test_proposed_colors_are_readable(name: str, light: str, dark: str) -> None:
    pair = {"light": light, "dark": dark}
    for problem in problems({name: (light, dark)}).problems:
        assert problem.hint is not None
        color, _, entry = problem.hint.partition(" can be read: ")
        pair["light" if "{light:" in entry else "dark"] = color
    assert problems({name: (pair["light"], pair["dark"])}).problems == []


@pytest.mark.parametrize("name", [*BOXED, *CODE])
def test_other_colors_stay(name: str) -> None:
    made = palette({name: ("#0b5394", "")})
    own = {name, f"{name}-soft", f"{name}-rule", *(["on-accent"] if name == "accent" else [])}
    assert set(made) <= own


def test_missing_ground_is_usual() -> None:
    assert palette({"page": ("#ffffff", "")})["page"] == ("#ffffff", token_colors()["page"][1])


def test_each_poor_color_reported_once() -> None:
    found = problems({"accent": ("#ffd000", "#333333"), "rose": ("#ff9999", "")}).problems
    assert sorted((p.excerpt, p.message.split(" in ")[1][:5]) for p in found) == [
        ("accent", "dark "),
        ("accent", "light"),
        ("rose", "light"),
    ]
