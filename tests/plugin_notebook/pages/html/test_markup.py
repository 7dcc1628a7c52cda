"""Tags in HTML: finding and changing them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.pages.html.markup import find_ids, find_tags, replace_images


def test_every_attribute_quoting_parsed() -> None:
    (tag,) = find_tags("""<IMG src='a > b.png' ALT="x &amp; y" width=3 hidden>""")
    assert tag.name == "img"
    assert tag.attributes == {"src": "a > b.png", "alt": "x & y", "width": "3", "hidden": None}


@pytest.mark.parametrize(
    "html",
    [
        "<!-- <img src='a.png'> -->",
        "<script>document.write('<img src=a.png>')</script>",
        "<style>/* <img> */</style>",
        "<pre>&lt;img src='a.png'&gt;</pre>",
    ],
)
def test_non_image_markup_ignored(html: str) -> None:
    assert [tag for tag in find_tags(html) if tag.name == "img"] == []


def test_heading_text_extracted() -> None:
    (tag, link) = find_tags('<h2 id="x">A <b>bold</b> one<a href="#x">¶</a></h2>after')
    assert (tag.name, tag.text) == ("h2", "A bold one¶")
    assert link.value("href") == "#x"


def test_image_attributes_added() -> None:
    html = '<p>a <IMG  src="x.png" /> <b>b</b></p>'
    changed = replace_images(html, lambda tag: {"alt": '"x"'})
    assert changed == '<p>a <img src="x.png" alt="&quot;x&quot;"> <b>b</b></p>'


@given(st.text(alphabet="<>!-'\"= /abimgscrpt\n"))
def test_no_change_keeps_html(html: str) -> None:
    assert replace_images(html, lambda _: {}) == html


def test_ids_are_found() -> None:
    assert list(find_ids('<h1 id="a&amp;b">x</h1><p id=\'c\'>id="d"</p>')) == ["a&b", "c"]
