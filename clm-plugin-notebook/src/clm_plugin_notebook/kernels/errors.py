"""What authors are told when a cell fails."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve

from clm import ConversionError, Diagnostic, Severity
from clm_plugin_notebook.decks.cells import RAISES_EXCEPTION, Cell, PlaceOf
from clm_plugin_notebook.kernels.results import CellRun, Execution
from clm_plugin_notebook.lazy_jupyter import strip_ansi

# The file name that IPython makes up for a cell, in the message of a syntax error.
_INVENTED_FILE = re.compile(r" \([0-9]+\.py, line [0-9]+\)$")
_TRACEBACK_LINE = re.compile(r"Cell In\s*\[([0-9]+)\], line ([0-9]+)")
_UNREADABLE_HINT = (
    "mend the code, or give the cell the tag `skip-execution` if it is only to be shown"
)
_HINTS = {
    **dict.fromkeys(("SyntaxError", "IndentationError", "TabError"), _UNREADABLE_HINT),
    # Java's; the other kernels have no names for it.
    **dict.fromkeys(("CompilationException", "IncompleteSourceException"), _UNREADABLE_HINT),
    "ModuleNotFoundError": "a module of the course belongs beside the deck, any other is to be "
    "installed for the Python that runs CLM",
    "StdinNotImplementedError": "nobody answers `input()` in a build: give the cell the tag "
    "`skip-execution`, or `raises-exception`",
}
_MOST_OUTPUT = 4000
_RAISED_HINT = "if the cell is meant to raise, give it the tag `raises-exception`"


def raised(
    error: Mapping[str, Any], count: int | None, cell: Cell, place_of: PlaceOf
) -> ConversionError:
    """For an exception in a cell; `error` is nbformat's output, `count` the cell's prompt."""
    details = strip_ansi("\n".join(error["traceback"]))
    line = _raising_line(details, count, cell)
    return ConversionError(
        f"{error['ename']}: {_INVENTED_FILE.sub('', strip_ansi(error['evalue']))}".rstrip(": "),
        place=place_of(cell, line),
        hint=_HINTS.get(error["ename"], _RAISED_HINT),
        excerpt=cell.first_line if line is None else cell.source.split("\n")[line - 1].strip(),
        details=details,
    )


def too_slow(cell: Cell, seconds: float, place_of: PlaceOf) -> ConversionError:
    """For a cell that takes longer than it may."""
    return ConversionError(
        f"the cell takes longer than {seconds:g} s",
        place=place_of(cell, None),
        hint="shorten it, or raise the setting `cell-timeout`",
        excerpt=cell.first_line,
    )


def too_much_output(cell: Cell, megabytes: float, place_of: PlaceOf) -> ConversionError:
    """For a cell with which the deck's outputs become too large."""
    return ConversionError(
        f"the deck's cells put out more than {megabytes:g} MB up to this one",
        place=place_of(cell, None),
        hint="print less, or raise the setting `output-limit-mb`",
        excerpt=cell.first_line,
    )


def kernel_died(cell: Cell, end: str, place_of: PlaceOf) -> ConversionError:
    """For a cell in which the kernel ended more than once; `end` says how."""
    return ConversionError(
        "the kernel died in this cell, and again when it was tried once more"
        + (f": {end}" if end else ""),
        place=place_of(cell, None),
        hint="it may have run out of memory, or the cell ends the process",
        excerpt=cell.first_line,
    )


def with_outputs(
    error: ConversionError, cells: Sequence[Cell], runs: Sequence[CellRun]
) -> ConversionError:
    """The error with what the cells had put out until then in its details."""
    texts = [
        f"{cell.name} put out:\n{text.rstrip()}"
        for cell, run in zip(cells, runs, strict=True)
        if (text := _text_of(run)).strip()
    ]
    if not texts:
        return error
    outputs = "\n\n".join(texts)
    if len(outputs) > _MOST_OUTPUT:
        outputs = f"[...]\n{outputs[-_MOST_OUTPUT:]}"
    details = "\n\n".join(filter(None, (error.details, outputs)))
    return ConversionError(
        error.message,
        place=error.place,
        hint=error.hint,
        excerpt=error.excerpt,
        details=details,
    )


def skipped_errors(
    cells: Sequence[Cell], execution: Execution, place_of: PlaceOf
) -> Iterable[Diagnostic]:
    """The exceptions that an execution went past, though their cells do not announce them."""
    for cell, run in zip(cells, execution.runs, strict=True):
        if run.error is not None and RAISES_EXCEPTION not in cell.tags:
            error = raised(run.error, run.count, cell, place_of)
            yield from (evolve(d, severity=Severity.INFO) for d in error.diagnostics)


def _raising_line(details: str, count: int | None, cell: Cell) -> int | None:
    """The last line of the cell's source that the traceback names."""
    named = [int(line) for n, line in _TRACEBACK_LINE.findall(details) if int(n) == count]
    if not named:
        return None
    lines = cell.source.split("\n")
    # IPython drops blank lines at the start of a cell, and counts without them.
    blank = next((n for n, line in enumerate(lines) if line.strip()), 0)
    return min(named[-1] + blank, len(lines))


def _text_of(run: CellRun) -> str:
    texts = []
    for output in run.outputs:
        if output["output_type"] == "stream":
            texts.append(output["text"])
        elif output["output_type"] != "error":
            texts.append(output["data"].get("text/plain", "[no text]") + "\n")
    return "".join(texts)
