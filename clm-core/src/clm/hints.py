"""Parts of messages: suggestions for unknown names, and truncated lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_SHOWN = 20
_LONGEST = 200


def nearest(word: str, known: Iterable[str], otherwise: str | None = None, *, most: int = 1) -> str:
    """The hint for an unknown word: `did you mean 'x'?` with up to `most` similar known names.

    If none is similar, it is `otherwise`, by default the list of known names.
    """
    from difflib import get_close_matches  # only needed when something is wrong

    known = sorted(known)
    close = get_close_matches(word, known, n=most)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"available: {listing(known)}" if otherwise is None else otherwise


def listing(names: Sequence[str], shown: int = _SHOWN) -> str:
    """The names as a text: `a, b`, `none`, or `a, b and 3 more` if there are more than `shown`."""
    first, more = names[:shown], len(names) - shown
    return (", ".join(first) or "none") + (f" and {more} more" if more > 0 else "")


def shortened(lines: Sequence[str], shown: int = _SHOWN) -> list[str]:
    """The lines; if there are more than `shown`, the first ones and a line `and 3 more`."""
    more = len(lines) - shown
    return [*lines[:shown], f"and {more} more"] if more > 0 else list(lines)


def shown(value: object) -> str:
    """The value in a message, cut if it is long; its own `repr` may fail, as a plugin's may."""
    try:
        text = repr(value)
    except Exception:
        text = f"<a {type(value).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def cause(error: BaseException) -> str:
    """Type and text of an error in one line, with its notes; its own `str` may fail."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    name = type(error).__name__
    return ", ".join((f"{name}: {text}" if text else name, *getattr(error, "__notes__", ())))
