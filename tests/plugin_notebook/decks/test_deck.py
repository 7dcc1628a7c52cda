from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm import ConversionError, Severity
from clm_plugin_notebook.decks.deck import Deck
from clm_plugin_notebook.decks.formats.script import read_script
from clm_plugin_notebook.decks.templates import Expansion, expand
from clm_plugin_notebook.languages import PYTHON


def read(folder: Path, text: str) -> Deck:
    path = folder / "deck.py"
    path.write_text(text, encoding="utf-8", newline="")
    return read_script(expand(path, "deck.py", [], comment="#", variables={}), PYTHON)


def plain(text: str) -> Deck:
    """Return the deck of a text without Jinja."""
    return read_script(Expansion(text, "deck.py", {}, lambda: text), PYTHON)


def test_cell_attributes_parsed(tmp_path: Path) -> None:
    deck = read(
        tmp_path,
        '# %% [markdown] lang="de" tags=["slide", "alt"]\n#\n# # Titel\n\n# %%\n\nx = 1\n\ny = 2\n',
    )
    title, code = deck.cells
    assert (title.type, title.language, title.slide_type) == ("markdown", "de", "slide")
    assert title.tags == {"slide", "alt"}
    assert title.source.strip() == "# Titel"
    assert (code.type, code.language, code.number, code.line) == ("code", None, 2, 5)
    assert code.source.strip() == "x = 1\n\ny = 2"
    assert deck.warnings == ()


def test_header_inside_string_ignored(tmp_path: Path) -> None:
    (cell,) = read(tmp_path, '# %%\ntext = """\n# %% [markdown] tags=oops[\n"""\n').cells
    assert cell.source == 'text = """\n# %% [markdown] tags=oops[\n"""'


def test_code_before_first_header_kept(tmp_path: Path) -> None:
    first, second = read(tmp_path, "import os\n\n# %%\nx = 1\n").cells
    assert (first.type, first.source, second.source) == ("code", "import os", "x = 1")


@pytest.mark.parametrize("start", ["\n", "\n \n\n", "\ufeff\n", "\r\n\r\n"])
def test_leading_blank_lines_ignored(tmp_path: Path, start: str) -> None:
    (cell,) = read(tmp_path, start + "# %%\nx = 1\n").cells
    assert (cell.source, cell.number) == ("x = 1", 1)
    assert read(tmp_path, start).cells == ()
    (empty,) = read(tmp_path, "# %%\n\n").cells
    assert empty.source == ""


def test_code_after_yaml_header_located(tmp_path: Path) -> None:
    text = (
        "# ---\n# jupyter:\n#   jupytext:\n#     notebook_metadata_filter: -all\n# ---\n\nx = 1\n"
    )
    (cell,) = read(tmp_path, text).cells
    assert (cell.source, cell.source_line) == ("x = 1", 7)


def test_commented_magics_uncommented(tmp_path: Path) -> None:
    (cell,) = read(tmp_path, "# %%\n# %matplotlib inline\nx = 1\n").cells
    assert cell.source == "%matplotlib inline\nx = 1"


def test_three_percent_header_accepted(tmp_path: Path) -> None:
    deck = read(tmp_path, "# %%\nx = 1\n\n# %%% [markdown]\n# text\n")
    assert [cell.type for cell in deck.cells] == ["code", "markdown"]


def test_old_header_syntax_accepted(tmp_path: Path) -> None:
    header = '# %% [markdown] {"slideshow": {"slide_type": "slide"}, "lang": "de"}'
    (cell,) = read(tmp_path, f"{header}\n# text\n").cells
    assert (cell.slide_type, cell.language) == ("slide", "de")


def test_all_unreadable_headers_reported(tmp_path: Path) -> None:
    text = '# %% tags=["a" lang="de"\nx\n\n# %%\ny\n\n# %% [sql]\nz\n'
    with pytest.raises(ConversionError) as caught:
        read(tmp_path, text)
    places = [str(d.place) for d in caught.value.diagnostics]
    assert places == ["deck.py:1 (cell 1)", "deck.py:7 (cell 3)"]
    assert [d.excerpt for d in caught.value.diagnostics] == [
        '# %% tags=["a" lang="de"',
        "# %% [sql]",
    ]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ('# %% tags=["keeep"]', "did you mean 'keep'"),
        ('# %% tags=["frobnicate"]', "unknown tag 'frobnicate'"),
        ('# %% tags = ["keep"]', "spaces around the `=`"),
        ('# %% lang="python"', "'python' is not a language code"),
    ],
)
def test_odd_header_warns_with_line(tmp_path: Path, header: str, message: str) -> None:
    (warning,) = read(tmp_path, f"# %%\nx = 1\n\n{header}\n# text\n").warnings
    assert warning.severity is Severity.WARNING
    assert message in warning.message
    assert str(warning.place) == "deck.py:4 (cell 2)"


def test_two_slide_tags_rejected(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="several slide tags: slide, notes") as caught:
        read(tmp_path, '# %%\nx\n\n# %% [markdown] tags=["slide", "notes"]\n# text\n')
    assert str(caught.value.place) == "deck.py:4 (cell 2)"


def test_language_outside_course_reported_once(tmp_path: Path) -> None:
    text = '# %% lang="fr"\nx\n\n# %% lang="fr"\ny\n\n# %% lang="de"\nz\n'
    (tmp_path / "deck.py").write_text(text)
    expansion = expand(tmp_path / "deck.py", "deck.py", [], comment="#", variables={})
    (warning,) = read_script(expansion, PYTHON, ["en", "it"]).warnings
    assert "lang 'fr' on 2 cells" in warning.message
    assert "(en, it)" in warning.message
    assert read_script(expansion, PYTHON, ["fr"]).warnings == ()


def test_slide_id_starts_workshop(tmp_path: Path) -> None:
    header = '# %% [markdown] tags=["slide"] slide_id="workshop-lists"\n# text\n'
    (cell,) = read(tmp_path, header).cells
    assert "workshop" in cell.tags


def test_voiceover_is_slide_note(tmp_path: Path) -> None:
    (cell,) = read(tmp_path, '# %% [markdown] tags=["voiceover"]\n# text\n').cells
    assert cell.slide_type == "notes"


def test_unknown_tag_reported_once(tmp_path: Path) -> None:
    (warning,) = read(tmp_path, '# %% tags=["odd"]\nx\n\n' * 3).warnings
    assert warning.message == "unknown tag 'odd' on 3 cells, first on this one"
    assert str(warning.place) == "deck.py:1 (cell 1)"


def test_jupyter_tags_known(tmp_path: Path) -> None:
    (cell,) = read(tmp_path, '# %% tags=["raises-exception", "keep"]\nx\n').cells
    assert cell.jupyter_tags == ("raises-exception",)


sources = st.lists(
    st.tuples(
        st.sampled_from(["", " [markdown]"]),
        st.lists(st.sampled_from(["x = 1", "", "y = '''a'''", "# hm"]), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=6,
)


@given(sources)
def test_code_lines_map_to_deck(cells: list[tuple[str, list[str]]]) -> None:
    lines: list[str] = []
    for header, body in cells:
        prefix = "# " if header else ""
        lines += [f"# %%{header}", *(prefix + line for line in body), ""]
    for cell in plain("\n".join(lines)).cells:
        for number, line in enumerate(cell.source.split("\n")):
            if cell.type == "code" and line.strip():
                assert lines[cell.source_line + number - 1] == line
