"""What can go wrong with a renderer, beside the mistakes of a diagram's author.

RendererError
  BrowserMissingError    there is no browser, or not the one that was asked for
  BrowserGoneError       the browser has ended or cannot be started
  BrowserTimeoutError    the browser does not answer in time
  BrowserRefusedError    the browser answers with an error
"""

from __future__ import annotations


class RendererError(Exception):
    """A renderer could not do its work."""


class BrowserMissingError(RendererError):
    """There is no browser, or not the one that was asked for."""


class BrowserGoneError(RendererError):
    """The browser has ended, or cannot be started."""


class BrowserTimeoutError(RendererError):
    """The browser does not answer in time."""


class BrowserRefusedError(RendererError):
    """The browser answers with an error."""
