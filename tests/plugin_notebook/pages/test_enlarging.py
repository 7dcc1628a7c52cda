"""Pictures and lines that are wider than a page, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from axe import violations

from clm import Variant
from clm.browser import Browser, Page
from clm.programs import find_browser
from clm_plugin_notebook.pages.pdf import show

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]

BUTTON = "document.querySelector('.enlargeable .enlarge:not([hidden])')"
DECK = """
# %% [markdown]
# # Wide things
#
# ![Seven steps](img/wide.svg)
#
# ![A small one](img/small.svg) [![Linked](img/wide.svg)](img/wide.svg)

# %% tags=["keep"]
values = [1000000, 2000000, 3000000, 4000000, 5000000, 6000000, 7000000, 8000000, 9000000]
x = 1
""".lstrip()


def svg(width: int) -> bytes:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="300">'
        f'<path d="M0 0h{width}v300z"/></svg>'
    ).encode()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, topic_in: Callable[[Path], Any]) -> Path:
    folder = tmp_path_factory.mktemp("wide")
    topic = topic_in(folder / "topic")
    topic.files = {"img/wide.svg": svg(1500), "img/small.svg": svg(60)}
    (folder / "img").mkdir()
    for name, content in topic.files.items():
        (folder / name).write_bytes(content)
    variant = Variant("en", "completed", "html", PurePosixPath("x"), True)
    (text,) = topic.only(variant).outputs(DECK).values()
    (folder / "page.html").write_text(text, encoding="utf-8")
    return folder / "page.html"


@pytest.fixture
def opened(browser: Browser, made: Path) -> Callable[..., Page]:
    return lambda **options: show(browser, made.as_uri(), **options)


def until(page: Page, condition: str) -> None:
    """Wait until the browser has drawn what fulfils a condition."""
    drawn = page.evaluate(
        "new Promise((done) => { let tries = 600; const look = () => "
        f"({condition}) || !tries-- ? done(tries) : requestAnimationFrame(look); look(); }})"
    )
    assert drawn >= 0, condition


@pytest.mark.parametrize("width", [1280, 390])
def test_only_a_wide_picture_enlarges(opened: Callable[..., Page], width: int) -> None:
    page = opened(width=width)
    until(page, BUTTON)
    assert page.evaluate("document.querySelectorAll('.enlarge:not([hidden])').length") == 1


def test_picture_opens_at_its_own_size(opened: Callable[..., Page]) -> None:
    page = opened(width=390)
    until(page, BUTTON)
    page.evaluate(f"{BUTTON}.click()")
    shown = "document.querySelector('dialog.enlarged[open] img')"
    assert page.evaluate(f"[{shown}.width, {shown}.alt]") == [1500, "Seven steps"]
    assert violations(page) == []
    page.evaluate("document.querySelector('dialog.enlarged button').click()")
    until(page, "!document.querySelector('dialog')")


def test_shade_tells_of_long_lines(opened: Callable[..., Page]) -> None:
    page = opened(width=390)
    pre = "document.querySelector('.input_area pre')"
    attachments = page.evaluate(f"getComputedStyle({pre}).backgroundAttachment")
    assert attachments.startswith("local, local, scroll, scroll")
    assert page.evaluate(f"{pre}.scrollWidth > {pre}.clientWidth")
