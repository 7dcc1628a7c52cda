"""Screens of all kinds of pages, compared with small pictures and with styles as text.

All text is in a font of blocks, so that neither the fonts of a machine nor the version of a browser
matter. After a change that is wanted, run the tests with CLM_UPDATE_GOLDEN=1, and look at the
differences.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from attrs import evolve, frozen
from block_font import block_font_script
from looks import (
    Styles,
    as_text,
    different_share,
    from_text,
    merged,
    picture_of,
    picture_problem,
    style_problems,
    styles_of,
)
from PIL import Image

from clm.browser import Browser, Page
from clm.browser import running as running_browser
from clm.programs import find_browser

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]

GOLDEN = Path(__file__).parent / "golden"
PUBLIC = "public/En/Short Course"
LESSON = "Week 1/01 Lists.html"
PAGES = f"{PUBLIC}/Slides/Html"
SLIDES = f"{PUBLIC}/Slides/Presentations/Completed/{LESSON}"
SEARCH = (
    "(async () => { await site.open(); site.dialog.querySelector('input').value = 'list';"
    " await site.show(); })()"
)
OVERLAY = (
    "(async () => { while (!document.querySelector('#clm-preview.shown'))"
    " await new Promise(requestAnimationFrame); })()"
)
DASHBOARD = """(async () => {
  const status = document.querySelector(".status");
  while (status.dataset.state !== "failed") await new Promise(requestAnimationFrame);
  const times = document.querySelectorAll("#builds td:first-child");
  times.forEach((cell) => { cell.textContent = "12:00:00"; });
  status.querySelector("span").textContent = "last build at 12:00:00";
})()"""


@frozen
class Screen:
    """A page and how it is shown; `path` is below the outputs, or below the preview's address."""

    name: str
    path: str
    width: int = 1280
    height: int = 800
    dark: bool = False
    full: bool = False
    previewed: bool = False
    script: str = "0"

    def on_phone(self) -> Screen:
        return evolve(self, name=f"{self.name}-phone", width=390, height=844)

    def in_dark(self) -> Screen:
        return evolve(self, name=f"{self.name}-dark", dark=True)


def slide(number: int) -> Screen:
    return Screen(f"slide-{number}", f"{SLIDES}#/0/{number}", height=720)


FRONT = Screen("front", f"{PUBLIC}/index.html", full=True)
COMPLETED = Screen("lesson", f"{PAGES}/Completed/{LESSON}", full=True)
EXERCISE = Screen("exercise", f"{PAGES}/Code-Along/{LESSON}", full=True)
SPEAKER = Screen("speaker", f"speaker/En/Short Course/Slides/Html/Speaker/{LESSON}", full=True)
FOUND = evolve(FRONT, name="search", full=False, script=SEARCH)
FAULTY = Screen(
    "preview-error", f"course/{PAGES}/Completed/{LESSON}", previewed=True, script=OVERLAY
)
BOARD = Screen("dashboard", "secret/", previewed=True, script=DASHBOARD)
REPORT = Screen("report", "report.html", full=True)
LOST = Screen("not-found", f"{PUBLIC}/404.html")
SCREENS = (
    *(FRONT, FRONT.in_dark(), FRONT.on_phone(), FRONT.on_phone().in_dark()),
    *(COMPLETED, COMPLETED.in_dark(), COMPLETED.on_phone(), COMPLETED.on_phone().in_dark()),
    *(EXERCISE, EXERCISE.on_phone().in_dark()),
    *(SPEAKER, SPEAKER.in_dark(), SPEAKER.on_phone()),
    *(slide(0), slide(1), slide(2), slide(3), slide(1).in_dark(), slide(3).in_dark()),
    evolve(slide(0).on_phone(), full=True),
    *(FOUND, FOUND.on_phone().in_dark()),
    *(FAULTY, FAULTY.in_dark(), BOARD, BOARD.on_phone().in_dark()),
    *(LOST, LOST.on_phone().in_dark()),
    *(REPORT, REPORT.in_dark(), REPORT.on_phone()),
)

Open = Callable[[Screen], Page]


