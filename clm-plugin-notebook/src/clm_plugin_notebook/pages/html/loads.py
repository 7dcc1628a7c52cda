"""What HTML loads from the network beyond the addresses of its usual tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from clm_plugin_notebook.decks.text.links import is_remote

_SCRIPT = re.compile(r"<!--.*?-->|<script\b[^>]*>.*?</script\s*>", re.S | re.I)
_VALUE = r"""("[^"]*"|'[^']*'|[^\s>"']+)"""
_STYLE = re.compile(
    rf"<style\b[^>]*>(.*?)(?:</style|\Z)"
    rf"|(?<![\w-])(?:style|fill|stroke|filter|mask|clip-path|marker(?:-[a-z]+)?)\s*=\s*{_VALUE}",
    re.S | re.I,
)
# Styles and colours of formulas: `\style{...}`, `\bbox[...]`, `\color{...}`.
_MATHS = re.compile(
    r"\\[a-z]+\s*(?:\{([^{}]{0,999}?url\([^{}]{0,999})\}|\[([^\[\]]{0,999}?url\([^\[\]]{0,999})\])",
    re.I,
)
_CSS_URL = re.compile(
    r"""(?:url\(|@import\b|image-set\(|,)\s*["']?\s*((?:https?:)?//[^"')\s;,]+)""", re.I
)
_CSS_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.I)
_ATTRIBUTE = re.compile(
    rf"(?<![\w-])(srcset|imagesrcset|poster|background|data-background-[a-z]+)\s*=\s*{_VALUE}", re.I
)
_TAG = re.compile(
    rf"""<(track|input|image|use|feimage|frame)\b[^>]*?\s(?:xlink:)?(?:src|href)\s*=\s*{_VALUE}""",
    re.I,
)
_MERMAID = re.compile(r"""<pre\b[^>]*class=["']?mermaid\b[^>]*>(.*?)</pre\s*>""", re.S | re.I)
_MERMAID_PICTURE = re.compile(
    r"""(?:\b(?:img|icon)\s*:|<img\b[^>]*?\ssrc\s*=)\s*["']?((?:https?:)?//[^"'\s,}>]+)""", re.I
)
_FRAME_PAGE = re.compile(rf"(?<![\w-])srcdoc\s*=\s*{_VALUE}", re.I)


def other_loads(html: str) -> Iterator[tuple[str, str]]:
    """Yield what is loaded: the name of the attribute, tag or style, and the URL."""
    if "//" not in html and "&#" not in html and "\\\\" not in html:
        return
    html = _SCRIPT.sub("", html)
    for match in (*_STYLE.finditer(html), *_MATHS.finditer(html)):
        css = unescape(match[1] or match[2] or "")
        css = _CSS_ESCAPE.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)), css)
        yield from (("style", url) for url in _CSS_URL.findall(css))
    for match in _ATTRIBUTE.finditer(html):
        name, value = match[1].lower(), _plain(match[2])
        parts = value.split(",") if name.endswith("srcset") else [value]
        urls = (part.split()[0] for part in parts if part.strip())
        yield from ((name, url) for url in urls if is_remote(url))
    for match in _TAG.finditer(html):
        if is_remote(url := _plain(match[2])):
            yield f"<{match[1].lower()}>", url
    for match in _MERMAID.finditer(html):
        source = unescape(match[1])
        drawn = (*_MERMAID_PICTURE.findall(source), *_CSS_URL.findall(source))
        yield from (("Mermaid", url) for url in drawn)
    for match in _FRAME_PAGE.finditer(html):
        yield from (("srcdoc", url) for url in _of_page(_plain(match[1])))


def _of_page(html: str) -> Iterator[str]:
    """Yield all URLs of a page within a page."""
    for match in re.finditer(rf"(?<![\w-])(?:src|href|data)\s*=\s*{_VALUE}", html, re.I):
        if is_remote(url := _plain(match[1])):
            yield url
    yield from (url for _, url in other_loads(html))


def _plain(value: str) -> str:
    return unescape(value.strip("\"'")).strip()
