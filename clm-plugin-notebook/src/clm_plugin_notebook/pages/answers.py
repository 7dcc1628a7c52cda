"""Answers on pages: neighbouring ones are one box, which students open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Generic, Protocol, TypeVar

from attrs import frozen

ROLE = "answer"


class Answers(StrEnum):
    """How a page has its answers: as other cells, as room for them, or in boxes."""

    PLAIN = "plain"
    ROOM = "room"
    OPEN = "open"
    FOLDED = "folded"


class _HasRoles(Protocol):
    @property
    def roles(self) -> Sequence[str]: ...


CellT = TypeVar("CellT", bound=_HasRoles)


@frozen
class Run(Generic[CellT]):
    """Cells one after the other: in a box that is `open` or not, or in none."""

    cells: tuple[CellT, ...]
    boxed: bool = False
    open: bool = False


def runs(cells: Iterable[CellT], answers: Answers) -> list[Run[CellT]]:
    """The cells of a page in their order, with those of each answer together."""
    if answers in (Answers.PLAIN, Answers.ROOM):
        return [Run(tuple(cells))]
    return [
        Run(tuple(group), boxed, boxed and answers is Answers.OPEN)
        for boxed, group in groupby(cells, lambda cell: ROLE in cell.roles)
    ]
