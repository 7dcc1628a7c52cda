"""Script elements of pages."""

from __future__ import annotations

from clm_plugin_notebook.pages.layout.assets import PLACE, early_scripts, late_scripts, with_scripts


def nowhere(name: str) -> str:
    return ""


def test_scripts_replace_each_place() -> None:
    html = f"<p>a</p>{PLACE}<p>b</p>{PLACE}".encode()
    assert with_scripts(html, [b"<x>", b"</x>"]) == b"<p>a</p><x></x><p>b</p><x></x>"


def test_page_without_place_stays() -> None:
    assert with_scripts(b"<p>a</p>", [b"<x>"]) == b"<p>a</p>"


def test_large_scripts_come_late() -> None:
    names = ("jquery", "require", "mathjax", "reveal")
    assert len(list(early_scripts(names, nowhere))) == 2
    late = b"".join(late_scripts(names, nowhere)).decode().splitlines()
    assert [line.partition(">")[0] for line in late] == [
        '<script id="clm-mathjax" type="text/plain"',
        '<script id="clm-reveal" type="text/plain"',
    ]


def test_linked_scripts_have_addresses() -> None:
    names = ("jquery", "mathjax")
    assert list(early_scripts(names, "a/{}.js".format)) == [
        '<script id="clm-jquery" src="a/jquery.js"></script>'
    ]
    assert b"".join(late_scripts(names, "a/{}.js".format)) == (
        b'<script id="clm-mathjax" type="text/plain" data-src="a/mathjax.js"></script>'
    )
