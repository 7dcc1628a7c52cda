"""HTML of highlighted code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

_NUMBERS = re.compile(r"(\d{1,6})(?:\s*-\s*(\d{1,6}))?")

# Lexers and formatters take longer to make than to use, and have no state.
_lexer = lru_cache(64)(get_lexer_by_name)


def highlighted(
    source: str, language: str, css_class: str, lines: Iterable[int] = (), first: int | None = None
) -> str:
    """Return code as HTML, verbatim except for blank lines at its end.

    `lines` are marked. With `first`, the number of the first line, lines are numbered.

    Raises:
        pygments.util.ClassNotFound: the language is unknown.
    """
    # Verbatim: indentation and blank lines at the start matter in drawings made of characters.
    lexer: Any = _lexer(language, stripnl=False)
    text = source.rstrip() or " "
    html: str = highlight(text, lexer, _formatter(css_class, tuple(lines), first))
    return html.replace("<pre>", '<pre tabindex="0">', 1)


@lru_cache(64)
def _formatter(css_class: str, lines: tuple[int, ...], first: int | None) -> Any:
    numbered = {} if first is None else {"linenos": "inline", "linenostart": first}
    return HtmlFormatter(cssclass=escape(css_class), hl_lines=lines, **numbered)


def line_numbers(text: str) -> list[int]:
    """Return the numbers in a list such as `1,3-5`; empty if it is none."""
    found: list[int] = []
    for part in re.split(r"[,\s]+", text.strip()):
        match = _NUMBERS.fullmatch(part)
        if match is None:
            return []
        found += range(int(match[1]), min(int(match[2] or match[1]), int(match[1]) + 10_000) + 1)
    return found
