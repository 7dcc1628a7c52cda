from __future__ import annotations

import pytest

from clm_plugin_drawio.fonts import read_font


@pytest.mark.parametrize(
    ("name", "family", "weight", "style"),
    [
        ("Comic Neue.woff2", "Comic Neue", "normal", "normal"),
        ("ComicNeue-Bold.ttf", "ComicNeue", "bold", "normal"),
        ("Comic Neue Italic.otf", "Comic Neue", "normal", "italic"),
        ("X-BoldItalic.WOFF", "X", "bold", "italic"),
    ],
)
def test_font_named_after_file(tmp_path, name, family, weight, style):
    (tmp_path / name).write_bytes(b"font")
    font = read_font(tmp_path / name)
    assert (font.family, font.weight, font.style) == (family, weight, style)
    assert font.url.startswith("data:font/")


def test_font_name_cannot_escape_rule(tmp_path):
    (tmp_path / 'a";} b{c.ttf').write_bytes(b"font")
    assert read_font(tmp_path / 'a";} b{c.ttf').rule.count('"') == 4
