"""Errors of browsers.

TransientJobError
  BrowserError
    BrowserGoneError       the browser has ended, or cannot be started
    BrowserTimeoutError    the browser does not answer in time
    BrowserRefusedError    the browser answers with an error
"""

from __future__ import annotations

from clm.errors import TransientJobError


class BrowserError(TransientJobError):
    """A browser could not carry out a command."""


class BrowserGoneError(BrowserError):
    """The browser, or one of its pages, has ended, or the browser cannot be started."""


class BrowserTimeoutError(BrowserError):
    """The browser does not answer in time; close it and start another."""


class BrowserRefusedError(BrowserError):
    """The browser, or a script in a page, answers with an error; the browser remains usable."""
