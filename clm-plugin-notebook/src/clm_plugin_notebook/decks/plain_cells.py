"""Markdown cells of a deck as it is written, found without jupytext and before any template.

For planning, which reads all decks in every build. Where it is not certain who sees a text, the
text is left out; the reading of a deck itself does not depend on this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from clm import Place
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.deck import DeckBuilder
from clm_plugin_notebook.decks.formats.front_matter import after_header, declared_format
from clm_plugin_notebook.decks.formats.percent_cells import percent_cells
from clm_plugin_notebook.decks.headers import (
    Header,
    HeaderError,
    metadata_header,
    try_header,
)
from clm_plugin_notebook.decks.text.titles import may_have_title

_PERCENT_FORMATS = ("percent", "hydrogen")
_QUOTED = re.compile(r"""\s*[rRuU]?(\"{3}|'{3})(.*?)\1\s*""", re.S)
_BLOCK_START = re.compile(r"(?:\{%[-+]?|\bj2)\s*(if|for|macro|block|call|filter)\b")
_BLOCK_END = re.compile(r"(?:\{%[-+]?|\bj2)\s*end(if|for|macro|block|call|filter)\b")
_REGION = re.compile(r"<!--\s*#(region|md|markdown|raw)\b\s*(.*?)\s*-->\s*")
_REGION_END = re.compile(r"<!--\s*#end(?:region|md|markdown|raw)\b.*?-->\s*")
_CELL_BREAK = re.compile(r"\+\+\+[ \t]*(\{.*\})?\s*")
_LIGHT_ATTRIBUTES = re.compile(r"\W*(?:\+|region|\{\{\{).*(?:tags|lang|slide|nbgrader)")

_Read = Callable[[], Header | HeaderError]
# Headers are read only if that is needed.
_Found = Iterator[tuple[_Read, str]]


def script_cells(text: str, comment: str) -> Iterator[Cell]:
    """Yield the Markdown cells of a script that may have a level-1 heading."""
    declared = declared_format(text, comment)
    lines = _outside_blocks(after_header(text, comment))
    if not declared or declared in _PERCENT_FORMATS:
        return _cells(_percent(lines, comment))
    is_light = declared in ("light", "bare", "nomarker")
    return _cells(_light(lines, comment)) if is_light else iter(())


def markdown_cells(text: str) -> Iterator[Cell]:
    """Yield such cells of a deck in Markdown; code is still in the fences of their texts."""
    return _cells(_markdown(_outside_blocks(after_header(text))))


def notebook_cells(cells: Iterable[Mapping[str, Any]]) -> Iterator[Cell]:
    """Yield such cells of a Jupyter notebook."""
    return _cells(_of_notebook(cells))


def _of_notebook(cells: Iterable[Mapping[str, Any]]) -> _Found:
    for cell in cells:
        source, metadata = cell.get("source", ""), cell.get("metadata", {})
        if cell.get("cell_type") == "markdown" and isinstance(metadata, dict) and _is_text(source):
            yield partial(metadata_header, "markdown", metadata), "".join(source)


def _is_text(source: object) -> bool:
    lines = source if isinstance(source, list) else [source]
    return all(isinstance(line, str) for line in lines)


def _cells(found: _Found) -> Iterator[Cell]:
    builder = DeckBuilder(lambda cell, line: Place(""), lambda cell: "")
    for read_header, source in found:
        if may_have_title(source):
            header = read_header()
            cell = builder.add(header, source)
            if cell.type == "markdown" and not isinstance(header, HeaderError):
                yield cell


def _percent(lines: list[str], comment: str) -> _Found:
    for cell in percent_cells(lines, comment):
        if cell.header is not None and cell.certain:
            yield partial(try_header, cell.header), _uncommented(cell.lines, comment)


def _light(lines: list[str], comment: str) -> _Found:
    """Yield the paragraphs that are comments, if no cell has attributes."""
    if any(_LIGHT_ATTRIBUTES.match(line) for line in lines if line.startswith(comment)):
        return
    body: list[str] = []
    for line in [*lines, ""]:
        if line.startswith(comment):
            body.append(line)
        else:
            if body and not line.strip():
                yield partial(Header, "markdown"), _uncommented(body, comment)
            body = []


def _markdown(lines: list[str]) -> _Found:
    header: _Read = partial(Header, "markdown")
    body: list[str] = []
    for line in lines:
        region, ended = _REGION.fullmatch(line), _REGION_END.fullmatch(line)
        cell_break = _CELL_BREAK.fullmatch(line)
        if not (region or ended or cell_break):
            body.append(line)
            continue
        yield header, "\n".join(body)
        header, body = partial(Header, "markdown"), []
        if region and region[1] == "raw":
            header = partial(Header, "raw")
        elif region:
            header = partial(try_header, f"[markdown] {region[2]}")
        elif cell_break and cell_break[1]:
            header = partial(_from_json, cell_break[1])
    yield header, "\n".join(body)


def _from_json(text: str) -> Header | HeaderError:
    try:
        metadata = json.loads(text)
    except (ValueError, RecursionError):
        return HeaderError("its metadata is not JSON", "markdown")
    return metadata_header("markdown", metadata)


def _uncommented(lines: list[str], comment: str) -> str:
    text = "\n".join(lines)
    if quoted := _QUOTED.fullmatch(text):
        return quoted[2]
    plain = (line.removeprefix(comment) for line in lines)
    return "\n".join(line.removeprefix(" ") for line in plain)


def _outside_blocks(text: str) -> list[str]:
    """Return the lines, those in blocks of a template blanked: not every output has them."""
    lines = text.split("\n")
    if "{%" not in text and "j2" not in text:
        return lines
    depth = 0
    for number, line in enumerate(lines):
        depth += len(_BLOCK_START.findall(line))
        if depth > 0:
            lines[number] = ""
        depth = max(0, depth - len(_BLOCK_END.findall(line)))
    return lines