@pytest.fixture(scope="module")
def addresses(built: Path, served: str) -> Callable[[Screen], str]:
    def address(screen: Screen) -> str:
        path, _, fragment = screen.path.partition("#")
        start = served if screen.previewed else f"{built.as_uri()}/"
        return start + quote(path) + (f"#{fragment}" if fragment else "")

    return address


def show(browser: Browser, screen: Screen, address: str) -> Page:
    browser.allow(60)
    page = browser.open_page()
    page.call("Page.addScriptToEvaluateOnNewDocument", {"source": block_font_script()})
    size = {"width": screen.width, "height": screen.height, "deviceScaleFactor": 1, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if screen.dark else "light"}
    still = {"name": "prefers-reduced-motion", "value": "reduce"}
    page.call("Emulation.setEmulatedMedia", {"features": [scheme, still]})
    page.load(address)
    page.evaluate(_SETTLED)
    page.evaluate(f"{screen.script}.then?.(() => 0)" if screen.script != "0" else "0")
    page.evaluate(_PAINTED)
    return page


# Pages with scripts say when these have ended.
_SETTLED = """(async () => {
  const waits = document.querySelector("#notebook, .reveal");
  while (waits && !document.documentElement.dataset.ready) await new Promise(requestAnimationFrame);
  if (typeof site !== "undefined") await site.ready;
  await document.fonts.ready;
})().then(() => 0)"""
_PAINTED = (
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))"
)


@pytest.fixture(scope="module")
def shown(
    browser: Browser, addresses: Callable[[Screen], str]
) -> Mapping[str, tuple[Image.Image, Styles]]:
    """The picture and the styles of each screen."""
    found = {}
    for screen in SCREENS:
        page = show(browser, screen, addresses(screen))
        found[screen.name] = picture_of(page, full=screen.full), styles_of(page)
        page.close()
    return found


def golden_styles(dark: bool) -> Path:
    return GOLDEN / f"styles-{'dark' if dark else 'light'}.txt"


@pytest.fixture(scope="module", autouse=True)
def updated(shown: Mapping[str, tuple[Image.Image, Styles]]) -> None:
    if not os.environ.get("CLM_UPDATE_GOLDEN"):
        return
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.iterdir():
        old.unlink()
    for name, (picture, _) in shown.items():
        picture.save(GOLDEN / f"{name}.png", optimize=True)
    for dark in (False, True):
        styles = merged(shown[screen.name][1] for screen in SCREENS if screen.dark == dark)
        golden_styles(dark).write_text(as_text(styles), encoding="utf-8", newline="\n")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_screen_looks_the_same(
    shown: Mapping[str, tuple[Image.Image, Styles]], screen: Screen, tmp_path: Path
) -> None:
    picture, styles = shown[screen.name]
    picture.save(tmp_path / f"{screen.name}.png")
    golden = from_text(golden_styles(screen.dark).read_text(encoding="utf-8"))
    assert list(style_problems(styles, golden)) == []
    assert picture_problem(picture, GOLDEN / f"{screen.name}.png") is None, tmp_path


def test_golden_files_are_of_screens() -> None:
    styles = {golden_styles(False).name, golden_styles(True).name}
    expected = {f"{screen.name}.png" for screen in SCREENS} | styles
    assert {file.name for file in GOLDEN.iterdir()} == expected


@pytest.mark.parametrize(
    ("screen", "change"),
    [
        (FRONT, "--accent: #0a5a68"),
        (COMPLETED, "--rule: #d4e0d8"),
        (COMPLETED.in_dark(), "--string: #9fbe8f"),
        (SPEAKER, "--amber-soft: #fbefd8"),
        (slide(2), "--faint: #6b737b"),
        (REPORT, "--rose: #8c2438"),
        (LOST, "--page: #f5fcfa"),
    ],
    ids=lambda value: value.name if isinstance(value, Screen) else value.partition(":")[0],
)
def test_changed_token_is_noticed(
    browser: Browser, addresses: Callable[[Screen], str], screen: Screen, change: str
) -> None:
    page = show(browser, screen, addresses(screen))
    name, _, value = change.partition(": ")
    page.evaluate(f"document.documentElement.style.setProperty('{name}', '{value}'); 0")
    golden = from_text(golden_styles(screen.dark).read_text(encoding="utf-8"))
    assert list(style_problems(styles_of(page), golden))


