"""Files that are copied beside sanitised pages, and that do what their author wants if opened."""

from __future__ import annotations

from collections.abc import Iterator

from clm import Diagnostic, Job, Place, Severity, active_content
from clm_plugin_notebook.decks.text.links import is_remote
from clm_plugin_notebook.pages.checks.check_page import URL_ATTRIBUTES
from clm_plugin_notebook.pages.html.loads import other_loads
from clm_plugin_notebook.pages.html.markup import find_tags
from clm_plugin_notebook.payload import SANITISED, TOPIC_FOLDER

_PAGES = (".htm", ".html", ".mht", ".mhtml", ".shtml", ".svg", ".svgz")
_XML = (".xht", ".xhtml", ".xml", ".xsl", ".xslt")
_LARGEST = 16 << 20  # bytes; larger files are warned of as they are


def is_page(name: str) -> bool:
    """Whether browsers may open a file of this name as a page of its own."""
    return name.lower().endswith((*_PAGES, *_XML))


def copied_files(job: Job, deck: str) -> Iterator[Diagnostic]:
    """Yield a warning for each file of the topic that runs scripts or loads something if opened.

    `deck` is the path of the job's source in its topic. Drawings of other jobs have no scripts.
    """
    topic = job.source.removesuffix(deck)
    for name in job.input_digests:
        folder, _, file = name.partition("/")
        if folder != TOPIC_FOLDER or file == deck or not is_page(file):
            continue
        path = job.folder / name
        if found := active_content(path):
            line, what = found
            message = f"`html: {SANITISED}` copies this file, which runs scripts if opened: {what}"
            hint = "remove the script, or the file; pictures of decks need none"
            yield Diagnostic(message, Severity.WARNING, Place(topic + file, line), hint)
        if path.stat().st_size > _LARGEST:
            continue
        text = path.read_bytes().replace(b"\0", b"").decode(errors="replace")
        for url in dict.fromkeys(_loaded(text)):
            line = _line_of(text, url)
            message = f"the file loads this from the network if opened: {url}"
            place = Place(topic + file, line)
            yield Diagnostic(message, Severity.WARNING, place, "copy it to the topic")


def _loaded(text: str) -> Iterator[str]:
    urls = (tag.value(URL_ATTRIBUTES.get(tag.name, "")) for tag in find_tags(text))
    yield from filter(is_remote, urls)
    yield from (url for _, url in other_loads(text))


def _line_of(text: str, url: str) -> int | None:
    found = text.find(url)
    return text.count("\n", 0, found) + 1 if found >= 0 else None
