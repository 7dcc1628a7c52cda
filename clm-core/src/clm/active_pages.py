"""Files that run scripts when a reader opens them in a browser by themselves."""

from __future__ import annotations

import html
import re
from pathlib import Path

from clm.regular_files import open_regular

# What browsers open as pages; compressed and packed ones are not looked into.
_PAGES = (".htm", ".html", ".shtml", ".svg", ".xht", ".xhtml", ".xml", ".xsl", ".xslt")
_PACKED = (".mht", ".mhtml", ".svgz")
_ACTIVE = re.compile(
    r"<\s*(?:[\w.-]+:)?(?:script|iframe|frame|object|embed|handler|listener)\b"
    r"|[\s\"'/]on[a-z]+\s*="
    r"|data:(?:text/html|application/xhtml|image/svg|text/xml)"
    # Entities may be anything, and style sheets of XML make pages.
    r"|<!entity|<\?xml-stylesheet|http-equiv\s*=\s*[\"']?refresh",
    re.I,
)
# Blanks within an address do not count.
_ADDRESS = re.compile(
    r"[\"'=;]\s*(?:"
    + "|".join(r"\s*".join(f"{name}:") for name in ("javascript", "vbscript"))
    + ")",
    re.I,
)
_IGNORED = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")  # also the zeros of UTF-16


_LARGEST = 16 << 20  # bytes


def active_content(path: Path) -> tuple[int | None, str] | None:
    """What in a file may run a script when a browser opens it by itself: its line, and a text.

    None for files that browsers do not open as pages, and for those that cannot be read.
    """
    name = path.name.lower()
    if name.endswith(_PACKED):
        return None, f"a {name.rpartition('.')[2]} file, which may have any script"
    if not name.endswith(_PAGES):
        return None
    try:
        with open_regular(path) as file:
            data = file.read(_LARGEST + 1)
    except OSError:
        return None
    if len(data) > _LARGEST:
        return None, f"more than {_LARGEST >> 20} MiB, which may have any script"
    text = _IGNORED.sub("", data.decode(errors="replace"))
    plain = html.unescape(text)
    match = _ACTIVE.search(text) or _ACTIVE.search(plain) or _ADDRESS.search(plain)
    if match is None:
        return None
    line = match.string.count("\n", 0, match.start() + 1) + 1
    return line, f"`{' '.join(match[0].split())}`"
