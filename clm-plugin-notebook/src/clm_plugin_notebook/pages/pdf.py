"""Slides as PDF: what a browser prints of the show."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from clm import ConversionError, Place
from clm_plugin_notebook.pages.devtools import Browser
from clm_plugin_notebook.pages.finding import VARIABLE, find_browser

_DATES = re.compile(rb"(/(?:CreationDate|ModDate) )\(D:[^)]*\)")
_SOME_DATE = b"(D:20000101000000+00'00')"
# The names of table headers, counted by the browser over all that it ever had.
_NAMES = re.compile(rb"\(node(\d{8})\)")


def slides_to_pdf(html: bytes, folder: Path, source: str) -> bytes:
    """The show, one page a slide; the same bytes from run to run.

    `folder` is where the page may be put for the browser; `source` is how messages name the deck.

    Raises:
        ConversionError: there is no browser.
        TransientJobError: it does not answer.
    """
    program = find_browser()
    if program is None:
        raise ConversionError(
            "the format `pdf` needs a browser, and none is found",
            place=Place(source),
            hint="install Chromium (on Debian: `apt install chromium`), Chrome or Edge, or let "
            f"the environment variable {VARIABLE} name one; or leave out the format `pdf`",
        )
    page = folder / "slides.html"
    page.write_bytes(html)
    with Browser(program) as browser:
        browser.open(f"{page.resolve().as_uri()}?print-pdf")
        # Tagged, so that screen readers find headings and the texts of images.
        options = {"preferCSSPageSize": True, "printBackground": True, "generateTaggedPDF": True}
        data = base64.b64decode(browser.call("Page.printToPDF", options)["data"])
    return _without_chance(data)


def _without_chance(data: bytes) -> bytes:
    """The PDF without what differs from run to run, each replacement as long as the original."""
    names: dict[bytes, bytes] = {}

    def renamed(match: re.Match[bytes]) -> bytes:
        return names.setdefault(match[1], b"(node%08d)" % (len(names) + 1))

    return _NAMES.sub(renamed, _DATES.sub(lambda match: match[1] + _SOME_DATE, data))
