"""What can go wrong with a renderer, beside the mistakes of a diagram's author.

RendererError
  BrowserMissingError    there is no browser, or not the one that was asked for

What goes wrong with a browser that is there is a `clm.browser.BrowserError`.
"""

from __future__ import annotations


class RendererError(Exception):
    """A renderer could not do its work."""


class BrowserMissingError(RendererError):
    """There is no browser, or not the one that was asked for."""
