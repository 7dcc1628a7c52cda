"""Results of code cells, and their serialization."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from attrs import asdict, evolve, frozen

_MOVES = re.compile(r"[\r\x08]|\x1b\[[02]?K")
# The model name of widgets that have been closed; Jupyter does not show them.
CLOSED_WIDGET = "ClosedModel"
_RESET = "\x1b[0m"
_PARTS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|.", re.S)


def joined_streams(outputs: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return the outputs in their order, with consecutive text of a stream joined.

    Kernels split text arbitrarily. A text is what a terminal finally shows of it. A progress bar
    that is updated between other outputs is shown once, in its last state.
    """
    joined: list[tuple[Mapping[str, Any], list[str]]] = []
    last_of: dict[str, list[str]] = {}
    for output in outputs:
        if output["output_type"] != "stream":
            joined.append((output, []))
            continue
        name, text = output["name"], output["text"]
        if joined and joined[-1][1] is last_of.get(name):
            joined[-1][1].append(text)
            continue
        if text.startswith("\r") and not text.startswith("\r\n") and name in last_of:
            _drop_unfinished_line(last_of[name])
        last_of[name] = [text]
        joined.append((output, last_of[name]))
    return tuple(_with_text(output, texts) for output, texts in joined if texts != [""])


def _drop_unfinished_line(texts: list[str]) -> None:
    finished, newline, _ = "".join(texts).rpartition("\n")
    texts[:] = [finished + newline]


def _with_text(output: Mapping[str, Any], texts: Sequence[str]) -> Mapping[str, Any]:
    return {**output, "text": terminal_text("".join(texts))} if texts else dict(output)


def terminal_text(text: str) -> str:
    """Return what a terminal finally shows of a text with `\\r`, `\\b` and erasing sequences."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(_terminal_line(line) if _MOVES.search(line) else line for line in lines)


def _terminal_line(line: str) -> str:
    cells: list[tuple[str, str]] = []  # each character with the colours that it is shown in
    position, colours = 0, ""
    for part in _PARTS.findall(line):
        if part == "\r":
            position = 0
        elif part == "\b":
            position = max(0, position - 1)
        elif part in ("\x1b[K", "\x1b[0K"):
            del cells[position:]
        elif part == "\x1b[2K":
            cells.clear()
            position = 0
        elif part in ("\x1b[m", _RESET):
            colours = ""
        elif part.startswith("\x1b"):
            colours += part if part.endswith("m") else ""
        else:
            cells[position : position + 1] = [(colours, part)]
            position += 1
    return _coloured(cells)


def _coloured(cells: Iterable[tuple[str, str]]) -> str:
    shown, current = "", ""
    for colours, character in cells:
        if colours != current:
            shown += (_RESET if current else "") + colours
            current = colours
        shown += character
    return shown + (_RESET if current else "")


@frozen
class CellRun:
    """The result of a code cell; `count` is the number in its prompt.

    `outputs` are in nbformat's form.
    """

    outputs: tuple[Mapping[str, Any], ...]
    count: int | None

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The last exception among the outputs, None if there is none."""
        errors = [output for output in self.outputs if output["output_type"] == "error"]
        return errors[-1] if errors else None


NO_RESULT = CellRun((), None)


@frozen
class Execution:
    """The results of code cells, in order.

    `widgets` is the state of their widgets, `libraries` the scripts that results need on a page.
    `changes` are pairs of a cell, by its index, and of what its code has changed elsewhere: the
    outputs of another cell, by its index, or a widget, by its id.
    """

    runs: tuple[CellRun, ...]
    widgets: Any = None
    libraries: tuple[str, ...] = ()
    changes: tuple[tuple[int, int | str], ...] = ()

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Execution:
        """Return the execution that `to_bytes` has serialized."""
        plain = json.loads(data)
        runs = (CellRun(tuple(run["outputs"]), run["count"]) for run in plain["runs"])
        changes = ((by, what) for by, what in plain.get("changes", ()))
        libraries = tuple(plain.get("libraries", ()))
        return cls(tuple(runs), plain["widgets"], libraries, tuple(changes))

    def without(self, hidden: Collection[int]) -> Execution:
        """Return it without the results of the cells with these indexes.

        What these cells have changed elsewhere is left out, too.
        """
        changed = {what for by, what in self.changes if by in hidden}
        runs = (
            NO_RESULT if index in hidden or index in changed else run
            for index, run in enumerate(self.runs)
        )
        widgets = copy.deepcopy(self.widgets)
        for data in (widgets or {}).values():
            data["state"] = {k: v for k, v in data.get("state", {}).items() if k not in changed}
        return evolve(self, runs=tuple(runs), widgets=widgets)
