"""What a person who mistyped a name may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_SHOWN = 20


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint for a word that is not among those known: the nearest one, else the first ones."""
    from difflib import get_close_matches  # only needed when something is wrong

    known = sorted(known)
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"available: {listing(known)}"


def listing(names: Sequence[str]) -> str:
    """The names for a message; of many the first ones, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(names[:_SHOWN]) or "none") + more
