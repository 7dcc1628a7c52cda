"""Slides and pages as PDF, printed by a browser."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

from clm import ConversionError, Place
from clm.browser import Browser, BrowserError, Message, Page
from clm.programs import BROWSER_VARIABLE, find_browser
from clm_plugin_notebook.page_files import static_text

_MAX_PRINTS = 50  # prints until a browser is restarted, since its memory use grows
_SECONDS = 120.0  # for the start of the browser, and for each print
_DATES = re.compile(rb"(/(?:CreationDate|ModDate) )\(D:[^)]*\)")
# Tagged, so that screen readers find headings and alternative texts, and with bookmarks.
_OPTIONS = ("preferCSSPageSize", "printBackground", "generateTaggedPDF", "generateDocumentOutline")
_FIXED_DATE = b"(D:20000101000000+00'00')"
# The names of table headers, which the browser counts across all documents.
_NAMES = re.compile(rb"\(node(\d{8})\)")

# The browser would write relative links with the folder of the job, which tells about the machine.
_MARK_LINKS = """for (const link of document.querySelectorAll("a[href]")) {
  const url = link.getAttribute("href");
  if (!/^([a-z][a-z0-9+.-]*:|\\/\\/|#|$)/i.test(url))
    link.setAttribute("href", "https://clm.invalid/?" + encodeURIComponent(url));
}"""
# In the outline, a browser joins the lines of a heading, unless they end with a blank.
_KEEP_BLANKS = r"""for (const heading of document.querySelectorAll(":is(h1, h2, h3, h4, h5, h6)")) {
  heading.querySelectorAll("br").forEach((end) => end.before(" "));
  const texts = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    texts.currentNode.data = texts.currentNode.data.replace(/\s+/g, " ");
  }
  heading.style.whiteSpace = "pre-wrap";
}"""
# Nobody can open it on paper; slides do so before they fit their contents.
_OPEN = (
    """for (const folded of document.querySelectorAll("#notebook details")) folded.open = true"""
)
# Tables that are wider than the paper become smaller.
_FIT = """for (const table of document.querySelectorAll("#notebook table")) {
  const box = table.closest(".code_cell, #notebook-container");
  const right = box.getBoundingClientRect().right - (box.id ? 0 : 12);
  const isCut = () => table.getBoundingClientRect().right > right + 1;
  for (let zoom = 0.98; isCut() && zoom > 0.1; zoom -= 0.02) table.style.zoom = zoom;
}"""
_TEXT_WIDTH = 642  # of A4 without margins, in pixels
_MARKED = re.compile(rb"/URI \(https://clm\.invalid/\?((?:\\.|[^\\)])*)\)")
_SAFE_IN_URLS = "/%?#&=+:@,;!$'~"


class PdfPrinter:
    """Prints slide shows and pages in a browser that stays open. Not thread-safe.

    The browser is restarted after `max_prints` of them.
    """

    def __init__(self, max_prints: int = _MAX_PRINTS) -> None:
        self._max_prints = max_prints
        self._browser: Browser | None = None
        self._program: Path | None = None
        self._printed = 0

    @property
    def browser(self) -> Browser | None:
        """The running browser, None if none was started."""
        return self._browser

    def print(self, html: bytes, folder: Path, source: str) -> bytes:
        """Return a slide show, one slide a page, or a page as PDF; reproducible byte by byte.

        Its bookmarks are the headings. The HTML is written to `folder`, the folder of the job.
        `source` is the name of the deck in messages.

        Raises:
            ConversionError: no browser is found.
            BrowserError: the browser exits or does not respond.
        """
        page = folder / "slides.html"
        page.write_bytes(html)
        browser = self._ready(source)
        try:
            shown = show(browser, f"{page.resolve().as_uri()}?print-pdf")
            if shown.evaluate("Boolean(document.getElementById('notebook'))"):
                _show_sheet(shown)
            for script in (_OPEN, _FIT, static_text("bookmarks.js"), _KEEP_BLANKS, _MARK_LINKS):
                shown.evaluate(script)
            answer = shown.call("Page.printToPDF", dict.fromkeys(_OPTIONS, True))
            shown.close()
        except BrowserError:
            self.close()
            raise
        return _with_relative_links(_reproducible(base64.b64decode(answer["data"])))

    def close(self) -> None:
        """Close the browser."""
        if self._browser is not None:
            self._browser.close()
            self._browser = None

    def _ready(self, source: str) -> Browser:
        program = _program(source)
        if self._printed >= self._max_prints or self._program != program:
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
    """Open a page or slide show of the plugin and return it once its scripts have finished.

    `on_event` is called with the events of the page, including its network requests. `width` and
    `height` are in pixels.
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


def _show_sheet(page: Page) -> None:
    """Show a page as wide as on paper, and with its style."""
    size = {"width": _TEXT_WIDTH, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", size)
    page.call("Emulation.setEmulatedMedia", {"media": "print"})


def _program(source: str) -> Path:
    program = find_browser()
    if program is None:
        raise ConversionError(
            "the format `pdf` needs a browser, but none was found",
            place=Place(source),
            hint="install Chromium (on Debian: `apt install chromium`), Chrome or Edge, or set the "
            f"environment variable {BROWSER_VARIABLE} to one; or leave out the format `pdf`",
        )
    return program


def _reproducible(data: bytes) -> bytes:
    """Replace everything that differs between runs, by bytes of the same length."""
    names: dict[bytes, bytes] = {}

    def renamed(match: re.Match[bytes]) -> bytes:
        return names.setdefault(match[1], b"(node%08d)" % (len(names) + 1))

    return _NAMES.sub(renamed, _DATES.sub(lambda match: match[1] + _FIXED_DATE, data))


def _with_relative_links(data: bytes) -> bytes:
    """Restore relative links; the bytes have the same length, since a PDF has offsets."""

    def restored(match: re.Match[bytes]) -> bytes:
        url = unquote(re.sub(rb"\\(.)", rb"\1", match[1]).decode())
        written = b"/URI (%s)" % quote(url, safe=_SAFE_IN_URLS).encode()
        return written.ljust(len(match[0]))

    return _MARKED.sub(restored, data)
