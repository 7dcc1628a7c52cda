"""Tags and metadata by which Jupyter's tools display cells."""

from __future__ import annotations

import json

import pytest
from deck_reading import read_text_deck

from clm_plugin_notebook.decks.deck import InvalidDeckError
from clm_plugin_notebook.decks.display import DisplayMetadata, View, belongs_to, view
from clm_plugin_notebook.decks.hiding.hiding_tags import meant_as


def view_of(*tags: str, **metadata: object) -> View:
    return view(frozenset(tags), DisplayMetadata.of(metadata))


@pytest.mark.parametrize("mark", ["-", "_"])
def test_tags_in_both_spellings(mark: str) -> None:
    assert view_of(f"hide{mark}input") == View(source_hidden=True)
    assert view_of(f"hide{mark}output") == View(outputs_hidden=True)
    assert view_of(f"hide{mark}cell") == View(source_hidden=True, outputs_hidden=True)
    assert view_of(f"remove{mark}input") == View(source_removed=True)
    assert view_of(f"remove{mark}output") == View(outputs_removed=True)
    streams = view_of(f"remove{mark}stderr").removed_streams
    assert streams == {"stderr"}


def test_jupyterlab_metadata_hides() -> None:
    assert view_of(jupyter={"source_hidden": True}) == View(source_hidden=True)
    assert view_of(jupyter={"outputs_hidden": True}) == View(outputs_hidden=True)
    assert view_of(collapsed=True) == View(outputs_hidden=True)
    assert view_of(hide_input=True) == View(source_hidden=True)


@pytest.mark.parametrize("tag", ["scroll-output", "output_scroll"])
def test_scrolling_by_tag(tag: str) -> None:
    assert view_of(tag) == View(scrolled=True)


def test_similar_display_tag_named() -> None:
    (warning,) = read_text_deck('# %% tags=["hide-inputs"]\n1\n').warnings
    assert "hide-input" in warning.message.partition(";")[2]


def test_false_and_null_hide_nothing() -> None:
    metadata = {"source_hidden": False, "outputs_hidden": None}
    assert view_of(jupyter=metadata, collapsed=False, scrolled=None) == View()
    assert view_of(jupyter=None, scrolled="auto") == View()


def test_metadata_read_from_header() -> None:
    header = '# %% jupyter={"source_hidden": true} scrolled=true jp-MarkdownHeadingCollapsed=true'
    (cell,) = read_text_deck(f"{header}\n1\n").cells
    assert cell.view == View(source_hidden=True, scrolled=True)


@pytest.mark.parametrize(
    "metadata",
    [
        {"jupyter": 5},
        {"jupyter": {"source_hidden": "yes"}},
        {"jupyter": {"outputs_hidden": 1}},
        {"collapsed": "true"},
        {"scrolled": []},
        {"raw_mimetype": 1},
        {"format": {}},
    ],
)
def test_wrong_type_is_error(metadata: dict[str, object]) -> None:
    attributes = " ".join(f"{name}={json.dumps(value)}" for name, value in metadata.items())
    with pytest.raises(InvalidDeckError, match="must be"):
        read_text_deck(f"# %% {attributes}\n1\n")


@pytest.mark.parametrize("tag", ["Remove-Cell", "removecell", "remove cell", "remove-cells"])
def test_misspelt_remove_cell_is_error(tag: str) -> None:
    assert meant_as(tag) in ("remove-cell", "remove_cell")


@pytest.mark.parametrize(
    ("raw_format", "places"),
    [
        ("", {"html", "slides", "pdf", "notebook", "code"}),
        ("text/html", {"html", "slides", "pdf", "notebook"}),
        ("html", {"html", "slides", "pdf", "notebook"}),
        ("slides", {"slides", "notebook"}),
        ("text/latex", {"notebook"}),
        ("text/restructuredtext", {"notebook"}),
        ("text/markdown", {"notebook"}),
        ("ipynb", {"notebook"}),
        ("text/x-python", {"code", "notebook"}),
        ("anything", {"notebook"}),
    ],
)
def test_raw_cell_only_in_its_format(raw_format: str, places: set[str]) -> None:
    formats = ("html", "slides", "pdf", "notebook", "code")
    assert {name for name in formats if belongs_to(raw_format, name)} == places
