"""Slides as PDF: what a browser prints of the show."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path

from clm import ConversionError, Place
from clm.browser import Browser, BrowserError, Message, Page
from clm.programs import BROWSER_VARIABLE, find_browser

_BROWSERS_LIFE = 50  # shows after which a browser is started anew, since it grows
_SECONDS = 120.0  # for the browser's start, and for a show
_DATES = re.compile(rb"(/(?:CreationDate|ModDate) )\(D:[^)]*\)")
_SOME_DATE = b"(D:20000101000000+00'00')"
# The names of table headers, counted by the browser over all that it ever had.
_NAMES = re.compile(rb"\(node(\d{8})\)")


class PdfPrinter:
    """Prints shows in a browser that stays open; not for several threads.

    `browser_life` is how many it prints before it is started anew.
    """

    def __init__(self, browser_life: int = _BROWSERS_LIFE) -> None:
        self._life = browser_life
        self._browser: Browser | None = None
        self._program: Path | None = None
        self._printed = 0

    @property
    def browser(self) -> Browser | None:
        """The browser that runs, if one does."""
        return self._browser

    def print(self, html: bytes, folder: Path, source: str) -> bytes:
        """The show as PDF, one page a slide; the same bytes from run to run.

        `folder` is that of the job, where the page may be put for the browser; `source` is how
        messages name the deck.

        Raises:
            ConversionError: there is no browser.
            BrowserError: it does not answer.
        """
        page = folder / "slides.html"
        page.write_bytes(html)
        browser = self._ready(source)
        try:
            shown = show(browser, f"{page.resolve().as_uri()}?print-pdf")
            # Tagged, so that screen readers find headings and the texts of images.
            options = {"preferCSSPageSize": True, "printBackground": True}
            answer = shown.call("Page.printToPDF", {**options, "generateTaggedPDF": True})
            shown.close()
        except BrowserError:
            self.close()
            raise
        return _without_chance(base64.b64decode(answer["data"]))

    def close(self) -> None:
        """Ends the browser."""
        if self._browser is not None:
            self._browser.close()
            self._browser = None

    def _ready(self, source: str) -> Browser:
        program = _program(source)
        if self._printed >= self._life or self._program != program:
            self.close()
        if self._browser is None:
            self._browser = Browser(program, seconds=_SECONDS)
            self._program, self._printed = program, 0
        self._printed += 1
        return self._browser


def show(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    height: int = 800,
    dark: bool = False,
    on_event: Callable[[Message], None] | None = None,
) -> Page:
    """A new page with a show, or another page of ours, once its scripts are done.

    `on_event` is told of its requests, too.
    """
    browser.allow(_SECONDS)
    page = browser.open_page()
    if on_event is not None:
        page.listen(on_event)
        page.call("Network.enable")
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    page.call("Emulation.setEmulatedMedia", {"features": [scheme]})
    page.load(url)
    while page.evaluate("document.documentElement?.dataset.ready") != "true":
        time.sleep(0.05)
    return page


def _program(source: str) -> Path:
    program = find_browser()
    if program is None:
        raise ConversionError(
            "the format `pdf` needs a browser, and none is found",
            place=Place(source),
            hint="install Chromium (on Debian: `apt install chromium`), Chrome or Edge, or let the "
            f"environment variable {BROWSER_VARIABLE} name one; or leave out the format `pdf`",
        )
    return program


def _without_chance(data: bytes) -> bytes:
    """The PDF without what differs from run to run, each replacement as long as the original."""
    names: dict[bytes, bytes] = {}

    def renamed(match: re.Match[bytes]) -> bytes:
        return names.setdefault(match[1], b"(node%08d)" % (len(names) + 1))

    return _NAMES.sub(renamed, _DATES.sub(lambda match: match[1] + _SOME_DATE, data))
