"""Links that run code when a reader follows them.

Such a link looks like any other. Browsers ignore case, line breaks and tabs in its scheme, and
HTML may write each letter as an entity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape, unescape

BLOCKED = "about:blank#blocked"
"""What stands in place of the URL of such a link."""

_LONGEST = 2_000  # characters that are read to find the scheme of a URL
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028\u2029\ufeff\\]+")
_RUN = ("javascript:", "vbscript:", "livescript:")
_PAGES = ("data:text/html", "data:application/xhtml", "data:text/xml", "data:application/xml")
_DRAWING = "data:image/svg"

_BLANKS = r"[\x00-\x20]*"
# Most texts have neither such a scheme nor what may hide one.
_MAY_HAVE_LINKS = re.compile(
    rf"{_BLANKS.join('script')}{_BLANKS}\\?:|{_BLANKS.join('data')}{_BLANKS}\\?:"
    r"|&(?:\#|tab|newline|colon|bsol)|\#\d+;|\#colon;",
    re.I,
)
_LINKS = ("href", "action", "formaction", "values", "to", "from", "content", "ping")
_LINK = re.compile(
    rf"""(?<![\w-])(?P<name>(?:xlink:)?(?:{"|".join(_LINKS)}|src|srcdoc|data|poster))\s*=\s*
    (?P<value>"[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s>"']+)
    |\\href\s*\{{(?P<maths>[^{{}}]*)\}}""",
    re.X | re.I,
)
_SCRIPT = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>", re.S | re.I)
_CODE = re.compile(
    r"(?ms:^(?P<fence>[ >]*(?:`{3,}|~{3,}))[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z))"
    r"|(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)"
)
# `click A href "URL"`, `link A: text @ URL` and `$link="URL"` of Mermaid, which notebooks draw from
# such a block. There `#106;` is an entity.
_MERMAID_FENCE = re.compile(r"[ >]*(?:`{3,}|~{3,})\s*\{?\s*mermaid\b", re.I)
_MERMAID_LINK = re.compile(
    r"""^[ >\t]*(?:click|links?|callback)\b(?:"[^"\n]*"|'[^'\n]*'|[^\n;])*"""
    r"""|\$link\s*=\s*(?:"[^"\n]*"|'[^'\n]*')""",
    re.M | re.I,
)
_MERMAID_ENTITY = re.compile(r"(?<!&)#(\w{1,31};)")
_MERMAID_URL = re.compile(r"(?<=\")[^\"\n]*(?=\")|(?<=')[^'\n]*(?=')|[^\s\"']+")
_DESTINATION = re.compile(
    r"(?<=\]\()\s*(?:<[^<>\n]*>|(?:[^\s()]|\([^\s()]*\))+)|(?<=\]:)\s*\S+|<([^\s<>]+:[^<>]+)>"
)


def is_script_url(url: str, *, is_link: bool = True) -> bool:
    """Whether following the URL runs code; with `is_link` false, whether loading it does."""
    return _plain(url).startswith((*_RUN, *_PAGES, _DRAWING) if is_link else _RUN)


def _plain(url: str) -> str:
    return _IGNORED.sub("", unescape(url[:_LONGEST])).casefold()


def without_script_links(html: str) -> str:
    """The HTML with other URLs in place of those that run code."""
    return _replaced(html, _SCRIPT, _without_in_html)


def without_script_links_in_markdown(text: str) -> str:
    """As `without_script_links`, for Markdown text: also in its own links and in Mermaid diagrams,
    but not in other code."""
    return _replaced(text, _CODE, _without_in_markdown, _without_in_code)


def without_script_links_in_mermaid(source: str) -> str:
    """As `without_script_links`, for the source of a Mermaid diagram."""
    if not _MAY_HAVE_LINKS.search(source):
        return source
    return _MERMAID_LINK.sub(_mermaid_line, _without_in_html(source))


def _mermaid_line(match: re.Match[str]) -> str:
    def safe(url: re.Match[str]) -> str:
        text = _MERMAID_ENTITY.sub(_as_html_entity, url[0])
        return BLOCKED if is_script_url(text) else url[0]

    return _MERMAID_URL.sub(safe, match[0])


def _as_html_entity(match: re.Match[str]) -> str:
    return f"&#{match[1]}" if match[1][0].isdigit() else f"&{match[1]}"


def _without_in_code(code: str) -> str:
    return without_script_links_in_mermaid(code) if _MERMAID_FENCE.match(code) else code


def _replaced(
    text: str,
    kept: re.Pattern[str],
    replace: Callable[[str], str],
    replace_kept: Callable[[str], str] = str,
) -> str:
    if not _MAY_HAVE_LINKS.search(text):
        return text
    parts = _parts(text, kept)
    return "".join(replace_kept(part) if is_kept else replace(part) for is_kept, part in parts)


def _parts(text: str, kept: re.Pattern[str]) -> Iterator[tuple[bool, str]]:
    done = 0
    for match in kept.finditer(text):
        yield False, text[done : match.start()]
        yield True, match[0]
        done = match.end()
    yield False, text[done:]


def _without_in_html(html: str) -> str:
    return _LINK.sub(_attribute, html)


def _without_in_markdown(text: str) -> str:
    return _DESTINATION.sub(_destination, _LINK.sub(_attribute, text))


def _destination(match: re.Match[str]) -> str:
    if match[1] is not None:
        return f"<{BLOCKED}>" if is_script_url(match[1]) else match[0]
    url = match[0].strip().removeprefix("<").removesuffix(">")
    is_picture = _plain(url).startswith(_DRAWING)  # links and pictures have the same form
    return f" {BLOCKED}" if is_script_url(url) and not is_picture else match[0]


def _attribute(match: re.Match[str]) -> str:
    if match["maths"] is not None:
        return rf"\href{{{BLOCKED}}}" if is_script_url(match["maths"]) else match[0]
    name, value = match["name"].lower().removeprefix("xlink:"), match["value"]
    quote = value[0] if value[0] in "\"'" else ""
    text = value.removeprefix(quote).removesuffix(quote) if quote else value
    if name == "srcdoc":
        inner = unescape(text)
        clean = without_script_links(inner)
        return match[0] if clean == inner else f'{match["name"]}="{escape(clean)}"'
    parts = {"values": text.split(";"), "content": re.split(r"url\s*=", text, flags=re.I)}
    if not any(is_script_url(part, is_link=name in _LINKS) for part in parts.get(name, [text])):
        return match[0]
    return f'{match["name"]}="{BLOCKED}"'
