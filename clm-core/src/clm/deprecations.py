"""Telling the authors of plugins in advance what will go."""

from __future__ import annotations

import warnings


def warn_deprecated(what: str, instead: str, *, stacklevel: int = 1) -> None:
    """Give a DeprecationWarning: `what` will go, and what to do instead.

    It is said to be about the caller of the function that calls this, or `stacklevel - 1`
    frames further up: Python shows it where that is code under test, and hides it from those
    who only build courses.
    """
    message = f"{what} is deprecated and will be removed: {instead}"
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel + 2)
