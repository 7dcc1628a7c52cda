"""What a person who mistyped a name may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint for a word that is not among those known: the nearest one, else all of them."""
    from difflib import get_close_matches  # only needed when something is wrong

    known = sorted(known)
    close = get_close_matches(word, known, n=1)
    allowed = ", ".join(known) or "none"
    return f"did you mean {close[0]!r}?" if close else f"available: {allowed}"
