"""A headless browser for converters, to render, measure and print pages.

It has no network access, opens no port, and exits together with the process that started it.
`clm.programs.find_browser` finds an installed browser.
"""

from __future__ import annotations

from clm.browser.connection import Message
from clm.browser.errors import (
    BrowserError,
    BrowserGoneError,
    BrowserRefusedError,
    BrowserTimeoutError,
)
from clm.browser.running import Browser, Page

__all__ = [
    "Browser",
    "BrowserError",
    "BrowserGoneError",
    "BrowserRefusedError",
    "BrowserTimeoutError",
    "Message",
    "Page",
]
