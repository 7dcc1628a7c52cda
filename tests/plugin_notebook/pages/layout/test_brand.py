"""The theme of a course on its pages and slides."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from clm import ConversionError, CourseTheme, FileInput, FontFace, Variant

DECK = "# %% [markdown]\n# # Title\n"
SVG = b"<svg/>"
Made = Callable[..., str]


@pytest.fixture
def page(topics: Callable[[], Any], tmp_path: Path) -> Made:
    """Return a page, or a slide show, of a course with this theme and these files."""

    def make(theme: CourseTheme, format: str = "html", **files: bytes) -> str:
        variant = Variant("en", "completed", format, PurePosixPath("x"), True)
        inputs = []
        for name, data in files.items():
            path = tmp_path / name.replace("/", "-")
            path.write_bytes(data)
            inputs.append(FileInput(name, path, hashlib.sha256(data).hexdigest()))
        topic = topics().only(variant, theme=theme, theme_files=tuple(inputs))
        (text,) = topic.outputs(DECK).values()
        return str(text)

    return make


def test_plain_page_has_no_brand(page: Made) -> None:
    html = page(CourseTheme())
    assert "<header" not in html
    assert "<footer" not in html


def test_logo_embedded(page: Made) -> None:
    html = page(CourseTheme(logo="theme-files/a.svg"), **{"theme-files/a.svg": SVG})
    assert '<img class="logo" src="data:image/svg+xml;base64,PHN2Zy8+" alt="Academy">' in html


def test_two_logos_embedded(page: Made) -> None:
    theme = CourseTheme(logo="theme/a.svg", logo_dark="theme/b.svg")
    html = page(theme, **{"theme/a.svg": SVG, "theme/b.svg": b"<svg id='b'/>"})
    assert html.count('class="logo for-') == 2


@pytest.mark.parametrize("format", ["html", "slides"])
def test_colors_and_fonts_follow_tokens(page: Made, format: str) -> None:
    theme = CourseTheme(
        colors={"accent": ("#0b5394", "#9fc5e8")}, fonts=(FontFace("code", "theme-files/c.woff2"),)
    )
    html = page(theme, format, **{"theme-files/c.woff2": b"wOF2"})
    last = html.rindex("--accent: light-dark(#0b5394, #9fc5e8);")
    assert last > html.index("--accent: light-dark(#0a6a68")
    assert (
        '@font-face { font-family: "clm-code"; src: url("data:font/woff2;base64,d09GMg==")' in html
    )


def test_footer_in_language_of_page(page: Made) -> None:
    theme = CourseTheme(footer={"de": "Ende", "en": "[End](https://a.org)"})
    assert '<footer class="page-footer"><a href="https://a.org">End</a></footer>' in page(theme)


@pytest.mark.parametrize("mode", ["light", "dark", "auto"])
def test_mode_of_theme(page: Made, mode: str) -> None:
    assert f'data-theme="{mode}"' in page(CourseTheme(mode=mode))


def test_own_folder_is_theme(page: Made) -> None:
    files = {
        "theme/theme.css": b"h1 { color: var(--accent) }",
        "theme/page.html.j2": b'{% extends "base/page.html.j2" %}'
        b"{% block after %}<p>{{ data_url('a.txt') }}</p>{% endblock %}",
        "theme/a.txt": b"a",
    }
    html = page(CourseTheme(has_folder=True), **files)
    assert "h1 { color: var(--accent) }" in html
    assert "<p>data:text/plain;base64,YQ==</p>" in html


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (b"{% if %}", "error in its template page.html.j2, line 1"),
        (b"{{ nothing.there }}", "'nothing' is undefined"),
        (b"{{ ().__class__.__mro__ }}", "unsafe"),
        (b"{% include 'lost.j2' %}", "lost.j2"),
        (b"{% include '../renderer.py' %}", "error in its template"),
        (b"{% include 'base/../renderer.py' %}", "error in its template"),
        (b"{% include 'base.css' %}", "base.css"),
        (b"{{ data_url('lost.svg') }}", "the theme of the course has no file 'lost.svg'"),
        (b"\xff", "is not UTF-8"),
    ],
)
def test_wrong_template_named(page: Made, template: bytes, message: str) -> None:
    with pytest.raises(ConversionError, match=message) as caught:
        page(CourseTheme(has_folder=True), **{"theme/page.html.j2": template})
    assert "the theme of the course" in str(caught.value)


def test_classic_has_logo_and_footer(page: Made) -> None:
    theme = CourseTheme("classic", logo="theme-files/a.svg", footer={"en": "End"})
    html = page(theme, **{"theme-files/a.svg": SVG})
    assert "light-dark(" not in html
    assert 'class="logo"' in html
    assert ">End</footer>" in html


def test_slides_have_logo_and_footer_of_theme(page: Made) -> None:
    theme = CourseTheme(
        logo="theme-files/a.svg", footer={"en": "Academy <[Imprint](https://x.org)"}
    )
    html = page(theme, "slides", **{"theme-files/a.svg": SVG})
    assert html.count('<div class="slide-logo"><img class="logo"') == 1
    (footer,) = re.findall(r'<footer class="slide-footer">(.*)</footer>', html)
    assert footer == (
        "<span>Course</span><span>Week 1</span>"
        '<span>Academy &lt;<a href="https://x.org">Imprint</a></span>'
    )
