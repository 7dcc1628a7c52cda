"""Arrangement of cells into slides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import define, evolve, field

from clm_plugin_notebook.decks.cells import COLUMN, END_COLUMNS, Cell

_BOX = re.compile(r'<div style="background: [^"]*">\n\n(.*)\n\n</div>', re.S)
# The number of lines before the text in a box.
BOX_LINES = 2

# The index of a cell in the cells of the page.
Position = int
# Groups of cells; those after the first appear one by one.
Column = list[list[Position]]


@define
class Slide:
    """A slide: notes, and rows, each of which has one column of the full width, or several."""

    rows: list[list[Column]] = field(factory=lambda: [[[[]]]])
    notes: list[Position] = field(factory=list)
    _in_columns: bool = field(default=False, init=False)
    _halves: int = field(default=0, init=False)

    def add(self, position: Position, cell: Cell) -> None:
        """Add a cell that is not a note to the end of the slide."""
        if COLUMN in cell.tags:
            self._halves = 0
            self._start_column()
        elif cell.split or self._halves:
            self._start_half(cell)
        elif END_COLUMNS in cell.tags and self._in_columns:
            self.rows.append([[[]]])
            self._in_columns = False
        column = self.rows[-1][-1]
        if cell.slide_type == "fragment":
            column.append([])
        column[-1].append(position)

    def _start_column(self) -> None:
        if self._in_columns:
            self.rows[-1].append([[]])
        elif self.rows != [[[[]]]]:
            self.rows.append([[[]]])
        self._in_columns = True

    def _start_half(self, cell: Cell) -> None:
        """Begin the left or right half of a row, or a row of the full width after these."""
        if cell.split and self._halves == 1:
            self.rows[-1].append([[]])
            self._halves = 2
            return
        if self.rows != [[[[]]]]:
            self.rows.append([[[]]])
        self._halves, self._in_columns = int(cell.split), False

    @property
    def cells(self) -> list[Position]:
        """The cells of the slide without its notes, in order."""
        columns = [column for row in self.rows for column in row]
        return [position for column in columns for group in column for position in group]


def slide_stacks(cells: Sequence[Cell]) -> list[list[Slide]]:
    """Arrange cells into columns of slides.

    `slide` starts a column of slides, `subslide` a slide below the previous one. A cell without a
    slide type belongs to the slide of the cell before it; `skip` leaves a cell out. As in
    nbconvert, the first cell that is shown starts the first slide, whatever its type; notes before
    it belong to that slide. `column` starts a column, which has the following cells of the slide,
    too, until the next one or until `end-columns`. Of neighbours that are `split`, two at a time
    stand side by side.
    """
    stacks: list[list[Slide]] = []
    early = [n for n, cell in enumerate(cells) if cell.slide_type == "notes"]
    for position, cell in enumerate(cells):
        if cell.slide_type == "skip" or (cell.slide_type == "notes" and not stacks):
            continue
        is_first = not stacks
        if cell.slide_type == "slide" or is_first:
            stacks.append([Slide(notes=[n for n in early if n < position] if is_first else [])])
        elif cell.slide_type == "subslide":
            stacks[-1].append(Slide())
        slide = stacks[-1][-1]
        if cell.slide_type == "notes":
            slide.notes.append(position)
            continue
        # The first cell is there from the beginning.
        slide.add(position, evolve(cell, slide_type=None) if is_first else cell)
    return stacks or [[Slide(notes=early)] for _ in early[:1]]


def shown_positions(stacks: Iterable[Iterable[Slide]]) -> list[Position]:
    """Return the positions of all cells in the slide show, including notes, in order."""
    slides = [slide for stack in stacks for slide in stack]
    return sorted(position for slide in slides for position in [*slide.cells, *slide.notes])


def without_box(source: str) -> str:
    """Return the source of a cell without the coloured box that notes have on pages."""
    match = _BOX.fullmatch(source)
    return match[1] if match else source
