"""Pages of a preview's own: the dashboard, and what stands for a page that is not there."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from clm.preview.trees import ServedTree, ServedTrees
from clm.theme.tokens import tokens_css

EVENTS, STATE, SCRIPT, REPORT = "/~events", "/~state", "/~preview.js", "/~report"
_OPEN_PAGES = 40  # in all lists of a tree; longer ones are folded
# Those that browsers need, which the system's own table may have otherwise.
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ipynb": "application/json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".xml": "text/xml",
}
_CODE = (".cpp", ".cs", ".java", ".md", ".py", ".r", ".rs", ".ts")


def media_type(name: str) -> str:
    """The value of `Content-Type` for a file; texts are UTF-8, as CLM writes them."""
    suffix = Path(name).suffix.lower()
    kind = _TYPES.get(suffix) or ("text/plain" if suffix in _CODE else None)
    kind = kind or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def stamp_of(state: os.stat_result) -> str:
    """What tells one version of a file from another."""
    return f"{state.st_mtime_ns:x}-{state.st_size:x}"


def with_script(html: bytes, address: str, stamp: str) -> bytes:
    """A page that follows the builds: its address, decoded, and the stamp of its file."""
    added = (
        f'<script src="{SCRIPT}" data-page="{escape(address)}" data-stamp="{stamp}"></script>'
    ).encode()
    end = html.rfind(b"</body>")
    end = len(html) if end < 0 else end
    return html[:end] + added + html[end:]


def missing_page(address: str) -> str:
    """What is shown in place of a page until it is there."""
    page = _static("missing.html").replace("{{style}}", tokens_css() + _static("preview.css"))
    return page.replace("{{page}}", escape(address)).replace("{{name}}", escape(_last(address)))


def dashboard(title: str, trees: ServedTrees | None, *, details: bool) -> str:
    """The list of the pages, with those for teachers if `details`, and the state of the builds."""
    page = _static("dashboard.html").replace("{{style}}", tokens_css() + _static("preview.css"))
    page = page.replace("{{report}}", REPORT if details else "")
    page = page.replace("{{title}}", escape(title))
    return page.replace("{{trees}}", "".join(_lists(trees, details)) if trees else "")


def script() -> str:
    """The script of all pages."""
    return _static("preview.js")


def _lists(trees: ServedTrees, details: bool) -> Iterator[str]:
    for tree in trees.trees:
        pages = trees.pages(tree) if tree.public or details else []
        if pages:
            who = "" if tree.public else ' <span class="private">not for students</span>'
            lists = "".join(_groups(trees, tree, pages))
            yield f"<section><h2>{escape(tree.path)}{who}</h2>{lists}</section>"


def _groups(trees: ServedTrees, tree: ServedTree, pages: list[str]) -> Iterator[str]:
    """The pages of a tree, by folder."""
    opened = " open" if len(pages) <= _OPEN_PAGES else ""
    for folder, found in groupby(pages, key=lambda page: page.rpartition("/")[0]):
        items = "".join(_links(trees.address(tree), found))
        name = folder.removeprefix(tree.path).removeprefix("/").replace("/", " / ")
        if not name:
            yield f"<ul>{items}</ul>"
        else:
            yield f"<details{opened}><summary>{escape(name)}</summary><ul>{items}</ul></details>"


def _links(start: str, pages: Iterable[str]) -> Iterator[str]:
    for page in pages:
        yield f'<li><a href="{start}{quote(page)}">{escape(_last(page))}</a></li>'


def _last(address: str) -> str:
    return address.rpartition("/")[2].removesuffix(".html")


@cache
def _static(name: str) -> str:
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")
