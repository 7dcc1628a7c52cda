"""A browser for converters: pages that are drawn, measured and printed.

It has no window, reaches no other machine, opens no port, and ends with the process that has
started it, with all its processes. `clm.programs.find_browser` finds one.
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
