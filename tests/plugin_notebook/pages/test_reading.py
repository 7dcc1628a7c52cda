"""Comfort of pages in a real browser: copying, contents, light and dark, tracebacks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from clm import CourseTheme, Variant
from clm.browser import Browser, Page
from clm.programs import find_browser
from clm_plugin_notebook.pages.pdf import show

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]

DECK = """
# %% [markdown]
# ## First `code`
#
# ### Inner
#
# ## Last

# %% tags=["keep"]
x = 1

# %%
print("typed by students")

# %% tags=["raises-exception"]
1 / 0
""".lstrip()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, topic_in: Callable[[Path], Any]) -> Path:
    """Return a folder with pages of the deck."""
    folder = tmp_path_factory.mktemp("reading")
    topic = topic_in(folder / "topic")
    completed, empty = (
        Variant("en", kind, "html", PurePosixPath(kind), True)
        for kind in ("completed", "code-along")
    )
    for variant in (completed, empty):
        (text,) = topic.only(variant).outputs(DECK).values()
        (folder / f"{variant.kind}.html").write_text(text, encoding="utf-8")
    (classic,) = topic.only(completed, theme=CourseTheme("classic")).outputs(DECK).values()
    (folder / "classic.html").write_text(classic, encoding="utf-8")
    return folder


@pytest.fixture
def opened(browser: Browser, made: Path) -> Callable[..., Page]:
    return lambda name, **options: show(browser, (made / f"{name}.html").as_uri(), **options)


def test_traceback_folded_to_last_line(opened: Callable[..., Page]) -> None:
    page = opened("completed")
    assert page.evaluate("document.querySelector('.traceback').open") is False
    summary = page.evaluate("document.querySelector('.traceback > summary').innerText")
    assert summary.split("\n") == ["ZeroDivisionError: division by zero", "Traceback, 6 lines"]
    assert "1 / 0" in page.evaluate("document.querySelector('.traceback').textContent")


def test_copy_button_copies_code(opened: Callable[..., Page]) -> None:
    page = opened("completed")
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }; 0")
    page.evaluate("document.querySelector('.copy').click()")
    assert page.evaluate("window.copied") == "x = 1"
    assert (
        page.evaluate("document.querySelector('.copy').getAttribute('aria-label')") == "Copy code"
    )


def test_contents_list_headings(opened: Callable[..., Page]) -> None:
    page = opened("completed", width=1400)
    links = "[...document.querySelectorAll('.contents a')]"
    assert page.evaluate(f"{links}.map((a) => a.innerText)") == ["First code", "Inner", "Last"]
    found = "a => document.getElementById(decodeURIComponent(a.hash.slice(1))) !== null"
    assert page.evaluate(f"{links}.every({found})")
    assert page.evaluate("document.querySelector('.contents').open")


def test_contents_folded_on_phones(opened: Callable[..., Page]) -> None:
    assert not opened("completed", width=390).evaluate("document.querySelector('.contents').open")


@pytest.mark.parametrize("name", ["completed", "code-along"])
def test_phone_page_is_not_wider(opened: Callable[..., Page], name: str) -> None:
    assert opened(name, width=390).evaluate("document.documentElement.scrollWidth") == 390


def test_mode_button_switches_colours(opened: Callable[..., Page]) -> None:
    page = opened("completed")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.evaluate("document.querySelector('.mode').click()")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.evaluate("document.querySelector('.mode').click()")
    assert (before, dark) == ("rgb(253, 252, 250)", "rgb(21, 24, 27)")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == before
    page.evaluate("localStorage.clear()")


def test_empty_cells_have_room(opened: Callable[..., Page]) -> None:
    page = opened("code-along")
    heights = page.evaluate(
        "[...document.querySelectorAll('.code_cell.empty')].map((c) => c.offsetHeight > 100)"
    )
    assert heights == [True, True]
    assert page.evaluate("document.querySelectorAll('.copy').length") == 1


def test_classic_theme_has_prompts_only(opened: Callable[..., Page]) -> None:
    page = opened("classic")
    assert page.evaluate("getComputedStyle(document.querySelector('.prompt')).display") == "block"
    assert page.evaluate("document.querySelectorAll('.copy, .contents, .mode').length") == 0
