"""Errors of renderers that are not caused by the diagram.

RendererError
  BrowserMissingError    no browser, or not the requested one, is installed

Errors of an installed browser are `clm.browser.BrowserError`s.
"""

from __future__ import annotations


class RendererError(Exception):
    """A renderer failed."""


class BrowserMissingError(RendererError):
    """No browser, or not the requested one, is installed."""
