from __future__ import annotations

import pytest
from lxml import etree

from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import RendererError
from clm_plugin_drawio.sanitising import Picture, sanitise

XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def clean(inner: str) -> Picture:
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'width="10px" height="20.4px">'
    )
    return sanitise(f"{head}{inner}</svg>", Engine())


def html(inner: str) -> Picture:
    return clean(f"<foreignObject><div {XHTML}>{inner}</div></foreignObject>")


def test_picture_size_is_read():
    picture = clean("<g/>")
    assert (picture.width, picture.height) == (10, 20)


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<g onload="alert(1)"/>',
        '<g ONCLICK="alert(1)"/>',
        '<image href="http://evil.example/a.png"/>',
        '<image xlink:href="//evil.example/a.png"/>',
        '<image href="file:///etc/passwd"/>',
        '<use href="http://evil.example/a.svg#b"/>',
        '<use href="data:image/svg+xml;base64,AAAA#b"/>',
        '<a href="javascript:alert(1)"><rect/></a>',
        '<a xlink:href=" JaVaScRiPt:alert(1)"><rect/></a>',
        '<a href="data:text/html,evil"><rect/></a>',
        '<rect fill="url(http://evil.example/a.svg#b)"/>',
        '<rect style="fill: url(http://evil.example/a.svg#b)"/>',
        '<set attributeName="href" to="javascript:alert(1)"/>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        "<style>@import 'http://evil.example';</style>",
        '<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>',
        '<evil xmlns="http://evil.example"/>',
        "<?xml-stylesheet href='http://evil.example'?>",
        "<!-- evil -->",
    ],
)
def test_dangerous_svg_is_removed(inner):
    text = clean(inner).svg
    assert not any(w in text.lower() for w in ("evil", "alert", "passwd", "data:", "<script"))


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<iframe src="http://evil.example"></iframe>',
        '<iframe srcdoc="evil"></iframe>',
        '<object data="http://evil.example"></object>',
        '<embed src="http://evil.example"/>',
        '<video src="http://evil.example" poster="http://evil.example"></video>',
        '<audio src="http://evil.example"/>',
        '<img src="http://evil.example/a.png"/>',
        '<img srcset="http://evil.example/a.png 2x"/>',
        '<img src="x" onerror="alert(1)"/>',
        '<link rel="stylesheet" href="http://evil.example"/>',
        '<meta http-equiv="refresh" content="0;url=http://evil.example"/>',
        '<base href="http://evil.example"/>',
        '<table background="http://evil.example/a.png"><tr><td>x</td></tr></table>',
        '<form action="http://evil.example"><input formaction="http://evil.example"/></form>',
        '<math href="javascript:alert(1)" xmlns="http://www.w3.org/1998/Math/MathML"/>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="vbscript:alert(1)">x</a>',
        '<p style="background: url(http://evil.example)">x</p>',
    ],
)
def test_dangerous_label_markup_is_removed(inner):
    text = html(inner).svg
    assert not any(w in text.lower() for w in ("evil", "alert", "<script", "<iframe"))


def test_web_links_are_kept():
    assert 'href="https://example.org/a?b=1"' in clean('<a href="https://example.org/a?b=1"/>').svg


def test_text_around_removed_element_kept():
    root = etree.fromstring(html("one<script>two</script>three<video/>four").svg)
    assert "".join(root.itertext()) == "onethreefour"


def test_unknown_label_element_becomes_span():
    assert ">text</span>" in html('<blink onclick="alert(1)">text</blink>').svg


def test_engine_images_are_embedded():
    name = next(n for n in sorted(Engine().names) if n.startswith("img/lib/azure2/"))
    for url in (name, f"/{name}", f"https://drawio.invalid/{name}"):
        picture = clean(f'<image href="{url}"/>')
        assert 'href="data:image/svg+xml;base64,' in picture.svg
        assert picture.missing_images == []


def test_missing_images_are_named():
    picture = clean('<image href="https://example.org/b.png"/><image href="a.png"/>')
    assert picture.missing_images == ["a.png", "https://example.org/b.png"]


def test_embedded_picture_is_kept():
    assert "data:image/png;base64,AAAA" in clean('<image href="data:image/png;base64,AAAA"/>').svg


def test_invalid_xml_characters_removed():
    assert ">ab</text>" in clean("<text>a\x0b\ufffeb</text>").svg


def test_mathjax_ids_are_renumbered():
    inner = '<defs><path id="MJX-{0}-TEX-A"/></defs><use xlink:href="#MJX-{0}-TEX-A"/>'
    assert clean(inner.format(1)).svg == clean(inner.format(77)).svg


def test_invalid_svg_is_refused():
    with pytest.raises(RendererError):
        sanitise("<svg", Engine())
