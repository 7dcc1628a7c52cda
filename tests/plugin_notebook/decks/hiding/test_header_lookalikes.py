"""Lines that editors take for cell headers: each starts a cell, or is an error of the deck."""

from __future__ import annotations

import jupytext
import pytest
from deck_reading import read_text_deck
from hypothesis import example, given
from hypothesis import strategies as st

from clm import ConversionError
from clm_plugin_notebook.audiences import Audience, shown_cells
from clm_plugin_notebook.decks.deck import InvalidDeckError
from clm_plugin_notebook.languages import JAVA

# What starts a cell for VS Code, Spyder and PyCharm, and for jupytext in percent format.
EDITORS = (
    r"#[ \t]*%%[ -~]*",
    r"#[ \t]*<codecell>",
    r"#[ \t]*In\[[0-9]*\]:?",
    r"#[ \t]*In\[ \]:?",
    r"[ \t]*# ?%%+[ -~]*",
    r"[ \t]*#[ \t]*%%%*[ \t][ -~]*",
)


@pytest.mark.parametrize(
    "header",
    [
        '# %%[markdown] tags=["notes"]',
        '#%%[markdown] tags=["notes"]',
        '#%% [md] tags=["notes"]',
        '  # %%%[ markdown ] tags=["notes"]',
        '# %% Notes [markdown] tags=["notes"]',
        '#\t%%\t[markdown]\ttags=["notes"]',
        '#\u00a0%%\u00a0[markdown] tags=["notes"]',
        '#%% [markdown]tags=["notes"]',
    ],
)
def test_unambiguous_header_starts_cell(header: str) -> None:
    first, second = read_text_deck(f"# %%\nx = 1\n{header}\n# secret\n").cells
    assert first.source == "x = 1"
    assert (second.type, second.tags, second.source) == ("markdown", {"notes"}, "secret")


@pytest.mark.parametrize(
    "line",
    [
        '# % [markdown] tags=["notes"]',
        '## %% [markdown] tags=["notes"]',
        '%% [markdown] tags=["notes"]',
        '# + [markdown] tags=["notes"]',
        '# + tags=["private"]',
        "# %%secret",
        "#%%tags",
        "# <markdowncell>",
        "# In [3]:",
        "#%%md",
        '# \uff05\uff05 [markdown] tags=["notes"]',
        '\uff03 %% [markdown] tags=["notes"]',
        '\u200b# %% [markdown] tags=["notes"]',
        '# \u066a\u066a [markdown] tags=["notes"]',
        "# % % [markdown]",
        '/* %% [markdown] tags=["notes"] */',
        "-- %%",
        '""" %% [markdown]',
        '# [markdown] tags=["notes"]',
        '# tags=["notes"]',
        "# tags: [Notes]",
        '#| tags: ["private"]',
        "#| tags: notes",
        "# | tag: [keep, Notes]",
        "#| include: false",
        '# region tags=["notes"]',
    ],
)
def test_ambiguous_header_is_error(line: str) -> None:
    with pytest.raises(InvalidDeckError) as caught:
        read_text_deck(f"# %%\nx = 1\n\n{line}\n# secret\n")
    (error,) = caught.value.diagnostics
    assert "looks like a cell header" in error.message
    assert (error.place and error.place.line, error.excerpt) == (4, line)


@pytest.mark.parametrize("line", ["// %%[markdown]", "//%%[markdown]"])
def test_java_header_starts_cell(line: str) -> None:
    cells = read_text_deck(f"// %%\nint x;\n{line}\n// text\n", JAVA).cells
    assert [cell.type for cell in cells] == ["code", "markdown"]


@pytest.mark.parametrize("line", ["/// %%", "// % [markdown]", "//%%x"])
def test_java_lookalike_is_error(line: str) -> None:
    with pytest.raises(InvalidDeckError):
        read_text_deck(f"// %%\nint x;\n{line}\n", JAVA)


@pytest.mark.parametrize(
    "text",
    [
        "# %% [markdown]\n# ```mermaid\n# flowchart LR\n#     %% way in\n# %%[x]\n# ```\n",
        '# %%\ntext = """\n# % [markdown]\n#%%[markdown]\n"""\n',
        "# %%\n# %%time\nx = 1\n",
        "# %%\n%%html\n<b>bold</b>\n",
        "# %% [markdown]\n# 50 % [1] and 100 %\n",
        "# %%\nx = 7 %  [1][0]\n",
        '# %% [markdown]\n# Use `tags=["notes"]` for them.\n# `tags=["notes"]`\n',
        '# %%\ntags = ["notes"]\n# tags = ["mine"]\n',
        "# %%\n#| echo: false\n#| tags: mine\nx = 1\n",
    ],
)
def test_other_text_accepted(text: str) -> None:
    (cell,) = read_text_deck(text).cells
    (node,) = jupytext.reads(text, fmt="py:percent").cells
    assert (cell.type, cell.source) == (node.cell_type, node.source)


