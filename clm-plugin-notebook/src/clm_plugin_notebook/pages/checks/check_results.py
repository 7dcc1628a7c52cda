"""Checks of the results of code cells on a page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.text.links import is_remote
from clm_plugin_notebook.decks.text.script_links import without_script_links
from clm_plugin_notebook.kernels.results import CellRun
from clm_plugin_notebook.pages.checks.check_page import (
    SCRIPT_LINK,
    SCRIPT_LINK_HINT,
    URL_ATTRIBUTES,
    Remark,
)
from clm_plugin_notebook.pages.html.fragments import SHOWN_TYPES
from clm_plugin_notebook.pages.html.loads import other_loads
from clm_plugin_notebook.pages.html.markdown_html import MarkdownRenderer, mermaid
from clm_plugin_notebook.pages.html.markup import find_tags
from clm_plugin_notebook.pages.html.sanitising import LEFT_OUT, LEFT_OUT_HINT, removed, sanitised
from clm_plugin_notebook.pages.widgets import is_shown_completely, is_widget

# A URL in a script that the script probably loads.
_LOADED_BY_SCRIPT = re.compile(
    r"""(?<!"\$schema":)(?<!"\$schema": )["'(]"""
    r"""((?:https?:)?//(?:[^"'()\s<>]+?\.(?:m?js|css|json|wasm)\b|cdn\.|unpkg\.)[^"'()\s<>]*)["')]""",
    re.I,
)
_SCRIPT = re.compile(r"<(script|style)\b[^>]*>(.*?)</\1\s*>", re.S | re.I)
_LISTED = 3  # URLs in a message
_LARGEST_LOADER = 20_000  # characters; a larger script is a library, whose URLs are not all loaded


def check_results(
    results: Iterable[tuple[Cell, CellRun | None]],
    widgets: Any = None,
    *,
    is_sanitised: bool = False,
) -> Iterator[Remark]:
    """Yield warnings about results that pages cannot show; `widgets` is the state of widgets."""
    for cell, run in results:
        outputs = run.outputs if run else ()
        yield from dict.fromkeys(r for output in outputs for r in _remarks(cell, output, widgets))
        if is_sanitised:
            yield from dict.fromkeys(r for output in outputs for r in _left_out(cell, output))


def _left_out(cell: Cell, output: Mapping[str, Any]) -> Iterator[Remark]:
    data = output.get("data", {})
    html = data.get("text/html", "")
    names = removed(html, sanitised(html)) if html else ()
    if names or ("application/javascript" in data and not html):
        listed = ", ".join(f"`{name}`" for name in names or ("<script>",))
        yield Remark(cell, None, f"{LEFT_OUT} {listed} of a result", LEFT_OUT_HINT)


def _remarks(cell: Cell, output: Mapping[str, Any], widgets: Any) -> Iterator[Remark]:
    data = output.get("data", {})
    html = data.get("text/html", "")
    if without_script_links(html) != html:
        yield Remark(cell, None, SCRIPT_LINK, SCRIPT_LINK_HINT)
    if is_widget(output):
        if not is_shown_completely(output, widgets):
            message = "a result is a widget: pages have no kernel and show only its text"
            yield Remark(cell, None, message, "print or display what readers should see")
    elif data and SHOWN_TYPES.isdisjoint(data):
        yield Remark(
            cell,
            None,
            f"a result has no format that pages can show, only {', '.join(sorted(data))}",
            "also display it as text, HTML or an image",
        )


def loaded_urls(results: Iterable[tuple[Cell, CellRun | None]]) -> Iterator[tuple[Cell, str]]:
    """Yield what results load from the network when the page is viewed, with their cells."""
    for cell, run in results:
        for output in run.outputs if run else ():
            yield from ((cell, url) for url in _remote(output.get("data", {})))


def load_warning(urls: Collection[str]) -> tuple[str, str]:
    """Return the message and the hint of the single warning about them in a deck."""
    several = f"{len(urls)} resources, such as " if len(urls) > _LISTED else ""
    return (
        "a result is loaded from the network when the page is viewed: "
        + several
        + ", ".join(sorted(urls)[:_LISTED]),
        "install vl-convert-python for the Python that runs the decks"
        if any("/vega-" in url for url in urls)
        else "configure the library to embed its scripts in the page, or show an image",
    )


def _shown_html(data: Mapping[str, Any]) -> str:
    """Return a result as HTML, without what pages add to it; nothing for a picture."""
    for kind in ("text/html", "text/markdown", "text/vnd.mermaid", "text/latex"):
        text: str = data.get(kind, "")
        if "//" not in text:
            continue
        if kind == "text/markdown":
            return MarkdownRenderer().render(text, "en").html
        return mermaid(text) if kind == "text/vnd.mermaid" else text
    return ""


def _remote(data: Mapping[str, Any]) -> Iterator[str]:
    html = data.get("text/html", "")
    if shown := _shown_html(data):
        urls = (tag.value(URL_ATTRIBUTES.get(tag.name, "")) for tag in find_tags(shown))
        yield from filter(is_remote, urls)
        yield from (url for _, url in other_loads(shown))
    scripts = [match[2] for match in _SCRIPT.finditer(html)]
    for script in (*scripts, data.get("application/javascript", "")):
        if len(script) <= _LARGEST_LOADER:
            yield from (match[1] for match in _LOADED_BY_SCRIPT.finditer(script))
