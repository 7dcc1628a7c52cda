"""Cells of notebooks as nbformat makes them, with metadata that are checked once per value.

The functions of nbformat check each cell against its JSON schema, which takes longer than reading
and writing the rest of a deck.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import nbformat
from nbformat import NotebookNode

_REMEMBERED = 1000
_valid: set[tuple[str, str]] = set()  # cell types with the representations of their metadata


def new_node(
    cell_type: str, source: str, metadata: dict[str, Any], cell_id: str = ""
) -> NotebookNode:
    """Return a cell of the type `code`, `markdown` or `raw`, without results.

    Without an id it gets a random one.

    Raises:
        nbformat.ValidationError: the metadata are not as nbformat's schema of notebooks demands.
    """
    fields: dict[str, Any] = {
        "cell_type": cell_type,
        "id": cell_id or uuid4().hex,
        "metadata": metadata,
        "source": source,
    }
    if cell_type == "code":
        fields |= {"execution_count": None, "outputs": []}
    node: NotebookNode = nbformat.from_dict(fields)
    key = cell_type, repr(metadata)
    if key not in _valid:
        nbformat.validate(node, ref=f"{cell_type}_cell", version=4)
        if len(_valid) >= _REMEMBERED:
            _valid.clear()
        _valid.add(key)
    return node