@given(st.one_of(*(st.from_regex(editor, fullmatch=True) for editor in EDITORS)))
def test_editor_header_never_ignored(line: str) -> None:
    try:
        cells = read_text_deck(f"# %% [markdown]\n# shown\n{line}\n# secret\n").cells
    except InvalidDeckError:
        return
    assert "secret" not in cells[0].source


HEADERS = ('# %% [markdown] tags=["notes"]', '# %% tags=["private", "keep"]')
SIGNS = " x#%[]\"'=,:;{}\\-_.\t"


def typos(header: str) -> set[str]:
    """The header with one character left out, added, changed or exchanged with the next."""
    found = set()
    for i, sign in enumerate(header):
        before, after = header[:i], header[i + 1 :]
        found |= {before + after, before + after[:1] + sign + after[1:]}
        found |= {text for c in SIGNS for text in (before + c + sign + after, before + c + after)}
    return found


@given(st.sampled_from(sorted(text for header in HEADERS for text in typos(header))))
@example('# x%% [markdown] tags=["notes"]')
@example('# %% ta gs=["private", "keep"]')
@example('# %% tags=["pri\tvate", "keep"]')
@example('# %% tags=["not\\es"]')
@example('# %% [markdown] tags=["n\\tes"]')
def test_no_typo_shows_cell(header: str) -> None:
    try:
        cells = read_text_deck(f"# %%\nx = 1\n{header}\n# secret\n").cells
    except ConversionError:
        return
    shown = shown_cells(cells, Audience("en", "completed", public=True))
    assert all("secret" not in cell.source for cell in shown)


LINES = st.sampled_from(
    [
        "",
        "x = 1",
        "# text",
        "# ```",
        "# ```mermaid",
        "#     %% indented",
        '"""',
        "'''",
        "# !ls",
        "%%time",
        "# %% [markdown]",
        "# %%",
        '# %% [raw] tags=["keep"]',
        '# %% tags=["keep"] language="html"',
        '# %% active="ipynb"',
        "# In[3]:",
        "# <codecell>",
        "    # %% indented header",
        "\x0c",
    ]
)


@given(st.lists(LINES, max_size=12))
@example(["# %% [markdown]", "# ```text", "# %% [markdown]", "# ```"])
def test_cells_are_those_of_jupytext(lines: list[str]) -> None:
    text = "\n".join(["# %%", *lines])
    nodes = jupytext.reads(text, fmt="py:percent").cells
    expected = [(node.cell_type, node.source) for node in nodes]
    try:
        found = read_text_deck(text).cells
    except InvalidDeckError:  # of a header in an open string or fence
        return
    assert [(cell.type, cell.source) for cell in found] == expected


@pytest.mark.parametrize(
    ("cell", "is_error"),
    [
        ('# %%\nx = """', True),
        ('# %%\nx = """\n# %% [markdown]\n"""', False),
        ("# %% [markdown]\n# ```python", False),
        ("# %% [markdown]\n# ```\n# %% [markdown]\n# ```", False),
        ('# %%\nx = 1  # no string: """', False),
    ],
)
@pytest.mark.parametrize("after", ["# %%\n1\n", '# %% [markdown] tags=["notes"]\n# secret\n'])
def test_header_in_open_string_is_error(cell: str, is_error: bool, after: str) -> None:
    text = f"{cell}\n\n{after}"
    if not is_error:
        assert len(read_text_deck(text).cells) == 2
        return
    with pytest.raises(InvalidDeckError, match="it is within a string"):
        read_text_deck(text)


@pytest.mark.parametrize("mark", ['"""', "'''"])
@pytest.mark.parametrize("attribute", ['tags=["notes"]', 'lang="de"'])
def test_hiding_header_in_string_is_error(mark: str, attribute: str) -> None:
    # The quotes may be those of a string before and of one behind the cell.
    text = f"# %%\nx = {mark}\n\n# %% {attribute}\nsecret\n\n# %%\ny = {mark}\n"
    with pytest.raises(InvalidDeckError, match="it is within a string"):
        read_text_deck(text)
