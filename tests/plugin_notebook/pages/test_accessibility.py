"""Accessibility of a lesson, an exercise and a speaker's page, as axe sees it in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from axe import violations
from lesson import LESSON

from clm import CourseTheme, Variant
from clm.browser import Browser
from clm.programs import find_browser
from clm_plugin_notebook.pages.pdf import show

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]

KINDS = ("completed", "code-along", "speaker")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, topic_in: Callable[[Path], Any]) -> Path:
    """Return a folder with a page of each kind, and a classic one."""
    folder = tmp_path_factory.mktemp("axe")
    topic = topic_in(folder / "topic")
    topic.files = {"img/a.svg": SVG}
    (folder / "img").mkdir()
    (folder / "img" / "a.svg").write_bytes(SVG)
    variants = [
        Variant("en", kind, "html", PurePosixPath(kind), kind != "speaker") for kind in KINDS
    ]
    footer = {"en": "Academy · [Imprint](https://example.org)"}
    for name, html in (
        topic.only(*variants, theme=CourseTheme(footer=footer)).outputs(LESSON).items()
    ):
        (folder / f"{name.split('/')[2]}.html").write_text(html, encoding="utf-8")
    return folder


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("kind", KINDS)
def test_page_without_violations(
    browser: Browser, made: Path, kind: str, width: int, mode: str
) -> None:
    page = show(browser, (made / f"{kind}.html").as_uri(), width=width)
    page.evaluate(f"document.documentElement.dataset.theme = '{mode}';0")
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; });0")
    assert violations(page) == []
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0


def test_drawing_follows_button(browser: Browser, made: Path) -> None:
    filters = "getComputedStyle(document.querySelector('img.drawing')).filter"
    for system_is_dark in (False, True):
        page = show(browser, (made / "completed.html").as_uri(), dark=system_is_dark)
        before = page.evaluate(filters)
        page.evaluate("document.querySelector('.mode').click();0")
        after = page.evaluate(filters)
        assert ("none" in before, "none" in after) == (not system_is_dark, system_is_dark)
        page.evaluate("localStorage.clear();0")


def test_paper_is_no_phone(browser: Browser, made: Path) -> None:
    page = show(browser, (made / "completed.html").as_uri(), width=650)
    page.call("Emulation.setEmulatedMedia", {"media": "print"})
    left = "document.querySelector('{}').getBoundingClientRect().left"
    assert page.evaluate(left.format(".code_cell")) == page.evaluate(left.format(".container"))
    size = "parseFloat(getComputedStyle(document.querySelector('{}')).fontSize)"
    assert page.evaluate(size.format("pre")) < page.evaluate(size.format("p"))
