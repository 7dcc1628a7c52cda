"""Sanitising of SVG pictures: no scripts, nothing loaded from elsewhere."""

from __future__ import annotations

import re
from xml.etree import ElementTree

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_FORBIDDEN = {"script", "foreignobject", "iframe", "object", "embed", "set", "animate"}
_SHAPES = {"rect", "line", "path", "polygon", "polyline", "ellipse", "circle", "text", "image"}
_LINK = re.compile(r"(https?://|mailto:|#|[^:]*$)", re.IGNORECASE)
_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", re.IGNORECASE)
_CSS_LOADS = re.compile(r"@import|expression\s*\(|url\s*\(\s*[\"']?(?!#|data:)", re.IGNORECASE)


def sanitised(svg: bytes) -> bytes:
    """The picture without scripts, handlers, comments and external references.

    Raises:
        ValueError: the picture is not XML, or has a document type.
    """
    if re.search(rb"<!(DOCTYPE|ENTITY)", svg, re.IGNORECASE):
        raise ValueError("the picture has a document type")
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise ValueError(f"the picture is not XML: {error}") from error
    _clean(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def texts(svg: bytes) -> list[str]:
    """The content of each text element, with ordinary spaces for non-breaking ones."""
    root = ElementTree.fromstring(svg)
    return ["".join(e.itertext()).replace("\xa0", " ") for e in root.iter(f"{{{_SVG}}}text")]


def is_blank(svg: bytes) -> bool:
    """Whether nothing is drawn in the picture."""
    root = ElementTree.fromstring(svg)
    return not any(_local(e.tag) in _SHAPES for e in root.iter() if isinstance(e.tag, str))


def _clean(element: ElementTree.Element) -> None:
    for child in list(element):
        if not isinstance(child.tag, str) or _local(child.tag) in _FORBIDDEN:
            element.remove(child)
        else:
            _clean(child)
    for name, value in list(element.attrib.items()):
        if not _is_harmless(_local(element.tag), _local(name), value):
            del element.attrib[name]
    if _local(element.tag) == "style" and _CSS_LOADS.search("".join(element.itertext())):
        element.clear()


def _is_harmless(tag: str, name: str, value: str) -> bool:
    if name.startswith("on"):
        return False
    if name in ("href", "src"):
        value = value.strip()
        return bool((_LINK if tag == "a" else _IMAGE).match(value)) or value.startswith("#")
    return not _CSS_LOADS.search(value)


def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()
