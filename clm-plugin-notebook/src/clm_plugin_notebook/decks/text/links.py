"""Links of a deck to other decks and to other files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from unicodedata import normalize
from urllib.parse import unquote

from attrs import frozen

from clm import Link, Place

# Decks become files of these kinds. Links to other files are checked when the page is rendered.
OUTPUT_SUFFIXES = (".html", ".ipynb", ".pdf")
# A link by the id of a topic: `clm:loops`, `clm:loops/slides_b`.
BY_ID = "clm:"

INLINE, DEFINITION, HTML, AUTOMATIC = "inline", "definition", "html", "automatic"

_BRACKET_END = re.compile(r"\](?=[(:])")
_HREF = re.compile("href", re.I)
_AUTOMATIC = re.compile(r"<(clm:[^\s<>]+)>")
_INLINE_URL = re.compile(
    r"""\(\s*(?:<(?P<angle>[^<>\n]*)>
    |(?P<plain>(?:[^()\s<>]|\([^()\s<>]*\))+)(?=\s*\)|\s+["'(])
    |(?P<blanks>[^\s()<>"](?:[^\n()<>"]|\([^\n()<>"]*\))*?\.[A-Za-z][A-Za-z0-9]{1,4}(?:\#[^\s()]*)?)
    (?=\s*(?:["'][^\n]*)?\)))""",
    re.X,
)
_DEFINED_URL = re.compile(r":[ \t]*(?:<(?P<angle>[^<>\n]*)>|(?P<plain>[^\s<>]+))")
_DEFINITION_START = re.compile(r"[^\w\[\n]*\[(?!\^)[^\[\]\n]+")
_ELSEWHERE = re.compile(r"[(:]\s*<?(?:https?:|#|mailto:|data:)")  # most links; for speed
_HTML_URL = re.compile(r"""href\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'<>]+))""", re.I)
_ANCHOR_START = re.compile(r"<a\s[^<>]*\Z", re.I)
_IMAGE = re.compile(r"!\[(?:[^\[\]]|\[[^\[\]]*\])*\Z")
_LONGEST_START = 1000  # characters of a link before its URL; only to find out what it is


@frozen(repr=False)
class FoundLink:
    """A link in a text; `text[start:end]` is its URL, with `<` and `>` if it has them.

    `style` is how it is written: inline, as the definition of a reference, in HTML, or as an
    automatic link.
    """

    url: str
    start: int
    end: int
    style: str


def find_links(text: str) -> list[FoundLink]:
    """Return what is written as a link inside the course, in order, also in code.

    Pictures are none, nor are links to other sites and to headings of the same deck.
    """
    found = {link.start: link for link in _automatic_links(text)}
    found |= {link.start: link for link in _links(text)}  # `[b](<clm:b>)` is none of the others
    return [link for _, link in sorted(found.items())]


def _links(text: str) -> Iterator[FoundLink]:
    for match in _BRACKET_END.finditer(text):
        at = match.end()
        is_inline = text[at] == "("
        if _ELSEWHERE.match(text, at):
            continue
        found = (_INLINE_URL if is_inline else _DEFINED_URL).match(text, at)
        if found and (_is_link(text, match.start()) if is_inline else _is_definition(text, at)):
            group = str(found.lastgroup)
            angles = group == "angle"
            start, end = found.start(group) - angles, found.end(group) + angles
            yield FoundLink(found[group], start, end, INLINE if is_inline else DEFINITION)
    for match in _HREF.finditer(text):
        found = _HTML_URL.match(text, match.start())
        before = text[max(0, match.start() - _LONGEST_START) : match.start()]
        if found and found.lastindex and _ANCHOR_START.search(before):
            number = found.lastindex
            yield FoundLink(found[number], found.start(number), found.end(number), HTML)


def _automatic_links(text: str) -> Iterator[FoundLink]:
    for match in _AUTOMATIC.finditer(text):
        yield FoundLink(match[1], match.start(), match.end(), AUTOMATIC)


def _is_link(text: str, bracket: int) -> bool:
    if text[bracket - 1 : bracket] == "\\":
        return False
    before = text[max(0, bracket - _LONGEST_START) : bracket]
    return "![" not in before or not _IMAGE.search(before)


def _is_definition(text: str, end: int) -> bool:
    start = text.rfind("\n", 0, end) + 1
    return _DEFINITION_START.fullmatch(text, start, end - 1) is not None


def file_names(paths: Iterable[str]) -> frozenset[str]:
    """Return the names of files at these paths, without their folders."""
    return frozenset(path.rpartition("/")[2] for path in paths)


def text_links(
    text: str, source: str, suffixes: Collection[str], files: Collection[str] = ()
) -> Iterator[Link]:
    """Yield the links in the text of a deck that may lead to what is made of other sources.

    `source` is the name of the deck in messages, `suffixes` are those of decks, `files` the names
    of other sources. Also what is in code, or looks like a link only, since templates are not
    expanded.
    """
    for found in find_links(text):
        if name := _name(found.url, suffixes, files):
            line_start = text.rfind("\n", 0, found.start) + 1
            line = text.count("\n", 0, found.start) + 1
            column = text.index(found.url, found.start) - line_start + 1
            yield Link(name[0], Place(source, line, column), name[1])


def cell_links(
    cells: Iterable[Mapping[str, Any]],
    source: str,
    suffixes: Collection[str],
    files: Collection[str] = (),
) -> Iterator[Link]:
    """Yield such links in the Markdown cells of a Jupyter notebook."""
    for number, cell in enumerate(cells, start=1):
        if cell.get("cell_type") != "markdown":
            continue
        for link in text_links("".join(cell.get("source", "")), source, suffixes, files):
            place = Place(source, cell=f"cell {number}, line {link.place.line}")
            yield Link(link.path, place, link.fragment)


def _name(
    url: str, suffixes: Collection[str], files: Collection[str]
) -> tuple[PurePosixPath, str] | None:
    found = None if "{{" in url else link_name(url)
    if found is None or is_by_id(found[0]):
        return found
    path, _ = found
    suffix = path.suffix.lower()
    may_lead = suffix in OUTPUT_SUFFIXES or suffix in suffixes or path.name in files
    return found if ".." in path.parts or may_lead else None


def link_name(url: str) -> tuple[PurePosixPath, str] | None:
    """Return the path or the id that a link names, and its fragment; None for other URLs."""
    if url.startswith(BY_ID):
        name, _, fragment = url.removeprefix(BY_ID).partition("#")
        path = PurePosixPath(BY_ID + unquote(name)) if name else None
    else:
        path, fragment = local_path(url), url.partition("#")[2]
    return (path, unquote(fragment)) if path is not None else None


def is_by_id(path: PurePosixPath) -> bool:
    """Whether a link names a deck by the id of its topic."""
    return str(path).startswith(BY_ID)


def without_links(text: str, links: Iterable[Link]) -> str:
    """Return the text without the URLs of these links, for what else it mentions."""
    paths = {str(link.path) for link in links}
    if not paths:
        return text
    spans = [
        found
        for found in find_links(text)
        if (name := link_name(found.url)) and str(name[0]) in paths
    ]
    for found in reversed(spans):
        text = text[: found.start] + text[found.end :]
    return text


# Browsers leave out these wherever they are in a URL, and others at its start.
_IGNORED = re.compile(r"[\t\n\r]|^[\x00-\x20]+")
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:|//)")


def is_remote(url: str) -> bool:
    """Whether a browser loads the URL over the network."""
    url = _IGNORED.sub("", url).replace("\\", "/").lower()
    return url.startswith(("//", "http:", "https:", "ftp:"))


def local_path(url: str) -> PurePosixPath | None:
    """Return the path in a relative URL, None for any other URL."""
    if not url or url[0] in "#/?" or _SCHEME.match(url):
        return None
    path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
    return PurePosixPath(path) if path else None


def local_file(topic: Path, url: str) -> Path | None:
    """Return the file in the topic that a URL refers to, None if there is no such file.

    The name in the URL may have another Unicode normal form than that of the file.
    """
    path = local_path(url)
    if path is None or "\0" in str(path) or path.is_absolute():
        return None
    try:
        file = topic.joinpath(*path.parts)
        if not str(path).isascii():
            file = _in_real_form(topic, path)
        inside = file.resolve().is_relative_to(topic.resolve())
        return file if inside and file.is_file() else None
    except (OSError, ValueError):  # a name that is not valid in the file system
        return None


def _in_real_form(folder: Path, path: PurePosixPath) -> Path:
    """Return a path with each name as its folder has it, if there is one in another form."""
    for part in path.parts:
        composed = normalize("NFC", part)
        names = [child.name for child in folder.iterdir()] if folder.is_dir() else []
        same = [name for name in names if normalize("NFC", name) == composed]
        folder /= part if part in same or not same else same[0]
    return folder
