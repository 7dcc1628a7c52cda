"""Warnings about markup that a page shows as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.pages.html.fragments import Fragments

FRAGMENTS = Fragments()


def found(source: str) -> list[tuple[int, str]]:
    return [(r.line, r.message.split(" is ")[0]) for r in FRAGMENTS.markdown(source, "en").remarks]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("<div>\n![x](a.png)\n</div>", "a picture"),
        ("![x](no file here)", "a picture"),
        ("<p>\n[x](a.html)\n</p>", "a link"),
        ("[x](two words)", "a link"),
        ("![" * 5_000 + "x](two words)", "a picture"),
        (f"![{'x' * 1_001}](two words)", "a link"),
        ("a | b\n--- | --- | ---", "a table"),
        ("<div>\n| a | b |\n|---|---|\n</div>", "a table"),
        ("| a | b | c |\n|:---|---:|\n| 1 | 2 |", "a table"),
        ("one $$ only", "maths"),
        ("<div>\n:::{note}\nx\n:::\n</div>", "a block"),
        ("a[^missing] b", "a footnote"),
        ("> [!FOO]\n> x", "an alert"),
        ("> [!NOTE]\n> > [!BAR] x", "an alert"),
    ],
)
def test_markup_left_in_text_warned(source: str, name: str) -> None:
    remarks = found(f"Text\n\n```\n{source}\n```\n\n{source}")
    assert {kind for _, kind in remarks} == {name}
    assert min(line for line, _ in remarks) > 5 + source.count("\n")


@pytest.mark.parametrize(
    "source",
    [
        "`![x](a b)` and `| --- |` and `$$` and `:::` and `[^1]` and `> [!NOTE]`",
        "```\n![x](a b)\n| --- |\n$$\n:::\n[^1]\n> [!NOTE]\n```",
        "    ![x](a b)\n    | --- |\n    $$",
        "<pre>\n| --- | ::: $$ [^1]\n</pre>",
        "$$\n[a](b) ::: [^1]\n$$",
        "$[f](x)$ and $x[^1]$",
        "<!-- ![x](a b) -->",
        "![x](a.png) [y](b.html) a[^1]\n\n[^1]: note\n\n| a |\n|---|\n| b |",
        "a::b and x[!] and a|---b",
    ],
)
def test_rendered_markup_and_code_not_warned(source: str) -> None:
    assert found(source) == []


def test_each_line_warned_once() -> None:
    assert found("[^a] [^a]\n\ntext [^b]\n[^a]") == [
        (1, "a footnote"),
        (4, "a footnote"),
        (3, "a footnote"),
    ]


def test_unused_footnote_stays_visible() -> None:
    made = FRAGMENTS.markdown("text\n\n[^n]: A *note*.", "en")
    assert "[n] A <em>note</em>." in made.html
    assert [(r.line, r.message) for r in made.remarks] == [
        (3, "the footnote `[^n]` is used nowhere")
    ]


PIECES = st.sampled_from(
    [
        *("[", "]", "(", ")", "![", "](", "a b.png", "$", "$$", "\\", "\\(", "\\)", "\\[", "\\]"),
        *("\n", "\n\n", "> ", "[!NOTE]", ":::", "{note}", "```", "```{note}\n", "|", "---", " "),
        *("| a | b |\n|---|---|\n", "[^1]", "[^1]: ", "- ", "- [x] ", "    ", "# ", "==", "é", "x"),
        *("\\begin{a}", "\\end{a}", "*", "**", "_", "<div>", "</div>", "<!--", "-->", "<h1>", "`"),
        *(
            "http://x.y/",
            "a@b.c",
            "{1,2}",
            ":class: x\n",
            ": ",
            "\u2028",
            "\0",
            "\t",
            "::::{tip}\n",
        ),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_shown_and_remarks_have_lines(source: str) -> None:
    remarks = FRAGMENTS.markdown(source, "en").remarks
    assert all(1 <= remark.line <= source.count("\n") + 1 for remark in remarks)


@pytest.mark.parametrize("opening", [":::{note}\n", "> ", "- ", "[", "```{note}\n"])
def test_deep_nesting_is_no_failure(opening: str) -> None:
    assert FRAGMENTS.markdown(opening * 500 + "text", "en").html
