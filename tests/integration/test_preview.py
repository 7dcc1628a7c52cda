"""`clm preview` with a real browser: saves are shown, errors stand over the page."""

from __future__ import annotations

import json
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from attrs import define
from browser_fixtures import close_pages

from clm.browser import Browser, BrowserRefusedError, Page
from clm.programs import find_browser

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]

SPEC = """
name: {en: Course}
sections: [{name: Week, topics: [intro]}]
plugins: {notebook: {evaluate: false}}
output-targets:
  - {name: pages, path: public, kinds: [completed], formats: [html]}
  - {name: slides, path: slideshow, kinds: [completed], formats: [slides]}
  - {name: teachers, path: speaker, kinds: [speaker], formats: [html]}
"""
FILLING = "".join(
    f"\n# %% [markdown] tags=['slide']\n# ## Part {n}\n#\n# {'text ' * 200}\n" for n in range(8)
)
DECK = f"# %% [markdown]\n# # Beginning\n#\n# first\n{FILLING}"
PAGE = "public/En/Course/Slides/Html/Completed/Week/01 Beginning.html"
SLIDES = "slideshow/En/Course/Slides/Presentations/Completed/Week/01 Beginning.html"
SECONDS = 60.0
OVERLAY = "document.querySelector('#clm-preview.shown')?.shadowRoot.lastChild"


FRAGMENTS = """
# %% [markdown] tags=["slide"]
# ## Steps

# %% [markdown] tags=["fragment"]
# one

# %% [markdown] tags=["fragment"]
# two
"""
FAULT = '\n# %% lang="xx" tags=["notes"]\nx = 1\n'
OTHER = "# %% [markdown]\n# # Other\n#\n# its text\n"


