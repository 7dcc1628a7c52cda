"""Ids of cells, made of nothing but what all students may see.

With an id that is a digest of a solution, a student could verify a guess of it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import evolve

from clm_plugin_notebook.audiences import Audience, shown_cells
from clm_plugin_notebook.decks.cells import Cell


def cell_ids(cells: Iterable[Cell], audience: Audience) -> Mapping[int, str]:
    """Return an id for each cell, by its number, which is the same in all outputs in a language.

    The id of a cell that students get as it is comes from its content, so other edits do not
    change it. That of any other cell comes from its place behind the last such cell.
    """
    cells = tuple(cells)
    strictest = evolve(audience, kind="code-along", public=True, format="notebook")
    given = {cell.number: cell.source for cell in shown_cells(cells, strictest)}
    completed = {cell.number for cell in shown_cells(cells, evolve(strictest, kind="completed"))}
    seen: Counter[str] = Counter()
    ids = {}
    last = ""
    for cell in cells:
        is_given = given.get(cell.number) == cell.source != ""
        # The count of the others must not tell how many cells are hidden among those of students.
        group = "blank" if cell.number in given else str(cell.number in completed)
        text = cell.source if is_given else f"{last}\n{group}"
        digest = hashlib.sha256(f"{cell.type}\n{text}".encode()).hexdigest()[:12]
        seen[digest] += 1
        ids[cell.number] = f"{digest}-{seen[digest]}" if seen[digest] > 1 else digest
        last = digest if is_given else last
    return ids
