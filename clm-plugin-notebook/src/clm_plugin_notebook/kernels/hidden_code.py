"""Results without what they tell of cells that are run but not shown."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from typing import Any

from attrs import evolve, frozen

from clm_plugin_notebook.kernels.results import CellRun, Execution
from clm_plugin_notebook.lazy_jupyter import strip_ansi

_PROMPT = re.compile(r"(?:Cell|Input) In\s*\[([0-9]+)\](?:, line [0-9]+)?")
_NUMBER = re.compile(r"(?<=In\[)[0-9]+(?=\])|(?<=In \[)[0-9]+(?=\])")
_NOT_SHOWN = "A cell that is not shown"
# The lines before those that Python quotes: frames of the module `traceback`, and warnings.
_QUOTES = re.compile(r'^[\s|+]*File "[^"\n]*", line [0-9]+|:[0-9]+: \w+: ', re.M)
_QUOTED = re.compile(r"\s+[|\s]*(.*?)\s*")
_MARKERS = re.compile(r"[|\s]*[\^~]+\s*")
# What IPython makes of magics, shell commands and questions, and such lines.
_MAGIC_CALL = re.compile(r"get_ipython\(\)\.")
_MAGIC = re.compile(r"^\s*[%!?]|=\s*[%!]|\?\s*$", re.M)
# The end of a line in a text, and in the representation of a text.
_ENDS = ("\n", "\\n")


def without_hidden_code(
    execution: Execution, sources: Sequence[str], hidden: Collection[int], *, renumbered: bool
) -> Execution:
    """Return the results without the code of the cells with these indexes.

    `sources` are those of all cells. What remains of a frame of a traceback is its first line, with
    the name of the function; lines that Python quotes in other texts are left out. If the results
    are `renumbered`, the cells that are shown are counted from 1, as if there were no others.
    """
    if not hidden:
        return execution
    shown = [index for index in range(len(sources)) if index not in hidden]
    counts = [c for i in shown if (c := execution.runs[i].count) is not None]
    code = _HiddenCode(
        frozenset(execution.runs[index].count for index in hidden),
        _lines(sources, hidden) - _lines(sources, shown),
        {count: n + 1 for n, count in enumerate(counts)} if renumbered else {},
        any(_MAGIC.search(sources[index]) for index in hidden),
    )
    return evolve(execution, runs=tuple(map(code.removed, execution.runs)))


def _lines(sources: Sequence[str], indexes: Collection[int]) -> set[str]:
    lines = (line.strip() for index in indexes for line in sources[index].split("\n"))
    return {line for line in lines if line}


@frozen
class _HiddenCode:
    """The code that is not shown: the counts of its cells, and lines that only these have.

    `numbers` are those that the other cells get. With magics, IPython runs other code than the
    cells have, so all lines that call magics count as theirs.
    """

    counts: Collection[int | None]
    lines: Set[str]
    numbers: Mapping[int | None, int]
    has_magics: bool

    def removed(self, run: CellRun) -> CellRun:
        """The result of a cell, without the code."""
        return CellRun(tuple(map(self._output, run.outputs)), self._number(run.count))

    def _number(self, count: int | None) -> int | None:
        return self.numbers.get(count, count)

    def _output(self, output: Mapping[str, Any]) -> Mapping[str, Any]:
        if output["output_type"] == "stream":
            return {**output, "text": self._text(output["text"])}
        if output["output_type"] == "error":
            return {**output, "traceback": [self._frame(frame) for frame in output["traceback"]]}
        shown = {**output, "data": {kind: self._data(x) for kind, x in output["data"].items()}}
        if "execution_count" in output:
            shown["execution_count"] = self._number(output["execution_count"])
        return shown

    def _data(self, value: Any) -> Any:
        return self._text(value) if isinstance(value, str) else value

    def _frame(self, frame: str) -> str:
        first, newline, rest = frame.partition("\n")
        plain = strip_ansi(first)
        prompt = _PROMPT.match(plain.lstrip())
        if prompt is None:
            return self._text(frame)
        if int(prompt[1]) in self.counts:
            return _PROMPT.sub(_NOT_SHOWN, plain) + "\n"
        numbered = _NUMBER.sub(lambda match: str(self._number(int(match[0]))), first)
        return numbered + newline + rest

    def _text(self, text: str) -> str:
        """The text without lines of the code that Python quotes in it."""
        read = html.unescape(text)
        for end in _ENDS:
            if end in text and _QUOTES.search(read.replace(end, "\n")):
                text = end.join(_kept(text.split(end), self._is_quoted))
        return text

    def _is_quoted(self, line: str) -> bool:
        if self.has_magics and _MAGIC_CALL.search(line):
            return True
        quoted = _QUOTED.fullmatch(line)
        return quoted is not None and not self.lines.isdisjoint(_readings(quoted[1]))


def _readings(line: str) -> set[str]:
    """What a line may be: as it is, in the representation of a text, and in HTML."""
    return {line, re.sub(r"\\(.)", r"\1", line), html.unescape(line)}


def _kept(lines: Sequence[str], is_dropped: Callable[[str], bool]) -> Iterator[str]:
    """Yield the lines that are kept: the marks below those that are dropped are dropped, too."""
    dropped = False
    for line in lines:
        plain = strip_ansi(line)
        dropped = is_dropped(plain) or (dropped and _MARKERS.fullmatch(plain) is not None)
        if not dropped:
            yield line
