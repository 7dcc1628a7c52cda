"""The theme of the course on its front page."""

from __future__ import annotations

from pathlib import Path

import pytest
from html_checks import problems_of

from clm import CourseTheme, FontFace, Job
from clm_plugin_site.payload import FrontPage, SitePayload
from clm_plugin_site.worker import SiteWorker

FILES = {"theme-files/a.svg": b"<svg/>", "theme/b.svg": b"<svg id='b'/>", "theme/c.woff2": b"wOF2"}


@pytest.fixture
def front(tmp_path: Path) -> object:
    """Return the front page of a course with a theme."""

    def make(theme: CourseTheme) -> str:
        for name, data in FILES.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(data)
        page = FrontPage(
            "Course", "en", "", "", "", True, (), style="a.css", script="a.js", theme=theme
        )
        worker = SiteWorker()
        worker.start()
        job = Job(tmp_path, "course.yaml", (), "test", is_cancelled=lambda: False)
        html = worker.convert(SitePayload(front=page), job).outputs["index.html"]
        assert isinstance(html, bytes)
        return html.decode()

    return make


def test_plain_front_has_no_brand(front) -> None:
    html = front(CourseTheme())
    assert "<img" not in html
    assert "<footer" not in html
    assert 'data-theme="auto"' in html


def test_front_has_brand(front) -> None:
    theme = CourseTheme(
        logo="theme-files/a.svg",
        logo_dark="theme/b.svg",
        colors={"accent": ("#0b5394", "#9fc5e8")},
        fonts=(FontFace("headings", "theme/c.woff2"),),
        footer={"en": "[Imprint](https://example.org)"},
    )
    html = front(theme)
    assert problems_of(html) == []
    assert html.count("data:image/svg+xml;base64,") == 2
    assert "--accent: light-dark(#0b5394, #9fc5e8);" in html
    assert 'src: url("data:font/woff2;base64,d09GMg==")' in html
    assert '<footer class="site-footer"><a href="https://example.org">Imprint</a></footer>' in html


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_mode_needs_no_button(front, mode: str) -> None:
    html = front(CourseTheme(mode=mode))
    assert f'data-theme="{mode}"' in html
    assert "data-mode hidden" in html
