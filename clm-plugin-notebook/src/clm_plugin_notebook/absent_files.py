"""Files of the topic that an output names and does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from clm import Diagnostic, Severity, named_files
from clm_plugin_notebook.decks.cells import Cell, PlaceOf
from clm_plugin_notebook.payload import NotebookOutput, RestrictedFile


def absent_files(
    restricted: Iterable[RestrictedFile], output: NotebookOutput
) -> dict[str, RestrictedFile]:
    """The files that the output does not have, by name."""
    return {file.name: file for file in restricted if not file.is_in(output)}


def named_absent_files(
    cells: Iterable[Cell],
    absent: dict[str, RestrictedFile],
    files: Collection[str],
    output: NotebookOutput,
    place_of: PlaceOf,
) -> Iterator[Diagnostic]:
    """Yield a warning for each cell of an output, and each absent file that it names.

    `files` are all files of the topic.
    """
    if not absent:
        return
    for cell in cells:
        for name in sorted(named_files(cell.source, files) & absent.keys()):
            line = _line_of(name, cell, files)
            message, hint = _fault(absent[name], output)
            place = place_of(cell, line)
            yield Diagnostic(message, Severity.WARNING, place, hint=hint, excerpt=name)


def _fault(file: RestrictedFile, output: NotebookOutput) -> tuple[str, str]:
    if file.language not in ("", output.language):
        message = f"{file.name} is missing in {output.language!r}: it is for {file.language!r} only"
        return message, "give the cell a `lang`, or name a file for its language"
    message = f"{file.name} is kept from students, and a cell that they see names it"
    return message, "tag the cell `private`, or change `private` of the topic"


def _line_of(name: str, cell: Cell, files: Collection[str]) -> int | None:
    lines = enumerate(cell.source.split("\n"), start=1)
    return next((number for number, line in lines if name in named_files(line, files)), None)