@pytest.mark.parametrize(
    "rule",
    [
        "main { padding-top: 50px !important }",
        ".site-steps { display: none !important }",
        "pre, pre * { color: red !important }",
    ],
)
def test_changed_layout_is_noticed(
    browser: Browser, addresses: Callable[[Screen], str], rule: str
) -> None:
    page = show(browser, COMPLETED, addresses(COMPLETED))
    page.evaluate(f"const s = new CSSStyleSheet(); s.replaceSync(`{rule}`);"
                  "document.adoptedStyleSheets.push(s); 0")  # fmt: skip
    page.evaluate(_PAINTED)
    found = picture_of(page, full=True)
    assert picture_problem(found, GOLDEN / f"{COMPLETED.name}.png") is not None


# Each text of titles and of what lists them becomes one word, as German has them.
_LONG_WORDS = """(() => {
  const listed = "h1, h2, h3, nav, .site-crumbs, .site-outline, .site-steps, .contents, .hits a";
  for (const part of document.querySelectorAll(listed)) {
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const letters = texts.currentNode.data.trim();
      if (letters.length > 3) texts.currentNode.data = "Rindfleischetikettierung".repeat(4);
    }
  }
})(), 0"""
_CUT_OFF = """[...document.querySelectorAll("body *")].filter((part) =>
  part.matches("nav *, main :not(pre *), dialog *") && part.getClientRects().length
  && !part.closest("pre, .table-scroll, mjx-container, .site-skip, .code_cell, [hidden]")
  && part.getBoundingClientRect().right > innerWidth + 1).map((part) => part.className)
"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("screen", [FRONT, COMPLETED, SPEAKER, FOUND], ids=lambda s: s.name)
def test_long_words_fit(
    browser: Browser, addresses: Callable[[Screen], str], screen: Screen, width: int
) -> None:
    page = show(browser, evolve(screen, width=width), addresses(screen))
    page.evaluate(_LONG_WORDS)
    page.evaluate(_PAINTED)
    assert page.evaluate(_CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    inside = "[...document.querySelectorAll('.hits, .contents, .site-outline')]"
    assert page.evaluate(f"{inside}.filter(e => e.scrollWidth > e.clientWidth + 1).length") == 0


@pytest.mark.parametrize("letters", [5, 25, 40, 55])
def test_breadcrumb_beside_outputs(
    browser: Browser, addresses: Callable[[Screen], str], letters: int
) -> None:
    page = show(browser, COMPLETED, addresses(COMPLETED))
    page.evaluate(
        f"document.querySelector('.site-crumbs a').textContent = 'x'.repeat({letters}), 0"
    )
    page.evaluate(_PAINTED)
    box = "document.querySelector('{}').getBoundingClientRect()"
    last, outputs = box.format(".site-crumbs li:last-child"), box.format(".site-outputs a")
    overlap = f"{last}.right > {outputs}.left && {last}.bottom > {outputs}.top + 1"
    assert page.evaluate(overlap) is False


@pytest.fixture
def other_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Browser]:
    """A browser on a machine without fonts, that draws letters in another way."""
    config = tmp_path / "fonts.conf"
    config.write_text("<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig/>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(config))
    kept = [flag for flag in running_browser._FLAGS if "hinting" not in flag]
    flags = [*kept, "--font-render-hinting=full", "--disable-lcd-text", "--disable-skia-graphite"]
    monkeypatch.setattr(running_browser, "_FLAGS", flags)
    program = find_browser()
    assert program is not None
    with Browser(program) as running:
        yield running


@pytest.mark.parametrize("screen", [COMPLETED, FRONT.on_phone()], ids=lambda screen: screen.name)
def test_other_machine_looks_the_same(
    other_browser: Browser, addresses: Callable[[Screen], str], screen: Screen
) -> None:
    page = show(other_browser, screen, addresses(screen))
    golden = from_text(golden_styles(screen.dark).read_text(encoding="utf-8"))
    assert list(style_problems(styles_of(page), golden)) == []
    with Image.open(GOLDEN / f"{screen.name}.png") as known:
        assert different_share(picture_of(page, full=screen.full), known) < 0.002
