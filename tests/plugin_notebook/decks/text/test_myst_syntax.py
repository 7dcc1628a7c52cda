"""Roles, targets, attributes, labels and comments of MyST."""

from __future__ import annotations

import pytest

from clm import Place
from clm_plugin_notebook.decks.formats.myst import read_myst
from clm_plugin_notebook.decks.templates import Expansion
from clm_plugin_notebook.decks.text.markdown_text import headings
from clm_plugin_notebook.languages import PYTHON
from clm_plugin_notebook.pages.html.fragments import Fragments

FRAGMENTS = Fragments()


def html(text: str) -> str:
    return FRAGMENTS.markdown(text, "en").html.strip()


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("{doc}`the loops <loops>`", "the loops"),
        ("{ref}`loops`", "loops"),
        ("{cite:p}`knuth`", "knuth"),
        ("{math}`a_1 * b_2 * c`", "$a_1 * b_2 * c$"),
        ("{kbd}`Ctrl`", "<kbd>Ctrl</kbd>"),
        ("H{sub}`2`O", "H<sub>2</sub>O"),
        ("{term}`a <b>c`", "{term}`a <b>c`"),
    ],
)
def test_role_shows_its_text(role: str, shown: str) -> None:
    expected = shown if "term" not in role else "a &lt;b&gt;c"
    assert html(f"see {role}") == f"<p>see {expected}</p>"


def test_unknown_role_remarked() -> None:
    made = FRAGMENTS.markdown("a\n\nb {unknown}`c`", "en")
    assert "{unknown}<code>c</code>" in made.html
    (remark,) = made.remarks
    assert (remark.line, remark.message) == (3, "the role `{unknown}` is unknown; it stays as text")


def test_target_is_anchor() -> None:
    assert html("(the-loops)=\n# Loops").startswith('<span id="the-loops"></span>\n<h1')


@pytest.mark.parametrize("text", ["(a)=b", "text (a)=", "    (a)=", "`(a)=`"])
def test_other_parentheses_are_text(text: str) -> None:
    assert "<span id=" not in html(text)


def test_heading_with_own_anchor() -> None:
    assert '<h2 id="own">Title<a class="anchor-link" href="#own"' in html("## Title {#own}")
    (heading,) = headings("## Title {#own .x}")
    assert (heading.text, heading.anchor) == ("Title", "own")


def test_formula_with_label() -> None:
    assert html("$$a=1$$ (eq-1)") == '<p><span id="eq-1"></span>$$a=1$$</p>'


@pytest.mark.parametrize("written", ["{width=50%}", '{width="50%"}', "{.c width=50%}"])
def test_picture_with_width(written: str) -> None:
    assert 'width="50%">' in html(f"![x](a.png){written}")


def test_unsafe_attributes_left_out() -> None:
    shown = html('![x](a.png){.c style="x"} [y](b.html){onclick="x" #d}')
    assert 'class="c"' in shown
    assert 'id="d"' in shown
    assert "style" not in shown
    assert "onclick" not in shown


@pytest.mark.parametrize(
    "text",
    ["a <!-- SECRET --> b", "<!-- SECRET\n\nSECRET -->", "<p>a<!-- SECRET --></p>", "<!-- SECRET"],
)
def test_comments_not_on_pages(text: str) -> None:
    assert "SECRET" not in html(text)


def test_myst_comments_not_in_cells() -> None:
    text = "# A\n% SECRET\ntext\n\n```text\n% kept\n```\n\n```{code-cell}\n%kept\n1\n```\n"
    expansion = Expansion(text, "deck.md", {}, lambda: text)
    expansion.place = lambda line, cell=None: Place("deck.md", line, cell=cell)  # type: ignore[method-assign]
    markdown, code = read_myst(expansion, PYTHON).cells
    assert markdown.source == "# A\n\ntext\n\n```text\n% kept\n```"
    assert code.source == "%kept\n1"
