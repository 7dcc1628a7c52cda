"""Typos of one character in the mark of a hidden cell: each still hides it or is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from deck_reading import plain_deck, read_text_deck
from hypothesis import example, given
from hypothesis import strategies as st

from clm import ConversionError
from clm_plugin_notebook.audiences import Audience, shown_cells
from clm_plugin_notebook.decks.deck import Deck
from clm_plugin_notebook.decks.formats.markdown import read_markdown
from clm_plugin_notebook.decks.formats.myst import is_myst, read_myst
from clm_plugin_notebook.decks.formats.r_markdown import read_r_markdown
from clm_plugin_notebook.languages import PYTHON

SIGNS = " x#%[]\"'=,:;{}\\-_.\t`~+<>!|&*()/?@$^1"


def read_md(text: str) -> Deck:
    read = read_myst if is_myst(text, "deck.md") else read_markdown
    return read(plain_deck(text), PYTHON)


def read_rmd(text: str) -> Deck:
    return read_r_markdown(plain_deck(text, "deck.Rmd"), PYTHON)


REGION, FENCE = "\n<!-- #endregion -->", "\n```"
# The mark of a hidden cell, what follows the hidden text, and how a deck with it is read.
MARKS: tuple[tuple[str, str, Callable[[str], Deck]], ...] = (
    ('<!-- #region tags=["notes"] -->', REGION, read_md),
    ('<!-- #md tags=["del"] -->', REGION, read_md),
    ('<!-- #region {"slideshow": {"slide_type": "notes"}} -->', REGION, read_md),
    ('<!-- #raw tags=["private"] -->', "\n<!-- #endraw -->", read_md),
    ('```python tags=["private"]', FENCE, read_md),
    ('```bash tags=["remove-cell"]', FENCE, read_md),
    ('```python slideshow={"slide_type": "notes"}', FENCE, read_md),
    ("```{code-cell} python\n:tags: [remove-cell]", FENCE, read_md),
    ("```{code-cell}\n---\ntags:\n  - private\n---", FENCE, read_md),
    ("```{code-cell}\n---\nslideshow:\n  slide_type: notes\n---", FENCE, read_md),
    ("```{raw-cell}\n:tags: [private]\n", FENCE, read_md),
    ('```{code-cell}\n```\n\n+++ {"tags": ["notes"]}\n', "\n\n+++", read_md),
    ('```{python tags=c("private")}', FENCE, read_rmd),
    ("```{python, include=FALSE}", FENCE, read_rmd),
    ('<!-- #region tags=["notes"] -->', REGION, read_rmd),
    ('# + tags=["private"]', "", read_text_deck),
    ('# + [markdown] {"slideshow": {"slide_type": "notes"}}', "", read_text_deck),
)


def typos(mark: str) -> Iterator[str]:
    """The mark with one character left out, added, changed or exchanged with the next."""
    for i, sign in enumerate(mark):
        before, after = mark[:i], mark[i + 1 :]
        yield from (
            before + after,
            before + after[:1] + sign + after[1:],
            before + sign + sign + after,
        )
        for c in SIGNS:
            yield from (before + c + sign + after, before + c + after)
    yield from (mark + c for c in SIGNS)


def deck_with(number: int, mark: str) -> str:
    """A deck with the hidden cell between shown ones."""
    end, read = MARKS[number][1:]
    if read is read_text_deck:
        return f"# # Title\n\nx = 1\n\n{mark}\n# secret{end}\n\ny = 1\n"
    myst = "{code-cell} " * ("{code-cell}" in MARKS[number][0])
    shown = f"```{myst}python\nx = 1\n```\n"
    return f"# Title\n\n{shown}\n{mark}\nsecret{end}\n\n{shown}\nText\n"


def leaks(number: int, mark: str) -> bool:
    try:
        cells = MARKS[number][2](deck_with(number, mark)).cells
    except ConversionError:
        return False
    shown = shown_cells(cells, Audience("en", "completed", public=True, format="notebook"))
    return any("secret" in cell.source for cell in shown)


ALL = [(number, text) for number, (mark, *_) in enumerate(MARKS) for text in typos(mark)]


@pytest.mark.filterwarnings("ignore:All code cells in a MyST notebook")
@given(st.sampled_from(ALL))
@example((0, '<!-- #region tags=["notse"] -->'))
@example((1, '<!-- #md tags=["dl"] -->'))
@example((2, '<!-- #region {"slideshow": {"slde_type": "notes"}} -->'))
@example((4, 'x```python tags=["private"]'))
@example((5, '```bash tgs=["remove-cell"]'))
@example((7, "``x{code-cell} python\n:tags: [remove-cell]"))
@example((8, "```{code-cell}\n--\ntags:\n  - private\n---"))
@example((9, "```{code-cell}\n---\nslideshow:\n  #slide_type: notes\n---"))
@example((10, "```{raw-cell}x:tags: [private]\n"))
@example((12, '```{python tagsxc("private")}'))
@example((13, "```{python, inclde=FALSE}"))
@example((15, '# + tags=["pri"ate"]'))
def test_typo_never_shows_cell(typo: tuple[int, str]) -> None:
    assert not leaks(*typo)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:All code cells in a MyST notebook")
def test_no_typo_of_many_shows_cell() -> None:
    assert [typo for typo in ALL[::60] if leaks(*typo)] == []


@pytest.mark.parametrize("number", range(len(MARKS)))
def test_mark_hides_cell(number: int) -> None:
    assert not leaks(number, MARKS[number][0])
    assert "secret" in deck_with(number, "")


@pytest.mark.parametrize(
    "text",
    [
        "Use the ``{code-cell}`` directive, with `:tags: [remove-cell]`.",
        '```json\n{"tags": ["remove-cell"]}\n```',
        "The names are in [stats](https://example.org/start.html).",
        "See [the `r` tag.](https://example.org/questions/tagged/notes)",
        "Put a tag (s) start before it.",
    ],
)
def test_text_about_tags_accepted(text: str) -> None:
    deck = f"# Title\n\n```{{code-cell}}\nx = 1\n```\n\n{text}\n"
    assert [cell.type for cell in read_md(deck).cells] == ["markdown", "code", "markdown"]


def test_raw_cell_alone_is_myst() -> None:
    (cell,) = read_md("```{raw-cell}\n:tags: [private]\nx\n```\n").cells
    assert (cell.type, cell.tags) == ("raw", {"private"})
