"""What readers of a page would stumble over: links, pictures and headings that are not right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from attrs import frozen

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.links import MADE_SUFFIXES, is_remote, local_file, local_path
from clm_plugin_notebook.pages.fragments import Fragment
from clm_plugin_notebook.pages.markup import Tag, find_ids

LOADED = {
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


@frozen
class Remark:
    """Something to warn of; `line` counts the lines of the cell's source, from 1."""

    cell: Cell
    line: int | None
    message: str
    hint: str


def check_page(markdown: Sequence[tuple[Cell, Fragment]], topic: Path) -> Iterator[Remark]:
    """What is not right in the Markdown cells of a page whose files lie in `topic`."""
    ids = {unquote(name) for _, fragment in markdown for name in find_ids(fragment.html)}
    for cell, fragment in markdown:
        for tag in fragment.tags:
            yield from _loading(cell, tag, topic)
            if tag.name == "img":
                yield from _alternative_text(cell, tag)
            if tag.name == "a":
                yield from _link(cell, tag, ids, topic)
    yield from _headings(markdown)


def _loading(cell: Cell, tag: Tag, topic: Path) -> Iterator[Remark]:
    url = tag.value(LOADED.get(tag.name, ""))
    if is_remote(url):
        what = "image" if tag.name == "img" else f"`<{tag.name}>`"
        yield Remark(
            cell,
            _line_of(cell, url),
            f"this {what} is loaded from the network when the page is read: {url}",
            "put it into the topic",
        )
    elif tag.name == "img" and (_leads_nowhere(url, topic) or url.startswith("attachment:")):
        yield Remark(
            cell,
            _line_of(cell, url),
            f"there is no image {url}",
            "images lie in the topic, and their paths start at its folder",
        )


def _alternative_text(cell: Cell, tag: Tag) -> Iterator[Remark]:
    # In HTML an empty text says that the image is an ornament.
    if "alt" not in tag.attributes:
        url = tag.value("src")
        yield Remark(
            cell,
            _line_of(cell, url),
            f"the image {_shortened(url)} has no text for those who do not see it",
            'write `![what it shows](...)` or alt="what it shows"',
        )


def _link(cell: Cell, tag: Tag, ids: set[str], topic: Path) -> Iterator[Remark]:
    url = tag.value("href")
    if url.startswith("#") and len(url) > 1 and unquote(url[1:]) not in ids:
        message = f"the link {url} leads to no heading of the page"
        yield Remark(cell, _line_of(cell, url), message, "a heading's link has - for its spaces")
        return
    path = local_path(url)
    if path is None or ".." in path.parts or path.suffix.lower() in MADE_SUFFIXES:
        return
    if _leads_nowhere(url, topic) and not _is_folder(topic, url):
        yield Remark(
            cell,
            _line_of(cell, url),
            f"the link {url} leads to no file of the topic",
            "a link to another site starts with https://",
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
                    _line_of(cell, tag.text.removesuffix("¶")),
                    f"a heading of level {level} follows one of level {last}",
                    f"use {'#' * (last + 1)}, so that the page's outline has no gap",
                )
            last = level


def _leads_nowhere(url: str, topic: Path) -> bool:
    return local_path(url) is not None and local_file(topic, url) is None


def _is_folder(topic: Path, url: str) -> bool:
    path = local_path(url)
    return path is not None and "\0" not in str(path) and topic.joinpath(*path.parts).is_dir()


def _line_of(cell: Cell, text: str) -> int | None:
    for number, line in enumerate(cell.source.split("\n"), start=1):
        if text and (text in line or unquote(text) in line):
            return number
    return None


def _shortened(url: str) -> str:
    return url if len(url) <= 80 else f"{url[:77]}..."
