"""Sanitising of SVG pictures: no scripts, no requests, images embedded.

The engine draws them from untrusted diagrams, so only known elements are kept, and only URLs
that point into the picture or that a reader may follow.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from urllib.parse import unquote, urlsplit

from attrs import define, field
from lxml import etree

from clm_plugin_drawio.browser import ORIGIN
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import RendererError
from clm_plugin_drawio.styles import (
    harmless_declarations,
    harmless_stylesheet,
    is_harmless_value,
    names,
)

_SVG = "{http://www.w3.org/2000/svg}"
_HTML = "{http://www.w3.org/1999/xhtml}"

_SVG_ELEMENTS = names(
    "a circle clipPath defs desc ellipse filter foreignObject g image line linearGradient "
    "marker mask path pattern polygon polyline radialGradient rect stop style svg switch "
    "symbol text textPath title tspan use feBlend feColorMatrix feComponentTransfer "
    "feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight "
    "feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge "
    "feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile "
    "feTurbulence"
)
_HTML_ELEMENTS = names(
    "a abbr b big blockquote br caption center cite code col colgroup dd del dfn div dl dt "
    "em figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd label li mark ol p pre q "
    "s samp section small span strike strong sub sup table tbody td tfoot th thead tr tt u "
    "ul var wbr style mjx-container mjx-break"
)
# Removed with their content; other unknown HTML elements become `span`.
_REMOVED = names(
    "script iframe frame frameset object embed applet audio video source track link meta "
    "base template noscript select textarea input param portal head title set animate "
    "animateMotion animateTransform mpath handler listener mjx-assistive-mml"
)
_URL_ATTRIBUTES = names(
    "action archive background base cite classid codebase content data dynsrc formaction "
    "http-equiv longdesc lowsrc manifest ping poster profile srcdoc srcset target usemap"
)
_LINK_SCHEMES = ("http", "https", "mailto")
_INNER_IMAGE = re.compile(r"data:image/", re.I)
# Characters that a label may contain, but XML may not.
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ID_REFERENCE = re.compile(r"#([^\s\"')]+)")
_SIZE = re.compile(r"\s*([0-9.]+)(?:px)?\s*")


@define
class Picture:
    """A sanitised SVG, its size in CSS pixels, and the URLs of its missing images."""

    svg: str
    width: int
    height: int
    missing_images: list[str]


def sanitise(svg: str, engine: Engine) -> Picture:
    """The engine's SVG without anything active, with all its images embedded.

    Raises:
        RendererError: the text is not SVG, or has no size.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_INVALID.sub("", svg).encode(), parser)
    except etree.XMLSyntaxError as error:
        raise RendererError(f"the drawn SVG is damaged: {error}") from error
    cleaner = _Cleaner(engine)
    cleaner.clean(root)
    _number_ids(root)
    return Picture(
        etree.tostring(root, encoding="unicode", with_tail=False),
        _pixels(root, "width"),
        _pixels(root, "height"),
        sorted(cleaner.missing),
    )


def _pixels(root: etree._Element, name: str) -> int:
    match = _SIZE.fullmatch(root.get(name, ""))
    if match is None:
        raise RendererError(f"the drawn SVG has no {name}")
    return max(1, round(float(match[1])))


@define
class _Cleaner:
    engine: Engine
    missing: set[str] = field(factory=set)

    def clean(self, root: etree._Element) -> None:
        for element in list(root.iter()):
            if not isinstance(element.tag, str):
                _remove(element)  # an entity
            elif element is root or element.getparent() is not None:
                self._clean_element(element)

    def _clean_element(self, element: etree._Element) -> None:
        namespace, _, name = element.tag.rpartition("}")
        known = {_SVG: _SVG_ELEMENTS, _HTML: _HTML_ELEMENTS}.get(namespace + "}", frozenset())
        if name not in known:
            if name in _REMOVED or namespace + "}" != _HTML:
                _remove(element)
                return
            element.tag = f"{_HTML}span"
        if name == "style":
            element.text = harmless_stylesheet(element.text or "")
        for attribute, value in list(element.attrib.items()):
            kept = self._kept(element, str(attribute).rpartition("}")[2].lower(), str(value))
            if kept is None:
                del element.attrib[attribute]
            elif kept != value:
                element.set(attribute, kept)

    def _kept(self, element: etree._Element, name: str, value: str) -> str | None:
        """The harmless value of an attribute, or None to remove it."""
        if name.startswith("on") or name in _URL_ATTRIBUTES:
            return None
        if name == "style":
            return harmless_declarations(value)
        if name in ("href", "src"):
            return self._url(element.tag.rpartition("}")[2], value.strip())
        return value if is_harmless_value(value) else None

    def _url(self, element: str, url: str) -> str | None:
        if element in ("image", "img", "feImage"):
            return self._image(url)
        if url.startswith("#"):
            return url
        if element == "a" and _scheme(url) in _LINK_SCHEMES:
            return url
        return None

    def _image(self, url: str) -> str | None:
        if _INNER_IMAGE.match(url):
            return url
        name = unquote(url.removeprefix(ORIGIN).lstrip("/"))
        if name in self.engine.names:
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            return f"data:{kind};base64,{base64.b64encode(self.engine.read(name)).decode()}"
        if url:
            self.missing.add(url.removeprefix(f"{ORIGIN}/")[:200])
        return None


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return ""


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is None:
        raise RendererError("the drawn picture is not SVG")
    if element.tail:
        previous = element.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _number_ids(root: etree._Element) -> None:
    """Renumber MathJax's ids, which depend on what the page has drawn before."""
    renamed: dict[str, str] = {}
    for element in root.iter():
        old = element.get("id")
        if old and old.startswith("MJX-"):
            renamed[old] = f"{root.get('id', 'math')}-{len(renamed) + 1}"
            element.set("id", renamed[old])
    if not renamed:
        return
    for element in root.iter():
        for attribute, value in element.attrib.items():
            if "#" in value:
                value = _ID_REFERENCE.sub(lambda m: f"#{renamed.get(m[1], m[1])}", str(value))
                element.set(attribute, value)
