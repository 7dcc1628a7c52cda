"""Tables: drawn by rich on a terminal, otherwise columns of plain text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

import click

from clm.cli.output.console import colour, plain


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table on stdout; markup in cells is printed literally, control characters escaped."""
    cells = [[_in_one_line(cell) for cell in row] for row in rows]
    if is_terminal():
        _draw(columns, cells)
        return
    for line in aligned([columns, *cells]):
        click.echo(line)


def is_terminal() -> bool:
    """Whether stdout is a terminal that rich can draw on."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines of text with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ((cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return ["  ".join(cells).rstrip() for cells in padded]


def _draw(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    # Imported here: only a terminal needs rich.
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(no_color=colour() is False).print(table)


def _in_one_line(cell: str) -> str:
    return " ".join(plain(cell).split())
