"""Errors and diagnostics for cells that fail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve

from clm import ConversionError, Diagnostic, Severity
from clm_plugin_notebook.decks.cells import RAISES_EXCEPTION, Cell, PlaceOf
from clm_plugin_notebook.kernels.results import CellRun, Execution
from clm_plugin_notebook.lazy_jupyter import strip_ansi

# The file name that IPython generates for a cell, in the message of a syntax error.
_GENERATED_FILE = re.compile(r" \([0-9]+\.py, line [0-9]+\)$")
_TRACEBACK_LINE = re.compile(r"Cell In\s*\[([0-9]+)\], line ([0-9]+)")
_SYNTAX_HINT = (
    "fix the code, or give the cell the tag `skip-execution` if it should be shown but not run"
)
_HINTS = {
    **dict.fromkeys(("SyntaxError", "IndentationError", "TabError"), _SYNTAX_HINT),
    # From Java; the other kernels have no specific names for syntax errors.
    **dict.fromkeys(("CompilationException", "IncompleteSourceException"), _SYNTAX_HINT),
    "ModuleNotFoundError": "put a module of the course next to the deck; install any other module "
    "for the Python that runs the decks",
    "StdinNotImplementedError": "`input()` cannot be used in a build: give the cell the tag "
    "`skip-execution` or `raises-exception`",
}
_MAX_OUTPUT_CHARACTERS = 4000
_RAISED_HINT = "if the exception is intended, give the cell the tag `raises-exception`"


def cell_raised(
    error: Mapping[str, Any], count: int | None, cell: Cell, place_of: PlaceOf
) -> ConversionError:
    """Return the error for an exception in a cell.

    `error` is the output in nbformat's form, `count` the number in the cell's prompt.
    """
    details = strip_ansi("\n".join(error["traceback"]))
    line = _raising_line(details, count, cell)
    return ConversionError(
        f"{error['ename']}: {_GENERATED_FILE.sub('', strip_ansi(error['evalue']))}".rstrip(": \n"),
        place=place_of(cell, line),
        hint=_HINTS.get(error["ename"], _RAISED_HINT),
        excerpt=cell.first_line if line is None else cell.source.split("\n")[line - 1].strip(),
        details=details,
    )


def cell_timed_out(cell: Cell, seconds: float, place_of: PlaceOf) -> ConversionError:
    """Return the error for a cell that exceeds the time limit."""
    return _failed(
        cell,
        place_of,
        f"the cell takes longer than {seconds:g} s",
        "make the cell faster, or increase the setting `cell-timeout`",
    )


def outputs_missing(cell: Cell, seconds: float, place_of: PlaceOf) -> ConversionError:
    """Return the error for a cell that has ended and whose outputs do not arrive."""
    return _failed(
        cell,
        place_of,
        f"the outputs of the cell have not arrived {seconds:g} s after its end",
        "build again; if it fails again, look at the log of the kernel",
    )


def output_limit_exceeded(cell: Cell, megabytes: float, place_of: PlaceOf) -> ConversionError:
    """Return the error for a cell in which the deck exceeds the output limit."""
    return _failed(
        cell,
        place_of,
        f"the output of the deck exceeds {megabytes:g} MB in this cell",
        "print less, or increase the setting `output-limit-mb`",
    )


def kernel_died(cell: Cell, exit_reason: str, place_of: PlaceOf) -> ConversionError:
    """Return the error for a cell in which two kernels died; `exit_reason` may be empty."""
    reason = f": {exit_reason}" if exit_reason else ""
    return _failed(
        cell,
        place_of,
        f"the kernel died in this cell, also when the code was run again{reason}",
        "the kernel may have run out of memory, or the cell may end its process",
    )


def _failed(cell: Cell, place_of: PlaceOf, message: str, hint: str) -> ConversionError:
    place = place_of(cell, None)
    return ConversionError(message, place=place, hint=hint, excerpt=cell.first_line)


def with_outputs(
    error: ConversionError, cells: Sequence[Cell], runs: Sequence[CellRun]
) -> ConversionError:
    """Return the error with the outputs of the cells so far added to its details."""
    texts = [
        f"output of {cell.name}:\n{text.rstrip()}"
        for cell, run in zip(cells, runs, strict=True)
        if (text := _text_of(run)).strip()
    ]
    if not texts:
        return error
    outputs = "\n\n".join(texts)
    if len(outputs) > _MAX_OUTPUT_CHARACTERS:
        outputs = f"[...]\n{outputs[-_MAX_OUTPUT_CHARACTERS:]}"
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
    """Yield the exceptions that an execution skipped in cells without `raises-exception`."""
    for cell, run in zip(cells, execution.runs, strict=True):
        if run.error is not None and RAISES_EXCEPTION not in cell.tags:
            error = cell_raised(run.error, run.count, cell, place_of)
            yield from (evolve(d, severity=Severity.INFO) for d in error.diagnostics)


def _raising_line(details: str, count: int | None, cell: Cell) -> int | None:
    """Return the last line of the cell's source in the traceback, None if there is none."""
    named = [int(line) for n, line in _TRACEBACK_LINE.findall(details) if int(n) == count]
    if not named:
        return None
    lines = cell.source.split("\n")
    # IPython removes blank lines at the start of a cell and does not count them.
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
