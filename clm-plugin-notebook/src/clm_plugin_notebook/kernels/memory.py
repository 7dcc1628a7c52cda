"""Giving memory that is free back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back_memory() -> None:
    """Returns free memory where the system's library keeps it otherwise: with glibc.

    Compiling a schema or holding the pages of a deck leaves ten megabytes and more.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
