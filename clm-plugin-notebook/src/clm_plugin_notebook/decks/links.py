"""Links in a deck to what other decks, and other jobs, make of their sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from clm import Link, Place

# Decks become files of these kinds; whether other files are there is seen when a page is made.
MADE_SUFFIXES = (".html", ".ipynb", ".pdf")
_LINK = re.compile(
    r"""(!?)\[(?:[^\[\]]|\[[^\[\]]*\](?:\([^()\s]*\))?)*\]\(\s*(?:<([^<>\n]+)>|([^()\s]+))"""
    r"""|<a\s[^>]*?\bhref\s*=\s*["']([^"'\n]+)["']"""
)
_CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_MAY_HAVE_LINKS = re.compile(r"\]\(|\bhref\b")


def text_links(text: str, source: str, comment: str = "") -> Iterator[Link]:
    """The links of a deck as its author wrote it; `source` is how messages name it.

    Only lines that begin with `comment` count, where there is one: others are code.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if _MAY_HAVE_LINKS.search(line) and line.lstrip().startswith(comment):
            for path, column in _links(line):
                yield Link(path, Place(source, line=number, column=column))


def cell_links(cells: Iterable[Mapping[str, Any]], source: str) -> Iterator[Link]:
    """The links in the Markdown cells of a Jupyter notebook."""
    for number, cell in enumerate(cells, start=1):
        if cell.get("cell_type") != "markdown":
            continue
        text = "".join(cell.get("source", ""))
        for line_number, line in enumerate(text.split("\n"), start=1):
            if _MAY_HAVE_LINKS.search(line):
                place = Place(source, cell=f"cell {number}, line {line_number}")
                yield from (Link(path, place) for path, _ in _links(line))


def _links(line: str) -> Iterator[tuple[PurePosixPath, int]]:
    """What the links of a line lead to, and the columns of their addresses."""
    for match in _LINK.finditer(_CODE_SPAN.sub(_blank, line)):
        group = next(number for number in (2, 3, 4) if match[number])
        path = None if match[1] or "{{" in match[group] else local_path(match[group])
        if path is not None and _is_made_elsewhere(path):
            yield path, match.start(group) + 1


def _blank(span: re.Match[str]) -> str:
    return " " * len(span[0])


def _is_made_elsewhere(path: PurePosixPath) -> bool:
    return ".." in path.parts or path.suffix.lower() in MADE_SUFFIXES


_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:|//)")


def is_remote(url: str) -> bool:
    """Whether a browser would ask another machine for it."""
    return url.startswith("//") or url.lower().startswith(("http:", "https:", "ftp:"))


def local_path(url: str) -> PurePosixPath | None:
    """The file that a relative URL names, None for any other URL."""
    if not url or url[0] in "#/?" or _SCHEME.match(url):
        return None
    path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
    return PurePosixPath(path) if path else None


def local_file(topic: Path, url: str) -> Path | None:
    """The file of the topic that a URL names, None when it has none of the name."""
    path = local_path(url)
    if path is None or "\0" in str(path) or path.is_absolute():
        return None
    file = topic.joinpath(*path.parts)
    try:
        inside = file.resolve().is_relative_to(topic.resolve())
        return file if inside and file.is_file() else None
    except (OSError, ValueError):  # a name that the file system cannot have
        return None
