"""What can go wrong with a browser.

TransientJobError
  BrowserError
    BrowserGoneError       it has ended, or cannot be started
    BrowserTimeoutError    it does not answer in time
    BrowserRefusedError    it answers with an error
"""

from __future__ import annotations

from clm.errors import TransientJobError


class BrowserError(TransientJobError):
    """A browser could not do what was asked of it."""


class BrowserGoneError(BrowserError):
    """The browser, or one of its pages, has ended, or the browser cannot be started."""


class BrowserTimeoutError(BrowserError):
    """The browser does not answer in time; close it and start another."""


class BrowserRefusedError(BrowserError):
    """The browser, or a script in a page, answers with an error; it goes on."""