@define
class Running:
    """A running preview of a course."""

    course: Path
    process: subprocess.Popen[str]
    address: str
    private: str
    events: queue.Queue[str | None]

    @property
    def topic(self) -> Path:
        return self.course / "slides" / "module_100_m" / "topic_100_intro"

    @property
    def deck(self) -> Path:
        return self.topic / "slides_intro.py"

    def write(self, text: str, deck: str = "slides_intro.py") -> None:
        (self.topic / deck).write_text(text, encoding="utf-8")

    def url(self, path: str = PAGE) -> str:
        return f"{self.address}course/{quote(path)}"

    def await_build(self) -> None:
        """Wait until the last of the builds that have begun has ended."""
        while (event := self.events.get(timeout=SECONDS)) != "summary":
            assert event is not None

    def restore(self) -> None:
        """Make the course what it was at first, and wait until it is built."""
        while not self.events.empty():
            self.events.get()
        for deck in self.topic.iterdir():
            if deck != self.deck:
                deck.unlink()
        (self.course / "course.yaml").write_text(SPEC, encoding="utf-8")
        self.write(DECK)
        self.await_build()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    course = tmp_path_factory.mktemp("preview") / "course"
    topic = course / "slides" / "module_100_m" / "topic_100_intro"
    topic.mkdir(parents=True)
    (topic / "slides_intro.py").write_text(DECK, encoding="utf-8")
    (course / "course.yaml").write_text(SPEC, encoding="utf-8")
    program = shutil.which("clm", path=str(Path(sys.executable).parent))
    assert program
    command = [program, "preview", "--json", "--no-open", str(course / "course.yaml")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    started = Running(course, process, first["address"], first["private"], queue.Queue())
    thread = threading.Thread(target=_read, args=(process.stdout, started.events))
    thread.start()
    started.await_build()
    yield started
    process.send_signal(signal.SIGINT)
    process.wait(30)
    thread.join()
    assert process.stderr is not None
    errors = process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


def _read(lines: IO[str], events: queue.Queue[str | None]) -> None:
    for line in lines:
        events.put(json.loads(line)["event"])
    events.put(None)


@pytest.fixture
def running(started: Running) -> Iterator[Running]:
    yield started
    started.restore()


@pytest.fixture(autouse=True)
def _no_pages_of_others(browser: Browser) -> Iterator[None]:
    """A browser opens only six connections to a server."""
    yield
    close_pages(browser)


def opened(browser: Browser, url: str) -> Page:
    browser.allow(SECONDS * 2)
    page = browser.open_page()
    size = {"width": 1000, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", size)
    page.load(url)
    return page


def await_true(page: Page, expression: str) -> None:
    """Wait until an expression is true in the page, which may be loading anew."""
    deadline = time.monotonic() + SECONDS
    while not evaluated(page, f"Boolean({expression})"):
        assert time.monotonic() < deadline, evaluated(page, "document.body.innerText")
        time.sleep(0.02)


def evaluated(page: Page, expression: str) -> Any:
    try:
        return page.evaluate(expression)
    except BrowserRefusedError:
        return None  # the page is being loaded anew


def test_save_shown_at_same_place(running: Running, browser: Browser) -> None:
    page = opened(browser, running.url())
    await_true(page, "document.documentElement.dataset.ready")
    place = "document.getElementById('Part-5').getBoundingClientRect().top"
    page.evaluate("document.getElementById('Part-5').scrollIntoView({behavior: 'instant'}); 0")
    before = page.evaluate(place)
    longer = DECK.replace("first\n", "first\n#\n" + "# changed text\n#\n" * 20)
    running.write(longer)
    await_true(page, "document.body.innerText.includes('changed text')")
    await_true(page, "document.documentElement.dataset.ready")
    assert abs(page.evaluate(place) - before) < 3


def test_error_stands_over_page_until_mended(running: Running, browser: Browser) -> None:
    opened(browser, running.private).close()  # the teacher's browser
    page = opened(browser, running.url())
    running.write(DECK + FAULT)
    await_true(page, f"{OVERLAY}?.textContent.includes('slides_intro.py:')")
    text = page.evaluate(f"{OVERLAY}.innerText")
    assert re.search(r"slides_intro\.py:\d+", text)
    assert 'lang="xx"' in text
    assert "Beginning" in page.evaluate("document.querySelector('main').innerText")
    running.write(DECK)
    await_true(page, "!document.querySelector('#clm-preview.shown')")


def test_hidden_error_returns_when_it_changes(running: Running, browser: Browser) -> None:
    opened(browser, running.private).close()
    page = opened(browser, running.url())
    running.write(DECK + FAULT)
    await_true(page, f"{OVERLAY}?.textContent.includes('slides_intro.py:')")
    page.evaluate(
        "document.querySelector('#clm-preview').shadowRoot.querySelector('button').click()"
    )
    assert page.evaluate(f"Boolean({OVERLAY})") is False
    running.write(f"{DECK}\n\n{FAULT}")
    await_true(page, f"{OVERLAY}?.textContent.includes('slides_intro.py:')")


def test_page_follows_title_of_deck(running: Running, browser: Browser) -> None:
    page = opened(browser, running.url())
    running.write(DECK.replace("# Beginning", "# Another Title"))
    await_true(page, "decodeURI(location.pathname).endsWith('Week/01 Another Title.html')")
    await_true(page, "document.querySelector('main')?.innerText.includes('Another Title')")
    running.write(DECK)
    await_true(page, "decodeURI(location.pathname).endsWith('Week/01 Beginning.html')")


def test_errors_of_renamed_file_shown(running: Running, browser: Browser) -> None:
    opened(browser, running.private).close()
    page = opened(browser, running.url())
    while not running.events.empty():
        running.events.get()
    renamed = running.deck.rename(running.topic / "slides_renamed.py")
    running.await_build()
    with renamed.open("a", encoding="utf-8") as deck:
        deck.write(FAULT)
    await_true(page, f"{OVERLAY}?.textContent.includes('slides_renamed.py:')")
    renamed.write_text(DECK, encoding="utf-8")
    await_true(page, f"!{OVERLAY}")


def test_removed_page_is_gone_until_back(running: Running, browser: Browser) -> None:
    running.write(OTHER, "slides_other.py")
    page = opened(browser, running.url(PAGE.replace("01 Beginning", "02 Other")))
    await_true(page, "document.querySelector('main')?.innerText.includes('its text')")
    (running.topic / "slides_other.py").unlink()
    await_true(page, f"{OVERLAY}?.textContent.includes('This page is gone')")
    assert page.evaluate(f"{OVERLAY}.querySelector('a').href") == running.address
    running.write(OTHER.replace("its text", "again"), "slides_other.py")
    await_true(page, "document.querySelector('main')?.innerText.includes('again')")
    await_true(page, f"!{OVERLAY}")


def test_page_appears_when_built(running: Running, browser: Browser) -> None:
    page = opened(browser, running.url(PAGE.replace("01 Beginning", "02 Later")))
    assert "is not there" in page.evaluate("document.body.innerText")
    running.write("# %% [markdown]\n# # Later\n#\n# the text", "slides_later.py")
    await_true(page, "document.querySelector('main')?.innerText.includes('the text')")


def test_error_in_spec_on_all_pages(running: Running, browser: Browser) -> None:
    opened(browser, running.private).close()
    page = opened(browser, running.url())
    spec = running.course / "course.yaml"
    spec.write_text(SPEC.replace("topics: [intro]", "topics: [intor]"), encoding="utf-8")
    await_true(page, f"{OVERLAY}?.textContent.includes('did you mean')")
    assert "course.yaml:3" in page.evaluate(f"{OVERLAY}.innerText")
    spec.write_text(SPEC, encoding="utf-8")
    await_true(page, f"!{OVERLAY}")


def test_slides_stay_on_their_slide(running: Running, browser: Browser) -> None:
    page = opened(browser, running.url(SLIDES))
    await_true(page, "window.Reveal?.isReady()")
    page.evaluate("Reveal.slide(3); 0")
    await_true(page, "location.hash")
    shown = "Reveal.getCurrentSlide().innerText"
    before = page.evaluate(shown)
    assert "Part 2" in before
    running.write(DECK.replace("first", "other"))
    await_true(page, "document.querySelector('.slides')?.textContent.includes('other')")
    await_true(page, "window.Reveal?.isReady()")
    assert page.evaluate(shown) == before


def test_slides_keep_their_fragments(running: Running, browser: Browser) -> None:
    running.write(DECK + FRAGMENTS)
    page = opened(browser, running.url(SLIDES))
    await_true(page, "document.querySelectorAll('.fragment').length === 2")
    await_true(page, "window.Reveal?.isReady()")
    page.evaluate("Reveal.slide(9, 0, 0); 0")
    shown = "Reveal.getCurrentSlide().querySelectorAll('.fragment.visible').length"
    assert page.evaluate(shown) == 1
    running.write(DECK.replace("first", "other") + FRAGMENTS)
    await_true(page, "document.querySelector('.slides')?.textContent.includes('other')")
    await_true(page, "document.documentElement.dataset.ready")
    assert page.evaluate("Reveal.getIndices()") == {"h": 9, "v": 0, "f": 0}
    assert page.evaluate(shown) == 1


def test_hidden_page_catches_up(running: Running, browser: Browser) -> None:
    page = opened(browser, running.url())
    set_hidden = (
        "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.evaluate(set_hidden % "true")
    running.write(DECK.replace("first", "meanwhile"))
    other = opened(browser, running.url())
    await_true(other, "document.querySelector('main').innerText.includes('meanwhile')")
    assert "meanwhile" not in page.evaluate("document.querySelector('main').innerText")
    page.evaluate(set_hidden % "false")
    await_true(page, "document.querySelector('main')?.innerText.includes('meanwhile')")


def test_dashboard_lists_pages_and_builds(running: Running, browser: Browser) -> None:
    page = opened(browser, running.private)
    await_true(page, "document.querySelector('.status').dataset.state === 'ok'")
    assert page.evaluate("document.querySelectorAll('#builds tbody tr').length") > 0
    links = page.evaluate("[...document.querySelectorAll('#trees a')].map((a) => a.href)")
    assert running.url() in links
    private = [link for link in links if "speaker" in link]
    assert private and all("/course/" not in link for link in private)
    for link in links:
        with urlopen(link, timeout=10) as answer:
            assert answer.status == 200
