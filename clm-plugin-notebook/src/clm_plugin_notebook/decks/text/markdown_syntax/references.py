"""Definitions of links that are used in other cells."""

from __future__ import annotations

import re
from collections.abc import Sequence

_DEFINITION = re.compile(r"^ {0,3}\[(?!\^)([^\]\[\n]+)\]:[ \t]*\S[^\n]*$", re.M)
_USED = re.compile(r"\[(?!\^)([^\]\[\n]+)\](?![:(])")


def with_references(texts: Sequence[str]) -> list[str]:
    """Return the Markdown texts of a page, each with the definitions that it refers to.

    Authors write `[base]: https://...` at the end of a document, which is another cell there. The
    numbers of lines stay.
    """
    if not any("]:" in text for text in texts):
        return list(texts)
    written: dict[str, str] = {}
    for text in texts:
        for match in _DEFINITION.finditer(text):
            written.setdefault(_label(match[1]), match[0])
    return [_completed(text, written) for text in texts] if written else list(texts)


def _completed(text: str, written: dict[str, str]) -> str:
    own = {_label(match[1]) for match in _DEFINITION.finditer(text)}
    used = dict.fromkeys(_label(match[1]) for match in _USED.finditer(text))
    missing = [written[label] for label in used if label in written and label not in own]
    return "\n\n".join([text, "\n".join(missing)]) if missing else text


def _label(text: str) -> str:
    return " ".join(text.casefold().split())
