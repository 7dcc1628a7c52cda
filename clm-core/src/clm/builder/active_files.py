"""Files of a course that run scripts when a reader opens them by themselves."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from clm.course.course import CourseFile
from clm.errors import Diagnostic, Place
from clm.regular_files import read_regular

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


def active_files(files: Iterable[CourseFile]) -> Iterator[Diagnostic]:
    """Yield a problem for each file that may run a script in the browser of its reader."""
    for file in files:
        name = file.path.name.lower()
        if name.endswith(_PACKED):
            yield _problem(file, f"a {name.rpartition('.')[2]} file, which may have any script")
        elif name.endswith(_PAGES) and (found := _script(file)):
            line, text = found
            yield _problem(file, f"`{text}`", line)


def _script(file: CourseFile) -> tuple[int, str] | None:
    """The line, from 1, and the text by which a file may run a script."""
    text = ""
    with suppress(OSError):  # then it cannot be copied either
        text = _IGNORED.sub("", read_regular(file.path).decode(errors="replace"))
    plain = html.unescape(text)
    match = _ACTIVE.search(text) or _ACTIVE.search(plain) or _ADDRESS.search(plain)
    if match is None:
        return None
    return match.string.count("\n", 0, match.start() + 1) + 1, " ".join(match[0].split())


def _problem(file: CourseFile, what: str, line: int | None = None) -> Diagnostic:
    return Diagnostic(
        f"the file would be copied, and run scripts of its author when it is opened: {what}",
        place=Place(str(file.course_path), line),
        hint="remove the script, or the file; pictures of decks need none",
    )
