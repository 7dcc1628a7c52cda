from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import tinycss2  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st

from clm_plugin_drawio.styles import harmless_declarations, harmless_stylesheet, is_harmless_value


@pytest.mark.parametrize(
    "style",
    [
        "color: red; font-family: Arial;",
        "fill: light-dark(#ffffff, var(--ge-dark-color, #121212));",
        "fill: url(#gradient);",
        'background: url("data:image/png;base64,AAAA");',
    ],
)
def test_harmless_declarations_are_kept(style):
    assert harmless_declarations(style).replace(" ", "") == style.replace(" ", "")


@pytest.mark.parametrize(
    "declaration",
    [
        "background: url(http://evil.example/a.png)",
        "background: url('//evil.example/a.png')",
        r"background: \75rl(http://evil.example/a.png)",
        r"background: u\72l('http://evil.example/a.png')",
        "background: image-set('http://evil.example/a.png' 1x)",
        "background: -webkit-image-set(url(http://evil.example/a.png) 1x)",
        "--x: url(http://evil.example/a.png)",
        "width: calc(1px + url(http://evil.example))",
        "position: fixed",
        r"position: f\69xed",
        "position: sticky",
        "behavior: url(#default#time2)",
        "-moz-binding: url(#x)",
        "width: expression(alert(1))",
        "background: url(data:text/html,hello)",
        "background: url(file:///etc/passwd)",
    ],
)
def test_harmful_declaration_is_dropped(declaration):
    kept = harmless_declarations(f"color: red; {declaration}; margin: 0")
    assert kept.replace(" ", "") == "color:red;margin:0;"


@pytest.mark.parametrize(
    "rule",
    [
        "@import 'http://evil.example/a.css';",
        "@import url(http://evil.example/a.css);",
        "a { background: url(http://evil.example/a.png) }",
        "@font-face { font-family: X; src: url(http://evil.example/a.woff) }",
        "@media print { a { background: url(http://evil.example/a.png) } }",
        "div { position: fixed }",
        "@supports (a: b) { @import 'http://evil.example/a.css'; }",
    ],
)
def test_harmful_rule_is_dropped(rule):
    assert harmless_stylesheet(f"p {{ color: red }} {rule}") == "p { color: red }"


def test_embedded_font_is_kept():
    rule = '@font-face { font-family: X; src: url("data:font/woff2;base64,AAAA") }'
    assert "data:font/woff2" in harmless_stylesheet(rule)


@pytest.mark.parametrize("value", ["url(http://a/b)", "url(//a)", r"\75rl(http://a)", "src('x')"])
def test_fetching_attribute_is_detected(value):
    assert not is_harmless_value(value)


_PIECES = st.sampled_from(
    [
        *("url(", r"u\72l(", "src(", "image-set(", "'http://a'", "http://a", "data:image/a", "#b"),
        *(")", "(", "{", "}", ";", ":", '"', "'", "/*", "*/", "\\", " ", "\n"),
        *("color", "a", "red", "@import "),
    ]
)


def addresses(tokens: Iterable[Any]) -> Iterator[str]:
    """The addresses that a browser fetches for these tokens of a style."""
    for token in tokens:
        inner = getattr(token, "arguments", None) or getattr(token, "content", None) or []
        if token.type == "url":
            yield token.value
        elif token.type == "function" and token.lower_name in ("url", "src", "image-set"):
            yield from (text.value for text in inner if text.type == "string")
        yield from addresses(inner)


@given(st.lists(_PIECES, max_size=20).map("".join))
@example("a:aurl('http://a'")  # a function of another name, which fetches nothing
def test_kept_style_fetches_nothing(style):
    kept = harmless_declarations(style)
    fetched = addresses(tinycss2.parse_component_value_list(kept))
    assert not [address for address in fetched if address.strip().startswith("http")]
    assert harmless_declarations(kept) == kept
