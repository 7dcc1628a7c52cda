"""Pictures in the text of a deck: those of Markdown, and HTML elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_PICTURE = re.compile(
    r"""(?P<start>!\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?)"""
    r"""(?P<url>(?:\{\{[^{}\n]*\}\}|[^()\s<>"]|\([^()\s<>"]*\))+)"""
    r"""|(?P<tag><img\b[^<>]*?\ssrc\s*=\s*["'])(?P<source>[^"'<>\n]+)"""
)


def picture_urls(text: str) -> Iterator[str]:
    """Yield the URLs of pictures, also in code and of what only looks like one."""
    for match in _PICTURE.finditer(text):
        yield match["url"] or match["source"]


def replace_pictures(text: str, change: Callable[[str], str | None]) -> str:
    """Return the text with the URLs that `change` returns for those of its pictures."""

    def replaced(match: re.Match[str]) -> str:
        new = change(match["url"] or match["source"])
        return match[0] if new is None else f"{match['start'] or match['tag']}{new}"

    return _PICTURE.sub(replaced, text)
