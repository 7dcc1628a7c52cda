"""Pages and slides are valid HTML with what screen readers need, by a strict parser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest
from html_checks import problems_of
from lesson import LESSON, RESULTS

from clm import CourseTheme, Variant
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.kernels.results import CellRun
from clm_plugin_notebook.pages.renderer import PageRenderer
from clm_plugin_notebook.pages.web_page import PageCell, WebPage
from clm_plugin_notebook.payload import PageOptions


@pytest.fixture
def made(topics: Callable[[], Any]) -> Callable[..., str]:
    """Return the lesson as an output of a kind and format, without results."""

    def make(kind: str, format: str, **changes: Any) -> str:
        variant = Variant("en", kind, format, PurePosixPath("x"), kind != "speaker")
        topic = topics().only(variant, options={"evaluate": "no"}, **changes)
        topic.files = {"img/a.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}
        (text,) = topic.outputs(LESSON).values()
        return str(text)

    return make


@pytest.mark.parametrize("format", ["html", "slides"])
@pytest.mark.parametrize("kind", ["completed", "code-along", "speaker"])
def test_outputs_valid(made: Callable[..., str], kind: str, format: str) -> None:
    assert problems_of(made(kind, format)) == []


def test_classic_look_valid(made: Callable[..., str]) -> None:
    assert problems_of(made("speaker", "html", theme=CourseTheme("classic"))) == []


def test_brand_valid(made: Callable[..., str]) -> None:
    footer = {"en": "A & B · [Imprint](https://example.org/?a=1&b=2)"}
    assert problems_of(made("completed", "html", theme=CourseTheme(footer=footer))) == []


def test_results_valid(tmp_path: Any) -> None:
    run = CellRun(tuple(RESULTS), 1)
    cells = [
        PageCell(Cell("markdown", "# Title"), "0"),
        PageCell(Cell("code", "x"), "1", run),
    ]
    page = WebPage("T", "en", "python", cells, tmp_path, PageOptions())
    assert problems_of(PageRenderer().page(page).html.decode()) == []


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<p><div></p></div>", "line 1"),
        ("<h1>b</h1>", "2 elements h1"),
        ('<p id="a"></p><p id="a"></p>', "id 'a' is given 2 times"),
        ('<img src="x">', "img without alt"),
        ('<a href="x"></a>', "a without a name"),
        ('<a href="#x">x</a>', "no target #x"),
    ],
)
def test_wrong_page_found(html: str, problem: str) -> None:
    page = (
        '<!DOCTYPE html><html lang="en"><head><title>t</title></head>'
        f"<body><main><h1>a</h1>{html}</main></body></html>"
    )
    assert any(problem in found for found in problems_of(page)), problems_of(page)
    assert problems_of(page.replace(html, "")) == []
