"""Checks of whole pages: strict syntax, and what screen readers need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tinyhtml5.parser import HTMLParser


def problems_of(html: str) -> list[str]:
    """What is wrong with a page: errors of the parser, then what its readers would miss."""
    parser = HTMLParser(namespace_html_elements=False)
    root = parser.parse(html)
    errors = [f"line {line}: {code} {data}" for (line, _), code, data in parser.errors]
    return [*errors, *_missing(root)]


def _missing(root: Element) -> Iterator[str]:
    everything = [element for element in root.iter() if isinstance(element.tag, str)]
    if not root.get("lang"):
        yield "no lang"
    title = root.find("head/title")
    if title is None or not (title.text or "").strip():
        yield "no title"
    counts = Counter(element.tag for element in everything)
    for tag in ("h1", "main"):
        if counts[tag] != 1:
            yield f"{counts[tag]} elements {tag}"
    ids = Counter(element.get("id") for element in everything)
    yield from (f"id {name!r} is given {n} times" for name, n in ids.items() if name and n > 1)
    yield from ("img without alt" for e in everything if e.tag == "img" and e.get("alt") is None)
    for element in everything:
        if element.tag in ("a", "button", "summary") and not _name(element):
            yield f"{element.tag} without a name"
        if (href := element.get("href", "")).startswith("#") and href[1:] not in ("", *ids):
            yield f"no target {href}"


def _name(element: Element) -> str:
    images = "".join(image.get("alt") or "" for image in element.iter("img"))
    text = "".join(element.itertext())
    return (element.get("aria-label") or element.get("title") or text or images).strip()
