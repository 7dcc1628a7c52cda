"""Cells of a text notebook as jupytext reads them, each with the line that it starts at."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import partial
from types import FunctionType
from typing import Any

from attrs import frozen
from nbformat.validator import ValidationError

from clm import ConversionError, Place
from clm_plugin_notebook.decks.formats.cell_nodes import new_node
from clm_plugin_notebook.decks.formats.limited_yaml import YAMLError
from clm_plugin_notebook.lazy_jupyter import jupytext

_HINT = 'tags are a list of texts, such as `tags=["notes"]`'


_OptionError = jupytext.cell_metadata.RMarkdownOptionParsingError
_TYPES = ("code", "markdown", "raw")
_read = jupytext.cell_reader.BaseCellReader.read
# jupytext's method with other functions that make cells: its own check each of them.
_read_cell = FunctionType(
    _read.__code__,
    _read.__globals__
    | {f"new_{t}_cell": partial(new_node, t) for t in ("code", "markdown", "raw")},
)


class MetadataError(Exception):
    """The metadata of a cell cannot be read; `line` is that of the cell, from 1."""

    def __init__(self, reason: str, line: int, hint: str = _HINT) -> None:
        super().__init__(reason)
        self.line, self.hint = line, hint

    def at(self, place: Place) -> ConversionError:
        """The error of the deck, with the place of the line."""
        return ConversionError(
            f"the metadata of a cell cannot be read: {self}",
            place=place,
            hint=self.hint,
        )


def header_error(error: Exception) -> MetadataError:
    """The error for a YAML header that is none, or has values of types that jupytext refuses."""
    if isinstance(error, YAMLError):
        reason = f"the YAML header: {' '.join(str(error).split())}"
        return MetadataError(reason, 1, "mend the header, or remove it")
    hint = "`kernelspec` and `jupytext` have entries below them, such as `name: python3`"
    return MetadataError(f"the YAML header has a value of a wrong type: {error}", 1, hint)


@frozen
class FoundCell:
    """A cell: `start` and `end` are the indexes of its first line and of the line behind it.

    `type`, `source` and `metadata` are jupytext's.
    """

    start: int
    end: int
    type: str
    source: str
    metadata: dict[str, Any]


def find_cells(
    text: str, extension: str, format_name: str, options: Mapping[str, str] | None = None
) -> list[FoundCell]:
    """The cells of a script in their order; indexes are those of `text.splitlines()`.

    The format is one of jupytext's for the extension, with options. A YAML header is no cell.

    Raises:
        MetadataError: jupytext cannot read the metadata of a cell.
        JupytextFormatError: jupytext does not know the format, or leaves it to another program.
    """
    fmt = {"extension": extension, "format_name": format_name, **(options or {})}
    converter = jupytext.jupytext.TextNotebookConverter(fmt, None)
    if converter.implementation.cell_reader_class is None:
        raise jupytext.formats.JupytextFormatError("another program reads this format")
    total = len(text.splitlines())
    read: list[tuple[int, Any]] = []  # kept, so that their ids stay their own

    class Reader(converter.implementation.cell_reader_class):  # type: ignore[misc, name-defined]
        """jupytext's reader of one cell, which is given all lines that are left."""

        def read(self, rest: list[str]) -> tuple[Any, int]:
            try:
                cell, length = _read_cell(self, rest)
            except (ValidationError, _OptionError) as error:
                reason = str(error).splitlines()[0]
                raise MetadataError(reason, total - len(rest) + 1) from error
            read.append((total - len(rest), cell))
            return cell, length

    converter.implementation = copy(converter.implementation)
    converter.implementation.cell_reader_class = Reader
    try:
        nodes = converter.reads(text).cells
    except KeyError as error:  # `language: r` for R
        hint = "name the language as Jupyter does, such as `language: R`"
        raise MetadataError(f"jupytext does not know the language {error}", 1, hint) from error
    except (AttributeError, TypeError, YAMLError) as error:
        raise header_error(error) from error
    starts = [start for start, _ in read]
    following = [*starts, total][1:]
    lines = {id(cell): (start, end) for (start, cell), end in zip(read, following, strict=False)}
    found = []
    for node in nodes:
        # The sphinx format adds a code cell that no line stands for, and drops empty ones.
        if id(node) in lines or node.cell_type == "code":
            start, end = lines.get(id(node), (0, 0))
            found.append(FoundCell(start, end, node.cell_type, node.source, dict(node.metadata)))
    return found
