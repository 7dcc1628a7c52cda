"""Links in the Markdown of cells, found and replaced."""

from __future__ import annotations

import pytest

from clm_plugin_notebook.decks.text.link_texts import NewTarget, link_url, replace_links
from clm_plugin_notebook.decks.text.links import FoundLink


def replaced(source: str, text: str = "") -> str:
    def change(link: FoundLink) -> NewTarget | None:
        return NewTarget("B.html", text) if link.url.startswith("clm:b") else None

    return replace_links(source, change)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[b](clm:b) [c](clm:c)", "[b](B.html) [c](clm:c)"),
        ("[b](clm:b#x 'title')", "[b](B.html 'title')"),
        ("[b]( <clm:b> )", "[b]( B.html )"),
        ("[![p](p.png)](clm:b)", "[![p](p.png)](B.html)"),
        ("[a `]` b](clm:b)", "[a `]` b](B.html)"),
        ("[two\nlines](clm:b)", "[two\nlines](B.html)"),
        ("See [b].\n\n[b]: clm:b 'title'", "See [b].\n\n[b]: B.html 'title'"),
        ("<a class=x href='clm:b'>b</a>", "<a class=x href='B.html'>b</a>"),
        ('<A HREF="clm:b">b</A>', '<A HREF="B.html">b</A>'),
        ("<a href=clm:b>b</a>", '<a href="B.html">b</a>'),
        ("<clm:b>", "[clm:b](B.html)"),
        ("- item\n\n    [b](clm:b)", "- item\n\n    [b](B.html)"),
        ("> [b](clm:b)", "> [b](B.html)"),
        ("| [b](clm:b) |\n|---|", "| [b](B.html) |\n|---|"),
        ("```{note}\n[b](clm:b)\n```", "```{note}\n[b](B.html)\n```"),
        (":::{tip}\n[b](clm:b)\n:::", ":::{tip}\n[b](B.html)\n:::"),
        ("text\n    [b](clm:b)", "text\n    [b](B.html)"),
        ("`` ` `` [b](clm:b) `c`", "`` ` `` [b](B.html) `c`"),
        ("`open [b](clm:b)", "`open [b](B.html)"),
    ],
)
def test_link_replaced(written: str, shown: str) -> None:
    assert replaced(written) == shown


@pytest.mark.parametrize(
    "source",
    [
        "`[b](clm:b)`",
        "``[b](clm:b) ` ``",
        "`two\nlines [b](clm:b)`",
        "```\n[b](clm:b)\n```",
        "~~~ md\n[b](clm:b)\n~~~",
        "````\n```\n[b](clm:b)\n````",
        "> ```\n> [b](clm:b)\n> ```",
        "- item\n  ```\n  [b](clm:b)\n  ```",
        "```{code-block} md\n[b](clm:b)\n```",
        "text\n\n    [b](clm:b)\n    [c](clm:b)",
        "<!-- [b](clm:b) -->",
        "![b](clm:b)",
        "\\[b\\](clm:b)",
        "[^b]: clm:b",
        "clm:b is text",
    ],
)
def test_code_and_text_left_alone(source: str) -> None:
    assert replaced(source) == source


def test_link_without_text_gets_title() -> None:
    assert replaced("[](clm:b) [x](clm:b)", "A [b]*") == r"[A \[b\]\*](B.html) [x](B.html)"


def test_automatic_link_gets_title() -> None:
    assert replaced("<clm:b>", "Loops") == "[Loops](B.html)"


def test_url_valid_in_markdown_and_html() -> None:
    assert link_url('../Woche 2/01 Ä(1)"<b>.html', "x") == (
        "../Woche%202/01%20%C3%84%281%29%22%3Cb%3E.html#x"
    )
