from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.decks.headers import Header, HeaderError, parse_header


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("", Header()),
        ("[markdown]", Header("markdown")),
        ("[md]", Header("markdown")),
        ("[code]", Header()),
        ("[raw]", Header("raw")),
        ('lang="de"', Header(language="de")),
        ('tags=["keep"]', Header(tags=("keep",))),
        ('[markdown] lang="en"  tags=["slide"]', Header("markdown", ("slide",), "en")),
        ('[markdown] tags=["alt", "slide"] lang="de"', Header("markdown", ("alt", "slide"), "de")),
        ('A title [markdown] lang="de"', Header("markdown", (), "de")),
        ("Only a title", Header()),
        ('A title tags=["keep"]', Header(tags=("keep",))),
        ('slideshow={"slide_type": "slide"}', Header(slide_type="slide")),
        (
            '[markdown] {"slideshow": {"slide_type": "subslide"}, "lang": "de", "tags": ["alt"]}',
            Header("markdown", ("alt",), "de", "subslide"),
        ),
        ('tags=["keep", "keep"]', Header(tags=("keep",))),
        ('{"lang": "de"} tags=["keep"]', Header(tags=("keep",), language="de")),
    ],
)
def test_valid_header_has_no_remarks(text: str, header: Header) -> None:
    assert parse_header(text) == header


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('tags = ["keep"]', Header(tags=("keep",))),
        ('[markdown] lang="de" tags=["slide"', Header("markdown", ("slide",), "de")),
        ('[markdown] lang="en"]', Header("markdown", (), "en")),
        ('[markdown lang="en"', Header("markdown", (), "en")),
        ("[markdown] lang='en'", Header("markdown", (), "en")),
        ("[markdown] lang=en", Header("markdown", (), "en")),
        ("tags=['keep', 'alt']", Header(tags=("keep", "alt"))),
        ("tags=[keep]", Header(tags=("keep",))),
        ('tags="keep"', Header(tags=("keep",))),
        ('tags=["keep"],', Header(tags=("keep",))),
    ],
)
def test_mistyped_header_read_with_remark(text: str, expected: Header) -> None:
    header = parse_header(text)
    assert header.remarks
    assert (header.type, header.tags, header.language) == (
        expected.type,
        expected.tags,
        expected.language,
    )


@pytest.mark.parametrize(
    "text",
    [
        'tags=["slide" lang="de"',
        'tags=["slide""keep"]',
        'tags=["private',
        "tags=[1]",
        "tags=5",
        "tags=",
        'lang="',
        "lang=5",
        'lang="de" lang="en"',
        "[sql]",
        'tags=["a"] [markdown]',
        '{"tags": ["a"',
        '{"tags": ["a"]} tags=["b"]',
        '{"tags": ["notes"], "tags": ["b"]}',
        'slideshow={"slide_type": "notes", "slide_type": "slide"}',
        '[markdown] "slide"',
    ],
)
def test_ambiguous_header_rejected(text: str) -> None:
    with pytest.raises(HeaderError):
        parse_header(text)


@given(st.text(alphabet="[]{}=\"', markdowntgsl-", max_size=40))
def test_any_text_parsed_or_rejected(text: str) -> None:
    try:
        header = parse_header(text)
    except HeaderError:
        return
    assert header.type in {"code", "markdown", "raw"}


@given(
    st.sampled_from(["code", "markdown", "raw"]),
    st.lists(st.sampled_from(["slide", "keep", "alt", "my-tag"]), unique=True),
    st.sampled_from([None, "de", "en"]),
)
def test_header_round_trip(cell_type: str, tags: list[str], language: str | None) -> None:
    quoted = ", ".join(f'"{tag}"' for tag in tags)
    text = f"[{cell_type}]" + (f' lang="{language}"' if language else "") + f" tags=[{quoted}]"
    assert parse_header(text) == Header(cell_type, tuple(tags), language)


@pytest.mark.parametrize(
    ("text", "split"), [('cell_style="split"', True), ('cell_style="center"', False), ("", False)]
)
def test_cell_style_of_rise(text: str, split: bool) -> None:
    header = parse_header(text)
    assert (header.split, header.others) == (split, {})


def test_unknown_cell_style_fails() -> None:
    with pytest.raises(HeaderError, match="must be one of split, center"):
        parse_header('cell_style="half"')
