"""Links of a deck to outputs of other decks and other jobs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from clm import Link, Place

# Decks become files of these kinds. Links to other files are checked when the page is rendered.
OUTPUT_SUFFIXES = (".html", ".ipynb", ".pdf")
_LINK = re.compile(
    r"""(!?)\[(?:[^\[\]]|\[[^\[\]]*\](?:\([^()\s]*\))?)*\]\(\s*(?:<([^<>\n]+)>|([^()\s]+))"""
    r"""|<a\s[^>]*?\bhref\s*=\s*["']([^"'\n]+)["']"""
)
_CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_MAY_HAVE_LINKS = re.compile(r"\]\(|\bhref\b")


def text_links(text: str, source: str, comment: str = "") -> Iterator[Link]:
    """Yield the links in the text of a deck before template expansion.

    `source` is the name of the deck in messages. If `comment` is not empty, only lines that
    start with it are considered: the others are code.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if _MAY_HAVE_LINKS.search(line) and line.lstrip().startswith(comment):
            for path, column in _links(line):
                yield Link(path, Place(source, line=number, column=column))


def cell_links(cells: Iterable[Mapping[str, Any]], source: str) -> Iterator[Link]:
    """Yield the links in the Markdown cells of a Jupyter notebook."""
    for number, cell in enumerate(cells, start=1):
        if cell.get("cell_type") != "markdown":
            continue
        text = "".join(cell.get("source", ""))
        for line_number, line in enumerate(text.split("\n"), start=1):
            if _MAY_HAVE_LINKS.search(line):
                place = Place(source, cell=f"cell {number}, line {line_number}")
                yield from (Link(path, place) for path, _ in _links(line))


def _links(line: str) -> Iterator[tuple[PurePosixPath, int]]:
    """Yield the targets of the links in a line, and the columns (from 1) of their URLs."""
    for match in _LINK.finditer(_CODE_SPAN.sub(_blank, line)):
        group = next(number for number in (2, 3, 4) if match[number])
        path = None if match[1] or "{{" in match[group] else local_path(match[group])
        if path is not None and _is_output_of_other_job(path):
            yield path, match.start(group) + 1


def _blank(span: re.Match[str]) -> str:
    return " " * len(span[0])


def _is_output_of_other_job(path: PurePosixPath) -> bool:
    return ".." in path.parts or path.suffix.lower() in OUTPUT_SUFFIXES


_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:|//)")


def is_remote(url: str) -> bool:
    """Whether a browser loads the URL over the network."""
    return url.startswith("//") or url.lower().startswith(("http:", "https:", "ftp:"))


def local_path(url: str) -> PurePosixPath | None:
    """Return the path in a relative URL, None for any other URL."""
    if not url or url[0] in "#/?" or _SCHEME.match(url):
        return None
    path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
    return PurePosixPath(path) if path else None


def local_file(topic: Path, url: str) -> Path | None:
    """Return the file in the topic that a URL refers to, None if there is no such file."""
    path = local_path(url)
    if path is None or "\0" in str(path) or path.is_absolute():
        return None
    file = topic.joinpath(*path.parts)
    try:
        inside = file.resolve().is_relative_to(topic.resolve())
        return file if inside and file.is_file() else None
    except (OSError, ValueError):  # a name that is not valid in the file system
        return None
