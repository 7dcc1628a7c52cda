"""Checks of the links, images and headings of a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from attrs import frozen

from clm import nearest
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.text.links import OUTPUT_SUFFIXES, is_remote, local_file, local_path
from clm_plugin_notebook.decks.text.markdown_text import headings
from clm_plugin_notebook.decks.text.script_links import without_script_links_in_markdown
from clm_plugin_notebook.languages import DECK_PREFIXES
from clm_plugin_notebook.pages.html.fragments import Fragment
from clm_plugin_notebook.pages.html.markup import Tag, find_ids

# The attribute with the URL that a tag loads.
URL_ATTRIBUTES = {
    "img": "src",
    "script": "src",
    "link": "href",
    "iframe": "src",
    "video": "src",
    "audio": "src",
    "source": "src",
    "embed": "src",
    "object": "data",
}
_PICTURES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")

SCRIPT_LINK = "a link would run code when a reader follows it; it leads nowhere"
SCRIPT_LINK_HINT = "write an address, or a button with a script"


@frozen
class Remark:
    """A warning about a cell; `line` is a line of the cell's source, from 1, if known."""

    cell: Cell
    line: int | None
    message: str
    hint: str


def check_page(
    markdown: Sequence[tuple[Cell, Fragment]], topic: Path, planned: Collection[str] = ()
) -> Iterator[Remark]:
    """Yield warnings about the Markdown cells of a page; `topic` is the folder of its files.

    The links in `planned` have been checked with all outputs of the course.
    """
    ids = {unquote(name) for _, fragment in markdown for name in find_ids(fragment.html)}
    for cell, fragment in markdown:
        for remark in fragment.remarks:
            yield Remark(cell, remark.line, remark.message, remark.hint)
        yield from _script_links(cell)
        yield from _other_loads(cell, fragment)
        for tag in fragment.tags:
            yield from _loading(cell, tag, topic)
            if tag.name == "img":
                yield from _alternative_text(cell, tag)
            if tag.name == "a":
                yield from _link(cell, tag, ids, topic, planned)
    yield from _headings(markdown)


def _script_links(cell: Cell) -> Iterator[Remark]:
    if without_script_links_in_markdown(cell.source) != cell.source:
        yield Remark(cell, _line_of(cell, "script:"), SCRIPT_LINK, SCRIPT_LINK_HINT)


def _other_loads(cell: Cell, fragment: Fragment) -> Iterator[Remark]:
    for what, url in fragment.loads:
        message = f"this `{what}` is loaded from the network when the page is viewed: {url}"
        yield Remark(cell, _line_of(cell, url), message, "copy it to the topic")


def _loading(cell: Cell, tag: Tag, topic: Path) -> Iterator[Remark]:
    url = tag.value(URL_ATTRIBUTES.get(tag.name, ""))
    if is_remote(url):
        shown = _written(cell, url)
        resource = "image" if tag.name == "img" else f"`<{tag.name}>`"
        yield Remark(
            cell,
            _line_of(cell, url),
            f"this {resource} is loaded from the network when the page is viewed: {shown}",
            "copy it to the topic",
        )
    elif tag.name == "img" and (_is_missing(url, topic) or url.startswith("attachment:")):
        yield Remark(
            cell,
            _line_of(cell, url),
            f"the image {_written(cell, url)} does not exist",
            _hint(url, topic),
        )


def _hint(url: str, topic: Path) -> str:
    files = (path for path in topic.rglob("*") if path.suffix.lower() in _PICTURES)
    names = [path.relative_to(topic).as_posix() for path in files]
    otherwise = "put the image into the topic, with a path relative to the topic's folder"
    return nearest(unquote(url), names, otherwise)


def _alternative_text(cell: Cell, tag: Tag) -> Iterator[Remark]:
    # In HTML an empty text marks the image as decorative.
    if "alt" not in tag.attributes:
        url = tag.value("src")
        yield Remark(
            cell,
            _line_of(cell, url),
            f"the image {_shortened(_written(cell, url))} has no alternative text",
            'write `![what it shows](...)` or alt="what it shows"',
        )


def _link(
    cell: Cell, tag: Tag, ids: set[str], topic: Path, planned: Collection[str]
) -> Iterator[Remark]:
    url = tag.value("href")
    if url.startswith("#") and len(url) > 1 and unquote(url[1:]) not in ids:
        message = f"the link {_written(cell, url)} does not match any heading of the page"
        yield Remark(
            cell, _line_of(cell, url), message, "in the link to a heading, write - for each space"
        )
        return
    path = local_path(url)
    if path is None or ".." in path.parts or path.suffix.lower() in OUTPUT_SUFFIXES:
        return
    if path.name.startswith(DECK_PREFIXES) or str(path) in planned:
        return  # as above, checked with all outputs of the course
    if _is_missing(url, topic) and not _is_folder(topic, url):
        yield Remark(
            cell,
            _line_of(cell, url),
            f"the link {_written(cell, url)} does not match any file of the topic",
            "a link to another site must start with https://",
        )


def _headings(markdown: Iterable[tuple[Cell, Fragment]]) -> Iterator[Remark]:
    last = 0
    for cell, fragment in markdown:
        for tag in fragment.tags:
            if tag.name[0] != "h":
                continue
            level = int(tag.name[1])
            if last and level > last + 1:
                yield Remark(
                    cell,
                    _heading_line(cell, tag.text.removesuffix("¶")),
                    f"a level {level} heading follows a level {last} heading",
                    f"use {'#' * (last + 1)}, so that the outline of the page has no gap",
                )
            last = level


def _is_missing(url: str, topic: Path) -> bool:
    return local_path(url) is not None and local_file(topic, url) is None


def _is_folder(topic: Path, url: str) -> bool:
    path = local_path(url)
    return path is not None and "\0" not in str(path) and topic.joinpath(*path.parts).is_dir()


def _line_of(cell: Cell, text: str) -> int | None:
    for number, line in enumerate(cell.source.split("\n"), start=1):
        if text and (text in line or unquote(text) in line):
            return number
    return None


def _heading_line(cell: Cell, text: str) -> int | None:
    # In the source, the text may have markup.
    return _line_of(cell, text) or next(
        (h.line for h in headings(cell.source) if h.text == " ".join(text.split())), None
    )


def _written(cell: Cell, url: str) -> str:
    """Return a URL as the author wrote it; the page has it percent-encoded."""
    return url if url in cell.source else unquote(url)


def _shortened(url: str) -> str:
    return url if len(url) <= 80 else f"{url[:77]}..."
