"""Colours of terminals that have a number."""

from __future__ import annotations

import pytest

from clm_plugin_notebook.lazy_jupyter import ansi2html
from clm_plugin_notebook.pages.html.terminal_colors import with_named_colors


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (28, "green"),
        (196, "red"),
        (21, "blue"),
        (201, "magenta"),
        (226, "yellow"),
        (51, "cyan"),
        (208, "yellow"),
        (16, "black"),
        (231, "black"),
        (245, "white"),
    ],
)
def test_number_becomes_name(number: int, name: str) -> None:
    html = with_named_colors(ansi2html(f"\x1b[38;5;{number}mx\x1b[39m"))
    assert html == f'<span class="ansi-{name}-fg">x</span>'


def test_bold_stays() -> None:
    html = with_named_colors(ansi2html("\x1b[38;5;28;01mdef\x1b[39;00m"))
    assert html.startswith('<span class="ansi-bold ansi-green-fg">')


def test_ground_of_author_stays() -> None:
    html = ansi2html("\x1b[38;5;28m\x1b[48;5;230mx\x1b[0m")
    assert with_named_colors(html) == html
