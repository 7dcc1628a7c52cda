"""Lines of Markdown decks and MyST notebooks that may be meant as headers or metadata of cells."""

from __future__ import annotations

import pytest
from deck_reading import plain_deck

from clm import ConversionError
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.formats.markdown import read_markdown
from clm_plugin_notebook.decks.formats.myst import read_myst
from clm_plugin_notebook.languages import PYTHON


def fenced(start: str, text: str = "secret", mark: str = "```") -> str:
    return f"{start}\n{text}\n{mark}\n"


@pytest.mark.parametrize(
    "text",
    [
        '```text\nopen\n\n<!-- #region tags=["notes"] -->\nsecret\n<!-- #endregion -->',
        "```python\nopen\n\n<!-- #region -->\ntext\n<!-- #endregion -->",
        "# Title\n\n%% a comment\n",
        fenced("```python", "# %% [markdown]"),
        '<!-- #Region tags=["notes"] -->\nsecret\n<!-- #endregion -->',
        '<!-- region tags=["notes"] -->\nsecret',
        '  <!-- #region tags=["notes"] -->\nsecret',
        '<!-- #region -->\nopen\n<!-- #region tags=["notes"] -->\nsecret\n<!-- #endregion -->',
        '<!-- #region tags=["notes"]\n-->\nsecret',
        '<!-- #region tags=["notes"] --> more\nsecret',
        '# %% [markdown] tags=["notes"]\nsecret',
        fenced('~~~python tags=["private"]', mark="~~~"),
        fenced('  ```python tags=["private"]'),
        fenced('```{python} tags=["private"]'),
        fenced("```{python}\n#| tags: [private]"),
        fenced("```{python}\n#| include: false"),
        fenced('- ```python tags=["private"]'),
        fenced('> ```python tags=["private"]'),
        'open\n\n+++ {"tags": ["notes"]}\nsecret',
        '<!-- #region tags=["notes"] -->\n```\n<!-- #endregion -->\nsecret\n```\n',
        "<!-- #region -->\n" + fenced('```python tags=["private"]') + "<!-- #endregion -->",
    ],
)
def test_markdown_lookalike_is_error(text: str) -> None:
    with pytest.raises(ConversionError):
        read_markdown(plain_deck(text), PYTHON)


@pytest.mark.parametrize(
    "start", ['```bash tags=["private"]', '```python .noeval tags=["private"]']
)
def test_shown_fence_has_tags(start: str) -> None:
    (cell,) = read_markdown(plain_deck(fenced(start)), PYTHON).cells
    name = start.split()[0]
    assert cell == Cell("markdown", f"{name}\nsecret\n```", frozenset({"private"}))


@pytest.mark.parametrize(
    "text",
    [
        fenced("```html", '<p lang="de">'),
        fenced("```markdown", "<!-- #region -->\n# %% [markdown]"),
        fenced('```js title="x"'),
        "% a comment\n\n<!-- the region of the north -->\n\n- 50 % [1]\n",
    ],
)
def test_ordinary_markdown_accepted(text: str) -> None:
    (cell,) = read_markdown(plain_deck(text), PYTHON).cells
    assert cell.source == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        '++ {"tags": ["notes"]}\nsecret',
        '+++ {"tags": ["notes"]\nsecret',
        '+++ tags=["notes"]\nsecret',
        '+++ {"tag": ["notes"]}\nsecret',
        fenced("```{code-cell}\n:tag: [private]\n"),
        fenced("```{code-cell}\n:tags: private\n"),
        fenced("```{code-cell}\ntags: [private]\n"),
        fenced("```{code-cell}\n\n:tags: [private]\n"),
        fenced("```{code-cell} :tags: [private]\n"),
        fenced("```{code-cell} python :tags: [private]\n"),
        fenced("```{code_cell}\n:tags: [private]\n"),
        fenced(":::{code-cell}\n:tags: [private]\n", mark=":::"),
        fenced("```{Code-Cell}\n:tags: [private]\n"),
        "- item\n\n  ```{code-cell}\n  :tags: [private]\n  secret\n  ```",
        '<!-- #region tags=["notes"] -->\nsecret\n<!-- #endregion -->',
    ],
)
def test_myst_lookalike_is_error(text: str) -> None:
    with pytest.raises(ConversionError):
        read_myst(plain_deck(f"# A\n\n{text}\n"), PYTHON)


def test_ordinary_myst_accepted() -> None:
    code = "class A:\n    tags: list[str]\n    lang: str"
    text = f"{fenced('```{note}', 'x')}\n{fenced('```{code-cell}', code)}"
    assert [cell.type for cell in read_myst(plain_deck(text), PYTHON).cells] == ["markdown", "code"]


COMMENTS = """\
% secret 1

  % secret 2

- item
  % secret 3
    % secret 4

> % secret 5

```{note}
% secret 6
```

:::{tip}
% secret 7
:::
"""
CODE = """\
```latex
% shown
```

````{note}
```latex
% shown
```
% secret
````

```{code-block} latex
% shown
```
"""


def test_myst_comments_are_removed() -> None:
    text = fenced("```{code-cell}") + "\n+++\n\n" + COMMENTS
    _, shown = read_myst(plain_deck(text), PYTHON).cells
    assert "secret" not in shown.source
    assert shown.source.count("\n") == COMMENTS.rstrip("\n").count("\n")


@pytest.mark.parametrize(("text", "count"), [(CODE, 3), ("Code:\n\n    % shown\n", 1)])
def test_percent_in_code_is_no_comment(text: str, count: int) -> None:
    deck = read_myst(plain_deck(fenced("```{code-cell}", "x") + "\n+++\n\n" + text), PYTHON)
    assert deck.cells[1].source.count("% shown") == count
    assert "secret" not in deck.cells[1].source


def test_region_with_closed_fence_accepted() -> None:
    text = '<!-- #region tags=["notes"] -->\n```\nx\n```\n<!-- #endregion -->\nshown\n'
    notes, shown = read_markdown(plain_deck(text), PYTHON).cells
    assert (notes.tags, shown.source) == ({"notes"}, "shown")
