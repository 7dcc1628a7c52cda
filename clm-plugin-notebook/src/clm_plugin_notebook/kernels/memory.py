"""Release of unused memory to the operating system."""

from __future__ import annotations

import ctypes
import sys


def release_memory() -> None:
    """Return unused heap memory to the operating system, which glibc does not do by itself.

    Compiling a schema or rendering the pages of a deck leaves ten megabytes or more unused.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
