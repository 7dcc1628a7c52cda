"""Scripts of libraries in the results: taken out, since a page needs each only once.

A library puts its script into the output of the cell that uses it first, or into all of them. Pages
may lack that cell, or show hundreds of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from clm_plugin_notebook.kernels.results import CellRun, Execution

_SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc\b)[^>]*>(.*?)</script\s*>", re.S | re.I)
_SMALLEST = 100_000  # characters
# How the scripts begin. Other scripts stay where they are: they may contain data of their cells.
_LIBRARY = re.compile(
    r"/\*\*\n\* plotly\.js v|_bokeh_onload_callbacks|/\* vega-embed with Vega and Vega-Lite"
)
_BEGINNING = 3000  # characters
_MATHJAX_OF_PLOTLY = re.compile(
    r'<script src="https://cdnjs\.cloudflare\.com/ajax/libs/mathjax/[^"]*"></script>'
)
_JAVASCRIPT = "application/javascript"
_HTML = "text/html"


def without_libraries(execution: Execution) -> Execution:
    """Return the results with the scripts of known libraries moved to `libraries`."""
    found: dict[str, None] = {}
    runs = tuple(
        evolve(run, outputs=tuple(_outputs(run, found))) if _has_markup(run) else run
        for run in execution.runs
    )
    return evolve(execution, runs=runs, libraries=tuple(found))


def _has_markup(run: CellRun) -> bool:
    return any({_JAVASCRIPT, _HTML} & output.get("data", {}).keys() for output in run.outputs)


def _outputs(run: CellRun, found: dict[str, None]) -> Iterator[Mapping[str, Any]]:
    for output in run.outputs:
        data = dict(output.get("data", {}))
        script = data.get(_JAVASCRIPT, "")
        if _is_library(script):
            found[script] = None
            continue
        html = data.get(_HTML, "")
        if "plotly-graph-div" in html:
            # Pages bring their own.
            html = _MATHJAX_OF_PLOTLY.sub("", html)
        if len(html) >= _SMALLEST:
            found |= {m[1]: None for m in _SCRIPT.finditer(html) if _is_library(m[1])}
            html = _SCRIPT.sub(lambda match: "" if _is_library(match[1]) else match[0], html)
        yield {**output, "data": {**data, _HTML: html}} if _HTML in data else output


def _is_library(script: str) -> bool:
    return len(script) >= _SMALLEST and _LIBRARY.search(script, 0, _BEGINNING) is not None
