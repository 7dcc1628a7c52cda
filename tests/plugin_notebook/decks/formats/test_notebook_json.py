"""Malformed notebooks: an error with the place in the JSON, or a deck."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clm import ConversionError
from clm_plugin_notebook.decks.formats.jupyter import read_jupyter
from clm_plugin_notebook.decks.formats.notebook_json import parse_notebook
from clm_plugin_notebook.planning.deck_titles import notebook_titles

PNG = {"a.png": {"image/png": "QUJD"}}
RESULT = {"output_type": "stream", "name": "stdout", "text": ["1"]}
VALID = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {
        "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
        "language_info": {"name": "python", "version": "3.11"},
        "title": {"en": "Title"},
    },
    "cells": [
        {
            "cell_type": "markdown",
            "id": "a",
            "metadata": {"tags": ["slide"], "lang": "en", "slideshow": {"slide_type": "slide"}},
            "source": ["# Title\n", "![](attachment:a.png)"],
            "attachments": PNG,
        },
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {"nbgrader": {"solution": True}, "jupyter": {"source_hidden": True}},
            "source": "1",
            "outputs": [RESULT],
            "execution_count": 1,
        },
    ],
}


def changed(path: str, value: object) -> str:
    """Return the notebook with another value at a path such as `cells[0].source`."""
    notebook: Any = copy.deepcopy(VALID)
    owner = notebook
    *steps, last = path.replace("[", ".").replace("]", "").split(".")
    for step in steps:
        owner = owner[int(step) if isinstance(owner, list) else step]
    owner[int(last) if isinstance(owner, list) else last] = value
    return json.dumps(notebook)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("cells", None, "expected a list, found null"),
        ("cells", {}, "expected a list, found an object"),
        ("cells[1]", 3, "expected an object, found a number"),
        ("cells[1].source", None, "expected a string or a list of strings, found null"),
        ("cells[1].source", 1.5, "expected a string or a list of strings, found a number"),
        ("cells[0].source[1]", {}, "expected a string or a list of strings, found an object"),
        ("cells[1].metadata", [], "expected an object, found a list"),
        ("cells[1].outputs", None, "expected a list, found null"),
        ("cells[1].outputs[0]", "x", "expected an object, found a string"),
        ("cells[1].execution_count", "1", "expected a number, found a string"),
        ("cells[1].cell_type", "prose", "expected one of code, markdown, raw, found 'prose'"),
        ("cells[1].id", 7, "expected a string, found a number"),
        ("cells[0].attachments", None, "expected an object, found null"),
        ("cells[0].attachments", {"a": 1}, "expected an object, found a number"),
        ("metadata", None, "expected an object, found null"),
        ("metadata.kernelspec", None, "expected an object, found null"),
        ("metadata.kernelspec.name", 1, "expected a string, found a number"),
        ("metadata.title", [], "expected a string or an object, found a list"),
        ("nbformat", "4", "expected a number, found a string"),
        ("nbformat", True, "expected a number, found a boolean"),
        ("nbformat", 2, "version 2 is not supported"),
        ("nbformat", 5, "version 5 is not supported"),
        ("nbformat_minor", None, "expected a number, found null"),
        ("cells[1].source", "\ud800", "half of a surrogate pair"),
    ],
)
def test_wrong_value_named_by_path(path: str, value: object, reason: str) -> None:
    with pytest.raises(ConversionError) as caught:
        parse_notebook(changed(path, value), "slides/a.ipynb")
    assert f"{path}" in caught.value.message
    assert reason in caught.value.message
    (error,) = caught.value.diagnostics
    assert error.hint
    assert error.place and error.place.file == "slides/a.ipynb"


def test_name_given_twice_is_error() -> None:
    text = changed("cells[0].metadata", {"tags": ["notes"]})
    twice = text.replace('{"tags": ["notes"]}', '{"tags": ["notes"], "tags": []}')
    with pytest.raises(ConversionError, match="an object has 'tags' twice"):
        parse_notebook(twice, "deck.ipynb")


@pytest.mark.parametrize("name", ["nbformat", "cells"])
def test_missing_value_named(name: str) -> None:
    notebook = {key: value for key, value in VALID.items() if key != name}
    with pytest.raises(ConversionError, match=f"{name}: missing"):
        parse_notebook(json.dumps(notebook), "a.ipynb")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("nbformat_minor", 99),
        ("cells[1].id", "a"),
        ("cells[1].outputs", []),
        ("cells[1].execution_count", None),
        ("metadata.authors", None),
        ("cells[1].metadata.papermill", {"duration": float("nan")}),
    ],
)
def test_harmless_oddity_accepted(path: str, value: object) -> None:
    assert len(parse_notebook(changed(path, value), "a.ipynb")["cells"]) == 2


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "1" * 5000, '{"nbformat": 4', "\x00"])
def test_no_json_is_error(text: str) -> None:
    with pytest.raises(ConversionError, match="not a Jupyter notebook"):
        parse_notebook(text, "a.ipynb")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(value, (dict, list)):
        return [path]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [path, *(found for key, item in items for found in paths(item, (*path, key)))]


@given(st.sampled_from(paths(VALID)), VALUES | st.just(...))
@example(("cells", 0, "metadata", "tags"), None)
@example(("cells", 0, "metadata", "lang"), ["de"])
def test_any_change_is_deck_or_error(
    tmp_path_factory: pytest.TempPathFactory, path: tuple[Any, ...], value: Any
) -> None:
    notebook: Any = copy.deepcopy(VALID)
    if path:
        owner = notebook
        for step in path[:-1]:
            owner = owner[step]
        if value is ...:
            del owner[path[-1]]
        else:
            owner[path[-1]] = value
    file = tmp_path_factory.getbasetemp() / "deck.ipynb"
    file.write_text(json.dumps(notebook if path else None if value is ... else value))
    try:
        notebook_titles(parse_notebook(file.read_text(), "deck.ipynb"), ["de", "en"], "deck")
        deck = read_jupyter(file, "deck.ipynb", ["en"])
    except ConversionError as error:
        assert error.place and error.place.file == "deck.ipynb"
        assert error.diagnostics[0].hint
    else:
        assert all(isinstance(cell.source, str) for cell in deck.cells)


def test_version_3_read_as_nbformat_does(tmp_path: Path) -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "heading", "level": 2, "source": "A\ntitle", "metadata": {}},
        {"cell_type": "code", "input": ["x = 1\n", "x"], "language": "python", "outputs": []},
        {"cell_type": "html", "source": "<b>bold</b>", "metadata": {}},
        {"cell_type": "raw", "source": "raw", "metadata": {}},
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    cells[1] |= {"metadata": {}, "collapsed": False, "prompt_number": 1}
    path = tmp_path / "deck.ipynb"
    path.write_text(json.dumps(old))
    read = [(cell.type, cell.source) for cell in read_jupyter(path, "deck.ipynb").cells]
    upgraded = nbformat.reads(path.read_text(), as_version=4).cells
    assert read == [(cell.cell_type, cell.source) for cell in upgraded]
