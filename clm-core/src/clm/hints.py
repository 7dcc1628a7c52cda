"""Hints: the nearest names, and lists cut short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_SHOWN = 20


def nearest(word: str, known: Iterable[str], otherwise: str | None = None, *, most: int = 1) -> str:
    """The hint for an unknown word: `did you mean 'x'?` with at most `most` of the known names.

    Where none is near it is `otherwise`, by default the names that are known.
    """
    from difflib import get_close_matches  # only needed when something is wrong

    known = sorted(known)
    close = get_close_matches(word, known, n=most)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"available: {listing(known)}" if otherwise is None else otherwise


def listing(names: Sequence[str], shown: int = _SHOWN) -> str:
    """The names for a message: `a, b`, `none`, or where there are many `a, b and 3 more`."""
    first, more = names[:shown], len(names) - shown
    return (", ".join(first) or "none") + (f" and {more} more" if more > 0 else "")


def shortened(lines: Sequence[str], shown: int = _SHOWN) -> list[str]:
    """The lines; of many the first, and one that says how many more there are."""
    more = len(lines) - shown
    return [*lines[:shown], f"and {more} more"] if more > 0 else list(lines)
