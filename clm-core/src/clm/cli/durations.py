"""Times as people read them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """A time: `4.2 s`, `12 min 3 s`."""
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
