"""Tables whose code or maths contain pipes, and rows with too many cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table

from clm_plugin_notebook.decks.text.markdown_syntax.remarks import add_remark

_DELIMITERS = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|{1,2}[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_PIPE = re.compile(r"(?<!\\)\|")
_CODE_OR_MATHS = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|(?<!\\)\$[^$]+(?<!\\)\$")
# Stands for a pipe in code or maths while the rows are divided into cells.
_MASK = "\ue07c"


def add_tables(parser: MarkdownIt) -> None:
    r"""Let a parser keep pipes in code and maths together with their cell.

    By GFM each pipe ends a cell unless it is written as `\\|`. That applies as long as a row has
    no more cells than the table; else pipes in code and maths are text.
    """
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if start + 2 > end or not _DELIMITERS.fullmatch(_line(state, start + 1)):
        return False
    delimiters = _line(state, start + 1)
    columns = len(_cells(delimiters))
    masked = {n: row for n, row in _masked_rows(state, start, end, columns)}
    if "||" in delimiters:
        # The parser wants each column to have a line; Jupyter's own pages do not.
        masked[start + 1] = delimiters.replace("-||", "|-|")
    if not masked:
        done = table(state, start, end, silent)
    else:
        done = _with_source(state, masked, lambda: table(state, start, end, silent))
    if done and not silent:
        _report_long_rows(state, (start, *range(start + 2, state.line)), columns, masked)
    return done


def _with_source(state: StateBlock, lines: dict[int, str], parse: Any) -> bool:
    """Parse with other lines, as long as the real ones, in which masks stand for pipes."""
    source, first = state.src, len(state.tokens)
    changed = source
    for number, line in lines.items():
        begin = state.bMarks[number] + state.tShift[number]
        changed = changed[:begin] + line + changed[begin + len(line) :]
    state.src = changed
    try:
        done: bool = parse()
    finally:
        state.src = source
    for token in state.tokens[first:]:
        token.content = token.content.replace(_MASK, "|")
    return done


def _masked_rows(
    state: StateBlock, start: int, end: int, columns: int
) -> Iterator[tuple[int, str]]:
    for number in (start, *range(start + 2, end)):
        line = _line(state, number)
        if "|" not in line:
            return
        if len(_cells(line)) <= columns:
            continue
        row = _CODE_OR_MATHS.sub(lambda match: _PIPE.sub(_MASK, match[0]), line)
        if row != line and len(_cells(row)) <= columns:
            yield number, row


def _report_long_rows(
    state: StateBlock, rows: Iterable[int], columns: int, masked: dict[int, str]
) -> None:
    for number in rows:
        count = len(_cells(masked.get(number, _line(state, number))))
        if number in masked:
            message = "a pipe in code or maths ends the cell in other programs"
            add_remark(
                state.env, number, message, r"write `\|` for a pipe within a cell of a table"
            )
        elif count > columns:
            message = f"the row has {count} cells, but the table has {columns} columns"
            hint = r"the other cells are left out; write `\|` for a pipe within a cell"
            add_remark(state.env, number, message, hint)


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _cells(line: str) -> list[str]:
    cells = _PIPE.split(line.strip())
    if cells and not cells[0]:
        del cells[0]
    if cells and not cells[-1]:
        del cells[-1]
    return cells
