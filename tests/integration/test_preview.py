"""`clm preview` with a real browser: saves are shown, errors stand over the page."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from attrs import define

from clm.browser import Browser, BrowserRefusedError, Page
from clm.browser import running as running_browser
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
"""
FILLING = "".join(f"\n# %% [markdown]\n# ## Part {n}\n#\n# {'text ' * 200}\n" for n in range(8))
DECK = f"# %% [markdown]\n# # Beginning\n#\n# first\n{FILLING}"
PAGE = "public/En/Course/Slides/Html/Completed/Week/01 Beginning.html"
SECONDS = 60.0
OVERLAY = "document.querySelector('#clm-preview.shown')?.shadowRoot.lastChild"


@define
class Running:
    """A running preview of a course."""

    course: Path
    process: subprocess.Popen[str]
    address: str
    private: str

    @property
    def deck(self) -> Path:
        return self.course / "slides" / "module_100_m" / "topic_100_intro" / "slides_intro.py"

    def url(self, path: str = PAGE) -> str:
        return f"{self.address}course/{quote(path)}"

    def events_until(self, wanted: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if json.loads(line)["event"] == wanted:
                return
        raise AssertionError(f"no event {wanted!r}")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
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
    started = Running(course, process, first["address"], first["private"])
    started.events_until("summary")
    yield started
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    program = find_browser()
    assert program is not None
    # Pages of courses have no network; here, they need the server.
    options = [f"{o}, EXCLUDE 127.0.0.1" if "resolver" in o else o for o in running_browser._FLAGS]
    monkeypatch.setattr(running_browser, "_FLAGS", options)
    with Browser(program) as started:
        started.allow(SECONDS * 2)
        yield started


def opened(browser: Browser, url: str) -> Page:
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
    running.deck.write_text(longer, encoding="utf-8")
    await_true(page, "document.body.innerText.includes('changed text')")
    await_true(page, "document.documentElement.dataset.ready")
    assert abs(page.evaluate(place) - before) < 3


def test_error_stands_over_page_until_mended(running: Running, browser: Browser) -> None:
    opened(browser, running.private).close()  # the teacher's browser
    page = opened(browser, running.url())
    running.deck.write_text(DECK + '\n# %% lang="xx" tags=["notes"]\nx = 1\n', encoding="utf-8")
    await_true(page, f"{OVERLAY}?.textContent.includes('slides_intro.py:')")
    text = page.evaluate(f"{OVERLAY}.innerText")
    assert re.search(r"slides_intro\.py:\d+", text)
    assert 'lang="xx"' in text
    assert "Beginning" in page.evaluate("document.querySelector('main').innerText")
    running.deck.write_text(DECK, encoding="utf-8")
    await_true(page, "!document.querySelector('#clm-preview.shown')")


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
