"""The layout of slides on screens of two sizes, measured in a real browser."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import pypdf
import pytest
from axe import violations

from clm import Variant
from clm.browser import Browser, Page
from clm.programs import find_browser
from clm_plugin_notebook.pages.pdf import show

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]

SLIDES = Variant("en", "completed", "slides", PurePosixPath("slides"), True)
WORDS = " ".join(["jumpy gypsies quickly judge"] * 12)
LONG_CODE = "\n".join(f"value_{n} = {n}" for n in range(45))
ROW = "| `a_long_name_in_code` " * 9
DECK = f"""\
# j2 from 'macros.j2' import header
# {{{{ header("Titel", "Title with gjpqy") }}}}

# %% [markdown] tags=["slide"]
# ## Text with gjpqy
#
# - {WORDS}
#   - nested

# %% [markdown] tags=["subslide"]
# ### Another level
#
# <div class="alert alert-info">A box.</div>
#
# Text[^1]
#
# <section id="own">Inside</section>
#
# [^1]: A footnote

# %% [markdown] tags=["slide"]
# ## {WORDS}

# %% [markdown] tags=["slide"]
# ## Long code

# %%
{LONG_CODE}

# %% tags=["slide"]
one_line = "{WORDS}"
print(one_line)

# %% [markdown] tags=["slide"]
# ## A wide table
#
# {ROW}|
# {"|---" * 9}|
# {ROW}|

# %% [markdown] tags=["slide"]
# ## A picture

# %%
from IPython.display import HTML, SVG
SVG("<svg xmlns='http://www.w3.org/2000/svg' width='2600' height='2400'/>")

# %% tags=["slide"]
HTML("<table class='dataframe'>" + ("<tr>" + "<td>123.456789012</td>" * 40 + "</tr>") * 40
     + "</table>")

# %% [markdown] tags=["slide"]
# ## Columns

# %% [markdown] tags=["column"]
# {WORDS}

# %% tags=["column"]
one_line

# %% [markdown] tags=["end-columns"]
# Below
#
# <div class="columns"><div class="column">
#
# One
#
# </div><div class="column">
#
# Two
#
# </div></div>

# %% [markdown] tags=["slide"]
# ## Step by step

# %% [markdown] tags=["fragment"]
# {WORDS}

