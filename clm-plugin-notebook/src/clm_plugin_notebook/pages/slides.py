"""Arrangement of cells into slides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import define, field

from clm_plugin_notebook.decks.cells import Cell

_BOX = re.compile(r'<div style="background: [^"]*">\n\n(.*)\n\n</div>', re.S)
# The number of lines before the text in a box.
BOX_LINES = 2

# The index of a cell in the cells of the page.
Position = int


@define
class Slide:
    """A slide: notes, and groups of cells; groups after the first appear one by one."""

    groups: list[list[Position]] = field(factory=lambda: [[]])
    notes: list[Position] = field(factory=list)


def slide_stacks(cells: Sequence[Cell]) -> list[list[Slide]]:
    """Arrange cells into columns of slides.

    `slide` starts a column of slides, `subslide` a slide below the previous one. A cell without a
    slide type belongs to the slide of the cell before it; `skip` leaves a cell out. As in
    nbconvert, the first cell that is shown starts the first slide, whatever its type; notes before
    it belong to that slide.
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
        if cell.slide_type == "fragment" and not is_first:
            slide.groups.append([])
        slide.groups[-1].append(position)
    return stacks or [[Slide(notes=early)] for _ in early[:1]]


def shown_positions(stacks: Iterable[Iterable[Slide]]) -> list[Position]:
    """Return the positions of all cells in the slide show, including notes, in order."""
    slides = [slide for stack in stacks for slide in stack]
    groups = [group for slide in slides for group in [*slide.groups, slide.notes]]
    return sorted(position for group in groups for position in group)


def without_box(source: str) -> str:
    """Return the source of a cell without the coloured box that notes have on pages."""
    match = _BOX.fullmatch(source)
    return match[1] if match else source
