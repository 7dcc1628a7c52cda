"""Cells of notebooks, compared with those of nbformat's own functions."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat import ValidationError, v4

from clm_plugin_notebook.decks.formats.cell_nodes import new_node

_NEW = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}


@pytest.mark.parametrize("cell_type", _NEW)
def test_cells_equal_those_of_nbformat(cell_type: str) -> None:
    metadata = {"tags": ["keep"], "slideshow": {"slide_type": "slide"}}
    expected = _NEW[cell_type]("x = 1", metadata=metadata, id="a")
    assert new_node(cell_type, "x = 1", metadata, "a") == expected


@pytest.mark.parametrize("cell_type", _NEW)
@pytest.mark.parametrize("metadata", [{"tags": "keep"}, {"tags": ["a", "a"]}, {"name": 1}])
def test_invalid_metadata_are_refused_each_time(cell_type: str, metadata: dict[str, Any]) -> None:
    for source in ("a", "b"):
        with pytest.raises(ValidationError):
            new_node(cell_type, source, metadata)


def test_validity_depends_on_the_cell_type() -> None:
    metadata = {"collapsed": "yes"}
    assert new_node("markdown", "", metadata).metadata == metadata
    with pytest.raises(ValidationError):
        new_node("code", "", metadata)


def test_equal_metadata_are_not_shared() -> None:
    metadata = {"tags": ["keep"]}
    first, second = (new_node("code", "", metadata) for _ in range(2))
    first.metadata["tags"].append("other")
    assert second.metadata == {"tags": ["keep"]}


def test_cells_without_ids_get_different_ones() -> None:
    assert new_node("raw", "", {}).id != new_node("raw", "", {}).id