# %% tags=["fragment", "raises-exception"]
1 / 0
"""

SLIDE_COUNT = 11

# What is wider or higher than its place, unless it is in a box that scrolls and fits itself.
TOO_LARGE = """
const scrolls = (element) => {
  const { overflowX, overflowY } = getComputedStyle(element);
  return [overflowX, overflowY].some((value) => value === "auto" || value === "scroll");
};
const tooLarge = (root, place) => [...root.querySelectorAll("*")].filter((element) => {
  for (let box = element.parentElement; box && box !== root; box = box.parentElement) {
    if (scrolls(box)) return false;
  }
  const size = element.getBoundingClientRect();
  return size.width > 0 && (size.left < place.left - 1 || size.right > place.right + 1 ||
    size.top < place.top - 1 || size.bottom > place.bottom + 1);
}).map((element) => element.outerHTML.slice(0, 80));
"""
EACH_SLIDE = """\
Reveal.getSlides().map((slide) => {
  const { h, v } = Reveal.getIndices(slide);
  Reveal.slide(h, v, 9);
  return measure(slide);
})
"""


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory, topic_in: Callable[[Path], Any]) -> str:
    """Return the address of the slides of the deck."""
    folder = tmp_path_factory.mktemp("slides")
    (html,) = topic_in(folder / "topic").only(SLIDES).outputs(DECK).values()
    (folder / "slides.html").write_text(html, encoding="utf-8")
    return (folder / "slides.html").as_uri()


@pytest.fixture(scope="module")
def screen(browser: Browser, slides: str) -> Page:
    return show(browser, slides, width=1280, height=720)


@pytest.fixture(scope="module")
def phone(browser: Browser, slides: str) -> Page:
    return show(browser, f"{slides}#/3", width=390, height=844)


def of_each_slide(screen: Page, measure: str) -> list[Any]:
    found = screen.evaluate(
        f"(() => {{ {TOO_LARGE} const measure = (slide) => {measure}; return {EACH_SLIDE}; }})()"
    )
    assert len(found) == SLIDE_COUNT
    return list(found)


def columns_in(root: str) -> str:
    """Whether the second of two columns is below the first, and whether beside it."""
    return (
        f"[...{root}.querySelectorAll('.columns')].map(columns => {{"
        "const [first, second] = [...columns.children].map(e => e.getBoundingClientRect());"
        "return [second.top >= first.bottom, second.left >= first.right]; })"
    )


def test_no_element_exceeds_slide(screen: Page) -> None:
    place = "{ left: 0, top: 0, right: innerWidth, bottom: footer.getBoundingClientRect().top }"
    footer = "document.querySelector('.slide-footer')"
    measure = f"(() => {{ const footer = {footer}; return tooLarge(slide, {place}); }})()"
    assert of_each_slide(screen, measure) == [[]] * SLIDE_COUNT


def test_headings_have_one_size_and_place(screen: Page) -> None:
    measure = (
        "(() => { const box = slide.querySelector('h2, h3')?.getBoundingClientRect();"
        "return box && [Math.round(box.left), Math.round(box.top), Math.round(box.height)]; })()"
    )
    found = [place for place in of_each_slide(screen, measure) if place]
    places = {(left, top) for left, top, _ in found}
    one_line = min(height for *_, height in found)
    assert len(found) == 8
    assert len(places) == 1
    assert sorted(height for *_, height in found)[:7] == [one_line] * 7


def test_lines_have_room_for_descenders(screen: Page) -> None:
    measure = (
        "[...slide.querySelectorAll('h1, h2, h3, p, li, td, code')].filter((element) => {"
        "const style = getComputedStyle(element);"
        "return parseFloat(style.lineHeight) < 1.15 * parseFloat(style.fontSize); }).length"
    )
    assert of_each_slide(screen, measure) == [0] * SLIDE_COUNT


def test_opened_parts_stay_on_slide(screen: Page) -> None:
    assert screen.evaluate("document.querySelectorAll('.traceback').length") == 1
    bottom = screen.evaluate(
        "new Promise(done => { const details = document.querySelector('.traceback');"
        "const slide = details.closest('section'); Reveal.slide(Reveal.getIndices(slide).h, 0, 9);"
        "details.querySelector('pre').append('\\nline'.repeat(40));"
        "details.addEventListener('toggle', () => setTimeout(() =>"
        "  done(slide.querySelector('.slide-body').getBoundingClientRect().bottom)));"
        "details.open = true; })"
    )
    footer = screen.evaluate("document.querySelector('.slide-footer').getBoundingClientRect().top")
    assert footer - 200 < bottom <= footer


def test_sections_in_slides_are_no_slides(screen: Page) -> None:
    found = of_each_slide(screen, "slide.querySelectorAll('section, .footnotes, #own').length")
    assert found == [0, 0, 2] + [0] * (SLIDE_COUNT - 3)


def test_columns_stand_side_by_side(screen: Page) -> None:
    found = of_each_slide(screen, columns_in("slide"))
    assert [places for places in found if places] == [[[False, True], [False, True]]]


def test_footer_names_course_and_section(screen: Page) -> None:
    texts = "[...document.querySelectorAll('.reveal > .slide-footer span')].map(e => e.textContent)"
    assert screen.evaluate(texts) == ["Course", "Week 1"]


def test_number_and_arrows_beside_footer(screen: Page) -> None:
    found = screen.evaluate(
        "['.slide-footer', '.slide-number', '.navigate-left', '.navigate-right'].map(name => {"
        "const box = document.querySelector(name).getBoundingClientRect();"
        "return [box.left, box.right, box.bottom]; })"
    )
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert all(bottom <= 720 for *_, bottom in found)


def test_no_element_exceeds_phone(phone: Page) -> None:
    place = "{ left: 0, top: -Infinity, right: 390, bottom: Infinity }"
    found = phone.evaluate(f"(() => {{ {TOO_LARGE} return tooLarge(document.body, {place}); }})()")
    assert found == []
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_phone_shows_text_at_reading_size(phone: Page) -> None:
    sizes = phone.evaluate(
        "[...document.querySelectorAll('.slide-body :is(p, li)')].map("
        "e => parseFloat(getComputedStyle(e).fontSize)"
        " * e.getBoundingClientRect().width / e.offsetWidth)"
    )
    assert (len(sizes), round(max(sizes))) == (10, 17)
    assert min(sizes) >= 14  # of footnotes


def test_phone_shows_columns_below_each_other(phone: Page) -> None:
    assert phone.evaluate(columns_in("document")) == [[True, False], [True, False]]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_phone_without_violations(browser: Browser, slides: str, mode: str) -> None:
    page = show(browser, slides, width=390, height=844, dark=mode == "dark")
    assert violations(page) == []


def test_phone_opens_slide_of_address(phone: Page) -> None:
    top = "document.querySelectorAll('.slides > section')[3].getBoundingClientRect().top"
    assert abs(phone.evaluate(top)) <= 1


def test_phone_address_follows_slide(phone: Page) -> None:
    phone.call("Page.bringToFront")
    address = phone.evaluate(
        "new Promise(done => { setInterval(() => location.hash === '#/1/1' && done('#/1/1'), 20);"
        "document.querySelector('section section + section').scrollIntoView(); })"
    )
    assert address == "#/1/1"


def test_small_frames_of_speaker_show_slides(browser: Browser, slides: str) -> None:
    frame = show(browser, f"{slides.partition('#')[0]}?receiver", width=390, height=300)
    assert frame.evaluate("Reveal.isReady() && !document.querySelector('.narrow')")


def test_show_prints_without_print_view(screen: Page, phone: Page) -> None:
    for page in (screen, phone):
        options = {"preferCSSPageSize": True, "printBackground": True}
        data = base64.b64decode(page.call("Page.printToPDF", options)["data"])
        text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(data)).pages)
        assert "Step by step" in text
        assert "Out [" not in text
        assert "notes" not in text
