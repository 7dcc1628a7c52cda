"""Deprecation warnings for the authors of plugins."""

from __future__ import annotations

import warnings


def warn_deprecated(what: str, instead: str, *, stacklevel: int = 1) -> None:
    """Issue a DeprecationWarning: `what` will be removed; `instead` is what to do.

    It is attributed to the caller of the function that calls this, or to the frame
    `stacklevel - 1` further up: Python shows it if that is code under test, and hides it from
    users who only build courses.
    """
    message = f"{what} is deprecated and will be removed: {instead}"
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel + 2)
