"""Contrast of all colours that pages of CLM write with, computed from the design tokens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import clm
from clm.theme.contrast import (
    ENOUGH,
    PAIRS,
    contrast,
    mix,
    parse_color,
    poor_contrasts,
    readable,
)
from clm.theme.names import BOXED, CODE
from clm.theme.tokens import token_colors, tokens_css

ROOT = Path(clm.__file__).parents[3]
# The share of text in the ground of code within a text, as in the style sheets.
INLINE = 0.08


def test_all_tokens_readable() -> None:
    assert [str(poor) for poor in poor_contrasts(token_colors())] == []


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "raised", *(f"{name}-soft" for name in BOXED)])
def test_inline_code_readable(ground: str, mode: int) -> None:
    colors = {name: pair[mode] for name, pair in token_colors().items()}
    below = mix(colors["text"], colors[ground], INLINE)
    for ink in ("text", "faint", "accent"):
        assert contrast(colors[ink], below) >= ENOUGH, ink


def test_each_color_has_pair() -> None:
    paired = {name for pair in PAIRS for name in pair}
    unpaired = {name for name in token_colors() if name not in paired}
    assert {name for name in unpaired if not name.endswith("rule")} == set()
    assert paired >= {*BOXED, *CODE}


def test_each_color_read() -> None:
    written = re.findall(r"--([a-z-]+): light-dark\(", tokens_css())
    assert list(token_colors()) == written


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#fff", "#fff", 1.0), ("#767676", "#ffffff", 4.54)],
)
def test_ratio_of_wcag(first: str, second: str, ratio: float) -> None:
    assert contrast(first, second) == pytest.approx(ratio, abs=0.01)


def test_poor_pair_named() -> None:
    colors = {**token_colors(), "accent": ("#ffd000", "#63cbc2")}
    found = {(p.mode, p.token, p.ground) for p in poor_contrasts(colors)}
    assert ("light", "accent", "page") in found
    assert {mode for mode, _, _ in found} == {"light"}


def test_poor_ground_named() -> None:
    colors = {**token_colors(), "tint": ("#5b636b", "#1f2428")}
    assert {p.ground for p in poor_contrasts(colors)} == {"tint"}


@pytest.mark.parametrize("color", ["#ffd000", "#123456", "#777777", "#0a6a68"])
def test_readable_color_found(color: str) -> None:
    assert contrast(readable(color, "#ffffff", "#000000"), "#ffffff") >= ENOUGH
    assert contrast(readable(color, "#15181b", "#ffffff"), "#15181b") >= ENOUGH


def test_readable_color_kept() -> None:
    assert readable("#0a6a68", "#fdfcfa", "#000000") == "#0a6a68"


@pytest.mark.parametrize("text", ["red", "#12345", "#1234567", "#ggg", "#fff;}", "", "#ff\nf"])
def test_other_color_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        parse_color(text)


def _sheets() -> list[Path]:
    sources = [*ROOT.glob("clm-*/src/**/*.css"), *ROOT.glob("clm-*/src/**/dashboard.html")]
    return [path for path in sources if "classic" not in path.parts and "assets" not in path.parts]


@pytest.mark.parametrize("sheet", _sheets(), ids=lambda path: path.name)
def test_used_tokens_exist(sheet: Path) -> None:
    text = sheet.read_text(encoding="utf-8")
    defined = set(re.findall(r"(--[a-z-]+):", text + tokens_css()))
    # Those that reveal.js and the pages' own scripts set.
    defined |= {"--slide-scale", "--viewport-width"}
    scripts = "".join(p.read_text(encoding="utf-8") for p in ROOT.glob("clm-*/src/**/static/*.js"))
    defined |= set(re.findall(r"setProperty\(\s*[\"'`](--[a-z-]+)", scripts))
    assert set(re.findall(r"var\((--[a-z-]+)", text)) <= defined
